from odoo import fields, models

FOLLOW_UPS = [
    ("none", "Nothing"),
    ("activity", "An activity"),
    ("mail", "A mail to the customer"),
]


class SaleCollectionGrade(models.Model):
    """How closely the promises of a grade's customers are followed."""

    _inherit = "sale.collection.grade"

    promise_confirm = fields.Selection(
        FOLLOW_UPS,
        string="The day before",
        default="activity",
        required=True,
        help="What happens on the working day before a promised payment.",
    )
    promise_follow_up = fields.Selection(
        FOLLOW_UPS,
        string="When broken",
        default="activity",
        required=True,
        help="What happens when a promise is broken or only partly kept.",
    )
    promise_follow_up_days = fields.Integer(
        string="Days to wait",
        default=0,
        help="Days from the end of grace to the follow-up of a broken promise.",
    )

    _promise_follow_up_days_positive = models.Constraint(
        "CHECK(promise_follow_up_days >= 0)",
        "'Days to wait' of a grade cannot be negative.",
    )
