from odoo import fields, models

from ...fields import OptionalFloat
from .promise import STATES

LINE_STATES = [state for state in STATES if state[0] != "superseded"]


class SaleCollectionPromiseLine(models.Model):
    """One payment of a plan, or one date of a standing promise.

    Payments of a plan are judged on the money of the whole plan up to their date,
    dates of a standing promise each on its own.
    """

    _name = "sale.collection.promise.line"
    _inherit = ["sale.collection.promise.part"]
    _description = "Promised payment"
    _order = "date, id"
    _rec_name = "date"

    promise_id = fields.Many2one(
        "sale.collection.promise", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="promise_id.company_id")
    currency_id = fields.Many2one(related="promise_id.currency_id")
    date = fields.Date(required=True)
    amount = fields.Monetary(required=True)
    state = fields.Selection(LINE_STATES, default="draft", required=True, readonly=True)
    amount_received = fields.Monetary(
        string="Received in time",
        readonly=True,
        help="Of a plan: money of the whole plan up to this date and grace.",
    )
    fulfilment = fields.Float(readonly=True)
    days_late = OptionalFloat(
        string="Days after promise", digits=(16, 1), readonly=True, aggregator="avg"
    )
    followed_up = fields.Boolean(readonly=True, export_string_translation=False)

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "Each payment of a plan must be above 0."
    )
    _one_a_day = models.UniqueIndex(
        "(promise_id, date)", "A plan has at most one payment a day."
    )
