from odoo import fields, models


class SaleCollectionNoticeRefuse(models.TransientModel):
    """Ask why a payment notice goes back to its rep."""

    _name = "sale.collection.notice.refuse"
    _description = "Refuse a payment notice"

    notice_id = fields.Many2one(
        "sale.collection.notice",
        string="Payment notice",
        required=True,
        ondelete="cascade",
    )
    reason = fields.Char(required=True)

    def action_apply(self):
        self.ensure_one()
        self._collection_get_given("notice_id")._refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}
