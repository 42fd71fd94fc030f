from odoo import fields, models


class SaleCollectionPlanRefuse(models.TransientModel):
    """Asks why a plan is refused; the customer who asked for it reads it."""

    _name = "sale.collection.plan.refuse"
    _description = "Refuse a plan"

    promise_id = fields.Many2one("sale.collection.promise", required=True)
    reason = fields.Text(string="Why", required=True)

    def action_refuse(self):
        """Refuse the plan and tell the customer."""
        self.ensure_one()
        self._collection_get_given("promise_id", "write")._refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}
