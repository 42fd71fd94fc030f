from odoo import fields, models


class SaleCollectionSettlementAsk(models.TransientModel):
    """Lets reps ask about their settlement, or about one entry of it."""

    _name = "sale.collection.settlement.ask"
    _description = "Ask about a settlement"

    settlement_id = fields.Many2one("sale.collection.settlement", required=True)
    entry_id = fields.Many2one(
        "sale.collection.commission.entry",
        string="About the entry",
        domain="[('settlement_id', '=', settlement_id)]",
    )
    text = fields.Text(string="Question", required=True)

    def action_ask(self):
        """Send the question."""
        self.ensure_one()
        self.env["sale.collection.settlement.question"]._ask(
            self._collection_get_given("settlement_id"),
            self.text,
            self._collection_get_given("entry_id"),
        )
        return {"type": "ir.actions.act_window_close"}
