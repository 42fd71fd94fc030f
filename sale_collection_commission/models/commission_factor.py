from odoo import fields, models


class SaleCollectionCommissionFactor(models.Model):
    """How much of the commission is left for money that came late."""

    _name = "sale.collection.commission.factor"
    _inherit = ["sale.collection.commission.plan.part"]
    _description = "Timeliness factor"
    _order = "days_from, id"

    plan_id = fields.Many2one(
        "sale.collection.commission.plan", required=True, index=True, ondelete="cascade"
    )
    days_from = fields.Integer(
        string="From days late",
        required=True,
        help="Days late after grace and without the days we were at fault.",
    )
    factor = fields.Float(
        string="Timeliness factor",
        required=True,
        default=1.0,
        help="1 pays the full rate.",
    )

    _factor_range = models.Constraint(
        "CHECK(factor >= 0 AND factor <= 10)",
        "Factor: enter a number between 0 and 10.",
    )
    _days_positive = models.Constraint(
        "CHECK(days_from >= 0)", "From days late: enter zero or more."
    )
