from datetime import datetime, time, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class ResCompany(models.Model):
    """How and when a company reminds its customers, and whether it thanks them."""

    _inherit = "res.company"

    collection_ladder_id = fields.Many2one(
        "sale.collection.ladder",
        string="Reminder plan",
        ondelete="set null",
        domain="[('company_id', '=', id)]",
        help="For customers whose grade asks for a pace there is no live plan of. "
        "Empty: the live plan of normal pace.",
        groups="base.group_user",
    )
    collection_reminder_from_hour = fields.Float(
        string="Send reminders from",
        default=8.0,
        help="Hour of the day, in the customer's time zone, from which reminders "
        "are sent.",
        groups="base.group_user",
    )
    collection_reminder_to_hour = fields.Float(
        string="Send reminders until",
        default=18.0,
        help="Hour of the day, in the customer's time zone, after which reminders "
        "wait for the next day.",
        groups="base.group_user",
    )
    collection_quiet_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Reminder calendar",
        ondelete="set null",
        help="On days off and public holidays of this calendar nobody is reminded: "
        "what was due then follows on the next working day. Empty: the working hours "
        "of the company.",
        groups="base.group_user",
    )
    collection_stale_bank_days = fields.Integer(
        string="Bank statements at most",
        default=7,
        help="Days since the last bank transaction after which no automatic reminder "
        "goes out: somebody may have paid without our knowing. 0: not checked, as for "
        "companies that have never recorded a bank transaction.",
        groups="base.group_user",
    )
    collection_unsent_is_sent = fields.Boolean(
        string="All posted invoices count as sent",
        help="Where invoices are delivered outside this database. Otherwise customers "
        "are not reminded of what was never sent to them.",
        groups="base.group_user",
    )
    collection_thank_you = fields.Boolean(
        string="Thank customers who pay after a reminder",
        help="One mail for a customer who has paid all that the last reminder asked "
        "for.",
        groups="base.group_user",
    )

    _collection_stale_bank_days_positive = models.Constraint(
        "CHECK(collection_stale_bank_days >= 0)",
        "The age of bank statements, in days, cannot be negative. 0 switches the "
        "check off.",
    )

    @api.constrains("collection_reminder_from_hour", "collection_reminder_to_hour")
    def _check_collection_reminder_hours(self):
        for company in self:
            first = company.collection_reminder_from_hour
            last = company.collection_reminder_to_hour
            if not 0 <= first < last <= 24:
                raise ValidationError(
                    self.env._(
                        "Sending hours of reminders: from %(first)g to %(last)g is no "
                        "part of a day. Choose two hours between 0 and 24, the first "
                        "before the second.",
                        first=first,
                        last=last,
                    )
                )

    def _collection_tells_of_money(self):
        # EXTENDS: customers are thanked for it
        return super()._collection_tells_of_money() or self.collection_thank_you

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

    def _collection_get_last_night(self):
        """Return the last day before today on which reminders may go out."""
        is_working = self._collection_get_working_days()
        today = self._collection_today()
        days = [today - timedelta(number) for number in range(1, 32)]
        return next(filter(is_working, days), days[0])

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
