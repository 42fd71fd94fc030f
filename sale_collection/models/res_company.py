from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    collection_grace_days = fields.Integer(
        string="Days of grace",
        default=3,
        help="Days a payment may be late before it counts as late in grade and "
        "commission. Overdue amounts and reminders do not use it.",
    )

    collection_refreshed_at = fields.Datetime(
        string="Credit profiles compared at",
        readonly=True,
        copy=False,
        help="When all credit profiles were last compared with the ledger.",
    )

    _collection_grace_days_positive = models.Constraint(
        "CHECK(collection_grace_days >= 0)",
        "Days of grace cannot be negative.",
    )

    def _collection_today(self):
        """Return the date it is now for this company.

        The only clock of the application: the date in the time zone of the
        company's partner, else of its working calendar, else of the user who
        runs the job. Scheduled actions run in UTC, where a company in Shanghai
        at 00:30 still has yesterday.
        """
        self.ensure_one()
        zone = (
            self.partner_id.tz
            or self.resource_calendar_id.tz
            or self.env.user.tz
            or "UTC"
        )
        utc_now = fields.Datetime.now().replace(tzinfo=timezone.utc)
        return utc_now.astimezone(ZoneInfo(zone)).date()
