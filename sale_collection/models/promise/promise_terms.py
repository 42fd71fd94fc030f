from odoo import api, fields, models

from ..profile.profile import PAYMENT_FORMS

KINDS = [
    ("single", "One payment"),
    ("plan", "Payment plan"),
    ("standing", "Standing promise"),
]
SPLITS = [
    ("pro_rata", "Pro rata"),
    ("oldest", "Oldest first"),
    ("manual", "By hand"),
]
BREACHES = [
    ("accelerate", "The rest falls due"),
    ("continue", "The plan goes on"),
]
FREQUENCIES = [
    ("weekly", "Every week"),
    ("biweekly", "Every two weeks"),
    ("monthly", "Every month"),
    ("quarterly", "Every quarter"),
]
DATE_CHOICES = [
    ("tomorrow", "Tomorrow"),
    ("friday", "Friday"),
    ("payday", "Payment day"),
    ("month_end", "Month end"),
]


class SaleCollectionPromiseTerms(models.AbstractModel):
    """When and how a customer says it will pay, on a promise and in its dialogs."""

    _name = "sale.collection.promise.terms"
    _description = "Terms of a promise"

    profile_id = fields.Many2one("sale.collection.profile", string="Credit profile")
    frequency = fields.Selection(FREQUENCIES, string="How often", default="monthly")
    payment_count = fields.Integer(string="Number of payments", default=3)
    rest_date = fields.Date(
        string="Rest on",
        copy=False,
        help="When the customer pays what this promise leaves open. The promise then "
        "becomes a plan of two payments.",
    )
    payment_form = fields.Selection(
        PAYMENT_FORMS,
        string="Form of payment",
        compute="_compute_payment_form",
        store=True,
        readonly=False,
        precompute=True,
    )
    maturity_date = fields.Date(
        string="Bill matures on", help="When the bill of exchange can be cashed."
    )

    @api.depends("profile_id")
    def _compute_payment_form(self):
        for terms in self:
            terms.payment_form = (
                terms.payment_form or terms.profile_id.sudo().payment_form
            )
