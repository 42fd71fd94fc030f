from odoo import fields, models


class SaleCollectionSettlementReopen(models.TransientModel):
    """Asks why settlements are re-opened."""

    _name = "sale.collection.settlement.reopen"
    _description = "Re-open a settlement"

    settlement_ids = fields.Many2many(
        "sale.collection.settlement",
        "sale_collection_settlement_reopen_rel",
        "wizard_id",
        "settlement_id",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    reason = fields.Text(required=True)

    def action_reopen(self):
        """Reverse the settlements and show the reversals."""
        self.ensure_one()
        settlements = self._collection_get_given("settlement_ids", "write")
        reversals = settlements._reopen(self.reason)
        return reversals._get_records_action(name=self.env._("Re-opened"))
