from datetime import datetime, time, timezone
from functools import cache
from zoneinfo import ZoneInfo

from odoo import fields, models
from odoo.fields import Domain


class ResCompany(models.Model):
    """The plan customers get unless asked otherwise, and the days they get it on."""

    _inherit = "res.company"

    collection_ladder_id = fields.Many2one(
        "sale.collection.ladder",
        string="Reminder plan",
        ondelete="set null",
        domain="[('company_id', '=', id)]",
        help="For customers whose grade asks for a pace there is no live plan of. "
        "Empty: the live plan of normal pace.",
    )

    def _collection_get_working_days(self):
        """Return a function that tells whether reminders may go out on a day.

        By the reminder calendar, else the working hours of the company: weekdays
        with attendances, without the public holidays that cover noon. Every day where
        the calendar has no attendances at all.
        """
        self.ensure_one()
        company = self.sudo()
        calendar = company.collection_quiet_calendar_id or company.resource_calendar_id
        attendances = self.env["resource.calendar.attendance"].sudo()
        attendances = attendances.search_fetch(
            [("calendar_id", "=", calendar.id)], ["dayofweek"]
        )
        weekdays = {int(attendance.dayofweek) for attendance in attendances}
        holidays = company._collection_get_holidays(calendar)
        zone = ZoneInfo(calendar.tz or "UTC")

        @cache
        def is_working(day):
            if weekdays and day.weekday() not in weekdays:
                return False
            noon = datetime.combine(day, time(12), zone).astimezone(timezone.utc)
            noon = noon.replace(tzinfo=None)
            return not any(first <= noon <= last for first, last in holidays)

        return is_working

    def _collection_get_holidays(self, calendar):
        """Return (first, last moment) of the public holidays of a calendar, in UTC."""
        leaves = self.env["resource.calendar.leaves"].search(
            Domain("resource_id", "=", False)
            & (
                Domain("calendar_id", "=", calendar.id)
                | Domain("calendar_id", "=", False)
                & Domain("company_id", "in", (self.id, False))
            )
        )
        return [(leave.date_from, leave.date_to) for leave in leaves]
