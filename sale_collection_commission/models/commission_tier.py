from odoo import fields, models


class SaleCollectionCommissionTier(models.Model):
    """A percentage on what was collected in a period, from a bound on."""

    _name = "sale.collection.commission.tier"
    _inherit = ["sale.collection.commission.plan.part"]
    _description = "Commission tier"
    _order = "lower, id"

    plan_id = fields.Many2one(
        "sale.collection.commission.plan", required=True, index=True, ondelete="cascade"
    )
    lower = fields.Float(
        string="From",
        required=True,
        help="Collected in the period, or percent of the target reached.",
    )
    percent = fields.Float(string="Tier rate (%)", required=True, digits=(6, 3))

    _lower_positive = models.Constraint(
        "CHECK(lower >= 0)", "Tiers: begin at zero or more."
    )
    _percent_range = models.Constraint(
        "CHECK(percent >= 0 AND percent <= 100)",
        "Tier rate: enter a percentage between 0 and 100.",
    )
