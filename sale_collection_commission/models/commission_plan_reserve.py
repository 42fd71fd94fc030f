from odoo import fields, models


class SaleCollectionCommissionPlan(models.Model):
    _inherit = "sale.collection.commission.plan"

    reserve_percent = fields.Float(
        string="Reserve (%)",
        tracking=True,
        help="Part of each settlement that is kept back against bad debts.",
    )
    reserve_months = fields.Integer(
        string="Released after (months)",
        default=12,
        tracking=True,
        help="Months after the end of a period until its reserve is paid out. 0: a "
        "manager releases it by hand.",
    )

    _reserve_percent_range = models.Constraint(
        "CHECK(reserve_percent >= 0 AND reserve_percent <= 100)",
        "Reserve: enter a percentage between 0 and 100.",
    )
    _reserve_months_positive = models.Constraint(
        "CHECK(reserve_months >= 0)",
        "Released after: enter zero or more months.",
    )
