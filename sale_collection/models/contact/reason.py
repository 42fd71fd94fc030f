from odoo import fields, models

SIDES = [
    ("customer", "Customer"),
    ("us", "Our side"),
    ("contract", "Contract"),
    ("process", "Process"),
    ("market", "Market"),
]


class SaleCollectionReason(models.Model):
    """Why money does not come, and what helps then."""

    _name = "sale.collection.reason"
    _description = "Delay reason"
    _inherit = ["sale.collection.advice"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    side = fields.Selection(
        SIDES,
        required=True,
        help="Whose doing it is. An accepted dispute on our side stops the clock in "
        "grade and commission.",
    )
    next_step = fields.Selection(required=True, default="promise")
