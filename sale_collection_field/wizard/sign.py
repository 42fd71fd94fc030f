from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleCollectionSign(models.TransientModel):
    """The customer signs a promise, or its balance at a visit, on the rep's phone."""

    _name = "sale.collection.sign"
    _description = "Signature of the customer"

    promise_id = fields.Many2one("sale.collection.promise", ondelete="cascade")
    visit_id = fields.Many2one("sale.collection.visit", ondelete="cascade")
    text = fields.Text(
        string="What is signed", compute="_compute_text", store=True, readonly=False
    )
    signed_by = fields.Char(string="Name")
    signature = fields.Image(max_width=1024, max_height=1024)

    @api.depends("promise_id", "visit_id")
    def _compute_text(self):
        for dialog in self:
            record = dialog.promise_id or dialog.visit_id
            dialog.text = record and record._origin._get_signer_text()

    def action_apply(self):
        """Keep the signature with what was shown."""
        self.ensure_one()
        promise = self._collection_get_given("promise_id", "write")
        record = promise or self._collection_get_given("visit_id", "write")
        if not record:
            raise UserError(self.env._("Open this dialog from a promise or a visit."))
        record._sign(self.signature, self.signed_by, self.text)
        return {"type": "ir.actions.act_window_close"}
