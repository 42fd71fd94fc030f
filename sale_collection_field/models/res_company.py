from datetime import timedelta

from odoo import fields, models

# Longest wait for the money of a notice, in working days.
MOST_DAYS = 60


class ResCompany(models.Model):
    _inherit = "res.company"

    collection_notice_days = fields.Integer(
        string="Working days to find the money of a payment notice",
        default=3,
        help="So long nobody is reminded of what a rep reported as paid. Then the "
        "notice goes back to the rep.",
        groups="base.group_user",
    )

    collection_bill_days = fields.Integer(
        string="Longest bill in days",
        default=90,
        help="A bill that runs longer, or with another doubt, is taken by the credit "
        "controller only.",
        groups="base.group_user",
    )
    collection_bill_keeps = fields.Selection(
        [
            ("taken", "When it is handed over"),
            ("maturity", "When it matures"),
        ],
        string="A bill keeps a promise",
        default="taken",
        required=True,
        groups="base.group_user",
    )

    _collection_bill_days_sane = models.Constraint(
        "CHECK (collection_bill_days >= 0)",
        "Longest bill: enter a number of days, 0 or more.",
    )
    _collection_notice_days_sane = models.Constraint(
        f"CHECK (collection_notice_days BETWEEN 0 AND {MOST_DAYS})",
        f"Payment notices: enter 0 to {MOST_DAYS} working days.",
    )

    def _collection_add_working_days(self, day, count):
        """Return the day so many working days after a day, by the calendar."""
        if not count:
            return day
        # Twice the days and two months: the longest closing of a calendar.
        days = [day + timedelta(number) for number in range(1, 2 * count + 62)]
        working = sorted(set(self._collection_effective_dues(days).values()))
        return working[count - 1]

    def _collection_get_notice_end(self):
        """Return the last day the money of a notice of today is waited for."""
        today = self._collection_today()
        return self._collection_add_working_days(today, self.collection_notice_days)
