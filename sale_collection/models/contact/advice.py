from odoo import fields, models

NEXT_STEPS = [
    ("promise", "Agree on a date"),
    ("plan", "Agree on a payment plan"),
    ("call_again", "Agree when to call again"),
    ("statement", "Send the statement"),
    ("dispute", "Open a dispute"),
    ("credit_note", "Ask for a credit note"),
    ("reminder_plan", "Propose another reminder plan"),
    ("hold", "Propose a hold"),
    ("manager", "Bring in the manager"),
]
# Steps that somebody else decides on.
PROPOSALS = ("credit_note", "reminder_plan", "hold", "manager")


class SaleCollectionAdvice(models.AbstractModel):
    """A situation in which money is late: what to say, and what helps then."""

    _name = "sale.collection.advice"
    _description = "Advice on what to say"

    next_step = fields.Selection(
        NEXT_STEPS,
        string="Next step",
        help="What is offered as a button when a customer is in this situation.",
    )
    advice = fields.Text(translate=True, help="Shown to whoever talks to the customer.")
    say_polite = fields.Text(
        string="Politely",
        translate=True,
        help="What to say at first, in the language of our own people.",
    )
    say_firm = fields.Text(
        string="Firmly",
        translate=True,
        help="What to say when it was said before, never against the person.",
    )
