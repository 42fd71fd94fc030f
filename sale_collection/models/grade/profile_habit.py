from odoo import api, fields, models
from odoo.tools import SQL

from ...fields import OptionalFloat
from ...tools.period import Habit
from ...tools.scorecard import shrunk_late_share


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

    def _get_habit(self):
        """Return when the customer usually pays, for `tools.period`."""
        self.ensure_one()
        return Habit(
            self.paid_count,
            self.median_days_late,
            self.day_off_paid_count,
            self.day_off_median_days_late,
        )

    def _get_risk_facts(self, day_off, shares):
        """Return the customer's facts of `tools.risk.late_risk`.

        :param bool day_off: whether the instalment is due on a day off
        :param shares: the company's shares, by `_get_company_risk_shares`
        """
        self.ensure_one()
        after_due, over_30 = shares
        late_share = shrunk_late_share(self.after_due_count, self.paid_count, after_due)
        late, paid = self.day_off_after_due_count, self.day_off_paid_count
        if not day_off:
            late, paid = self.after_due_count - late, self.paid_count - paid
        return {
            "day_late_share": shrunk_late_share(late, paid, late_share),
            "over_30_share": shrunk_late_share(
                self.over_30_count, self.paid_count, over_30
            ),
            "recent_days_late": self.recent_days_late,
        }

    @api.model
    def _get_company_risk_shares(self, company):
        """Return the shares paid after the due date and over 30 days after it.

        None where the company has seen no payment at all.
        """
        [[after_due, over_30]] = self.env.execute_query(
            SQL(
                """
                SELECT SUM(after_due_count)::float8 / NULLIF(SUM(paid_count), 0),
                       SUM(over_30_count)::float8 / NULLIF(SUM(paid_count), 0)
                  FROM sale_collection_profile
                 WHERE company_id = %s
                """,
                company.root_id.id,
            )
        )
        return None if after_due is None else (after_due, over_30)
