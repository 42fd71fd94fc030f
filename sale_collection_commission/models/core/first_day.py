from odoo import api, models

from odoo.addons.sale_collection.tools.first_day import Step


class SaleCollectionFirstDay(models.AbstractModel):
    """Commission is booked once a plan says how much."""

    _inherit = "sale.collection.first.day"

    @api.model
    def _get_steps(self, company):
        # EXTENDS
        plans = self.env["sale.collection.commission.plan"].sudo()
        count = plans.search_count(
            [("company_id", "=", company.id), ("draft_of_id", "=", False)]
        )
        text = self.env._("Nobody earns on money collected yet.")
        if count:
            text = self.env._("Plans: %(count)s.", count=count)
        step = Step(
            60,
            "commission",
            self.env._("Commission plan"),
            text,
            bool(count),
            self.env._("See the plans") if count else self.env._("Make a plan"),
            "sale_collection_commission.commission_plan_action",
        )
        return [*super()._get_steps(company), step]
