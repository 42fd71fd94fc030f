from odoo import fields, models

SIDES = [
    ("customer", "Customer"),
    ("us", "Our side"),
    ("contract", "Contract"),
    ("process", "Process"),
    ("market", "Market"),
]
NEXT_STEPS = [
    ("promise", "Agree on a date"),
    ("dispute", "Open a dispute"),
    ("plan", "Agree on a payment plan"),
    ("reminder_plan", "Propose another reminder plan"),
    ("hold", "Propose a hold"),
    ("manager", "Bring in the manager"),
]


class SaleCollectionReason(models.Model):
    """Why money does not come, and what helps then."""

    _name = "sale.collection.reason"
    _description = "Delay reason"
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
    next_step = fields.Selection(
        NEXT_STEPS,
        string="Next step",
        required=True,
        default="promise",
        help="What is offered as a button when a customer gives this reason.",
    )
    advice = fields.Text(translate=True, help="Shown to whoever talks to the customer.")
