from odoo import api, fields, models


class SaleCollectionCommissionExplain(models.TransientModel):
    """What one invoice earns: shown on a tap, for customers look over the shoulder."""

    _name = "sale.collection.commission.explain"
    _description = "Commission on an invoice"

    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    body = fields.Html(compute="_compute_body", sanitize=False)

    @api.depends("move_id")
    def _compute_body(self):
        self.body = False
        for dialog in self.filtered("move_id"):
            dialog.body = self.env["ir.qweb"]._render(
                "sale_collection_commission.commission_explanation",
                {
                    "lines": dialog.move_id._explain_commission(),
                    "entries": self._get_entries(dialog.move_id),
                },
            )

    @api.model
    def _get_entries(self, move):
        """Return the entries the user may see, the record rules decide."""
        entries = self.env["sale.collection.commission.entry"]
        return entries.search([("move_id", "=", move.id)], order="date, id", limit=40)
