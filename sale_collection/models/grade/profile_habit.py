from odoo import fields, models

from ...fields import OptionalFloat


class SaleCollectionProfile(models.Model):
    """What is expected of the next instalment, from the record of those paid."""

    _inherit = "sale.collection.profile"

    after_due_count = fields.Integer(
        string="Paid after the due date",
        readonly=True,
        help="Instalments paid after the printed due date, be it by one day.",
    )
    over_30_count = fields.Integer(
        string="Paid over 30 days late",
        readonly=True,
        help="Instalments paid more than 30 days after the printed due date.",
    )
    day_off_paid_count = fields.Integer(
        string="Paid, due on a day off",
        readonly=True,
        help="Paid instalments whose due date was not a working day.",
    )
    day_off_after_due_count = fields.Integer(
        string="Paid after a due date on a day off", readonly=True
    )
    day_off_median_days_late = OptionalFloat(
        string="Median days late after a day off",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Of instalments due on a day off, counted from the next working day: "
        "negative for who pays before it.",
    )
    recent_days_late = fields.Float(
        string="Recent days late",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Average days late in which a payment counts half for every month before "
        "the latest one.",
    )
