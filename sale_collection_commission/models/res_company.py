from odoo import fields, models

PERIODS = [
    ("month", "Month"),
    ("half_month", "Half a month"),
    ("quarter", "Quarter"),
    ("custom", "Other dates"),
]


class ResCompany(models.Model):
    _inherit = "res.company"

    collection_settlement_period = fields.Selection(
        PERIODS[:-1],
        string="Commission is settled every",
        default="month",
        required=True,
        help="Period proposed when commission is settled. Half months end on the 15th "
        "and on the last day.",
        groups="base.group_user",
    )
    collection_late_booking_days = fields.Integer(
        string="Money booked late after",
        default=30,
        help="Before a settlement is confirmed, money booked that many days after its "
        "own date is listed as uncertain.",
        groups="base.group_user",
    )
    collection_commission_product_id = fields.Many2one(
        "product.product",
        string="Commission product",
        domain="[('type', '=', 'service')]",
        check_company=True,
        help="Gives account and taxes to vendor bills of agents.",
        groups="base.group_user",
    )

    _collection_late_booking_days_positive = models.Constraint(
        "CHECK(collection_late_booking_days >= 0)",
        "Money booked late after: enter zero or more days.",
    )
