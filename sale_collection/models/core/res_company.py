from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.tools import SQL


class ResCompany(models.Model):
    """Settings of collection, the clock, working days and people of a company."""

    _inherit = "res.company"

    collection_grace_days = fields.Integer(
        string="Days of grace",
        default=3,
        help="Days a payment may be late before it counts as late in grade and "
        "commission. Overdue amounts and reminders do not use it.",
        groups="base.group_user",
    )
    collection_tolerance = fields.Integer(
        string="Rests not asked for",
        default=5,
        help="A rest of at most so many cents, or smallest units of the invoice's "
        "currency, is not asked for and holds nothing.",
        groups="base.group_user",
    )
    collection_promise_grace_days = fields.Integer(
        string="Days of grace of promises",
        default=3,
        help="Money that many days after the promised date still keeps a promise.",
        groups="base.group_user",
    )
    collection_promise_threshold = fields.Float(
        string="Enough to keep a promise",
        default=100.0,
        help="Part of the promised amount, in percent, that counts as kept.",
        groups="base.group_user",
    )
    collection_promise_max_grace_days = fields.Integer(
        string="Most days of grace of a promise",
        default=14,
        help="No single promise is given more.",
        groups="base.group_user",
    )
    collection_promise_min_threshold = fields.Float(
        string="Least that keeps a promise",
        default=80.0,
        help="No single promise is kept by less, in percent of the promised amount.",
        groups="base.group_user",
    )
    collection_promise_backdate_days = fields.Integer(
        string="Note promises up to",
        default=3,
        help="Days after a promise was made on which it can still be noted. Money "
        "that came in between counts as promised: the promise then says when it was "
        "noted.",
        groups="base.group_user",
    )
    collection_plan_breach = fields.Selection(
        [("accelerate", "The rest falls due"), ("continue", "The plan goes on")],
        string="When a payment of a plan is missed",
        default="accelerate",
        required=True,
        groups="base.group_user",
    )
    collection_refreshed_at = fields.Datetime(
        string="Credit profiles compared at",
        readonly=True,
        copy=False,
        help="When all credit profiles were last compared with the ledger.",
        groups="base.group_user",
    )
    # The day that was done for, and the oldest transaction then still running:
    # what has been written since is newer than what the profiles say.
    collection_refreshed_for = fields.Date(
        readonly=True,
        copy=False,
        export_string_translation=False,
        groups="base.group_user",
    )
    collection_refreshed_xid = fields.Char(
        readonly=True,
        copy=False,
        export_string_translation=False,
        groups="base.group_user",
    )
    collection_review_warning_days = fields.Integer(
        string="Warn before a credit review expires",
        default=30,
        help="Days before the last day of a credit review on which its reviewer is "
        "asked to renew it.",
        groups="base.group_user",
    )
    collection_dispute_days = fields.Integer(
        string="Days to settle a dispute",
        default=7,
        help="First deadline of a new dispute. Past it the credit controller is told.",
        groups="base.group_user",
    )
    collection_controller_id = fields.Many2one(
        "res.users",
        string="Proposals go to",
        domain=lambda self: self._get_collection_controller_domain(),
        help="Credit controller who gets proposed holds, late disputes and write-offs "
        "to approve. Empty: the first one of this company.",
        groups="base.group_user",
    )
    collection_tail_percent = fields.Float(
        string="Short payment up to",
        default=5.0,
        help="A rest of at most this part of a partly paid instalment is a short "
        "payment: to be disputed, chased or written off.",
        groups="base.group_user",
    )
    collection_short_percent = fields.Float(
        string="Rest dropped without asking up to",
        default=0.5,
        help="Part of what was to be paid, in percent, that whoever registers a "
        "payment may write off as fully paid. Above it a credit controller is asked.",
        groups="base.group_user",
    )
    collection_short_amount = fields.Monetary(
        string="Rest dropped without asking at most",
        default=10.0,
        help="Never more than this amount, whatever was to be paid.",
        groups="base.group_user",
    )
    collection_write_off_account_id = fields.Many2one(
        "account.account",
        string="Write-off account",
        domain="[('account_type', 'in', ('expense', 'expense_direct_cost', "
        "'expense_other', 'income', 'income_other'))]",
        help="Where approved write-offs of short payments are booked.",
        groups="base.group_user",
    )
    collection_night_user_id = fields.Many2one(
        "res.users",
        string="Alerts of the nightly run go to",
        domain=lambda self: self._get_collection_night_domain(),
        help="Manager who is told when a nightly run failed or did not happen. Empty: "
        "the first one of this company.",
        groups="base.group_user",
    )
    collection_money_notice = fields.Boolean(
        string="Tell salespeople of money received",
        default=True,
        help="One message for each customer and hour to its collector and salesperson, "
        "and to the salespeople of the paid invoices.",
        groups="base.group_user",
    )

    _collection_dispute_days_positive = models.Constraint(
        "CHECK(collection_dispute_days BETWEEN 0 AND 365)",
        "Days to settle a dispute: enter 0 to 365 days.",
    )
    _collection_tail_percent_sane = models.Constraint(
        "CHECK(collection_tail_percent BETWEEN 0 AND 100)",
        "A short payment leaves 0 to 100 % of an instalment open.",
    )
    _collection_short_sane = models.Constraint(
        "CHECK(collection_short_percent BETWEEN 0 AND 100 "
        "AND collection_short_amount >= 0)",
        "A rest dropped without asking: 0 to 100 %, and no amount below zero.",
    )
    _collection_tolerance_range = models.Constraint(
        "CHECK(collection_tolerance BETWEEN 0 AND 10000)",
        "Rests not asked for: between 0 and 10,000 smallest units.",
    )
    _collection_grace_days_positive = models.Constraint(
        "CHECK(collection_grace_days BETWEEN 0 AND 365)",
        "Days of grace: enter 0 to 365 days.",
    )
    _collection_review_warning_days_positive = models.Constraint(
        "CHECK(collection_review_warning_days BETWEEN 0 AND 365)",
        "Days before a credit review expires: enter 0 to 365 days.",
    )
    _collection_promise_grace_days_positive = models.Constraint(
        "CHECK(collection_promise_grace_days BETWEEN 0 AND 365 "
        "AND COALESCE(collection_promise_max_grace_days, 0) BETWEEN 0 AND 365)",
        "Days of grace of promises: enter 0 to 365 days.",
    )
    _collection_promise_backdate_days_range = models.Constraint(
        "CHECK(COALESCE(collection_promise_backdate_days, 0) BETWEEN 0 AND 365)",
        "Note promises up to: enter 0 to 365 days.",
    )
    _collection_promise_threshold_range = models.Constraint(
        "CHECK(collection_promise_threshold > 0 "
        "AND collection_promise_threshold <= 100 "
        "AND COALESCE(collection_promise_min_threshold, 1) > 0 "
        "AND COALESCE(collection_promise_min_threshold, 1) <= 100)",
        "The part that keeps a promise must be above 0 and at most 100 percent.",
    )

    def write(self, vals):
        if not {"collection_grace_days", "collection_tolerance"}.isdisjoint(vals):
            # what is late or paid is another question: the next night reads everything
            vals = {**vals, "collection_refreshed_xid": False}
        return super().write(vals)

    def _collection_filter_shown(self):
        # EXTENDS: users of a branch see what belongs to the company above it
        above = self.env.companies.sudo().parent_ids.sudo(False)
        return super()._collection_filter_shown() | (self & above)

    @api.model
    def _post_model_setup__(self):
        # EXTENDS: core reads companies all the time, and of these fields none
        for name, field in self._fields.items():
            if name.startswith("collection_") and field.prefetch is True:
                field.prefetch = "collection"
        return super()._post_model_setup__()

    def _collection_today(self):
        """Return the date it is now for this company.

        The only clock of the application: the date in the time zone of the
        company's partner, else of its working calendar, else of the user who
        runs the job. Scheduled actions run in UTC, where a company in Shanghai
        at 00:30 still has yesterday.
        """
        return self._collection_today_in(self._collection_get_zone())

    def _collection_get_zone(self):
        """Return the time zone of this company, False where it has none."""
        self.ensure_one()
        return self.partner_id.tz or self.resource_calendar_id.tz

    def _collection_day_sql(self, moment):
        """Return SQL for the date that a moment has for this company.

        :param SQL moment: a timestamp in UTC, as records keep them
        """
        zone = self._collection_get_zone() or self.env.user.tz or "UTC"
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, zone)

    def _collection_todays(self):
        """Return {company id: today}: branches share the date of their root."""
        roots = self.sudo().root_id
        days = {root: root._collection_today() for root in roots}
        return {company.id: days[company.root_id] for company in self.sudo()}

    @api.model
    def _collection_today_in(self, zone):
        """Return the date it is now in a time zone, else in that of the user."""
        utc_now = fields.Datetime.now().replace(tzinfo=timezone.utc)
        return utc_now.astimezone(ZoneInfo(zone or self.env.user.tz or "UTC")).date()

    def _get_next_working_day(self, day):
        """Return the first working day of this company on or after a day."""
        query = SQL(
            "SELECT %s FROM res_company company WHERE company.id = %s",
            self._collection_working_day_sql(SQL("company"), SQL("%s::date", day)),
            self.id,
        )
        return self.env.execute_query(query)[0][0]

    @api.model
    def _collection_working_day_sql(self, company, day):
        """Return SQL for the first working day on or after a day.

        By the working calendar of the company: weekdays with attendances, without
        the public holidays that cover noon. The day itself where the calendar has
        no attendances at all.

        :param SQL company: alias of a `res_company` row
        :param SQL day: a date
        """
        return SQL(
            """COALESCE((
                SELECT MIN(candidate)::date
                  FROM GENERATE_SERIES(%(day)s, %(day)s + 31, '1 day') candidate
                 WHERE EXISTS (
                       SELECT FROM resource_calendar_attendance attendance
                        WHERE attendance.calendar_id = %(company)s.resource_calendar_id
                          AND attendance.dayofweek
                              = (EXTRACT(isodow FROM candidate) - 1)::text)
                   AND NOT EXISTS (
                       SELECT FROM resource_calendar_leaves holiday
                         JOIN resource_calendar calendar
                           ON calendar.id = %(company)s.resource_calendar_id
                        WHERE holiday.resource_id IS NULL
                          AND holiday.company_id = %(company)s.id
                          AND (holiday.calendar_id IS NULL
                               OR holiday.calendar_id = calendar.id)
                          AND (candidate + INTERVAL '12 hours')
                              AT TIME ZONE calendar.tz AT TIME ZONE 'UTC'
                              BETWEEN holiday.date_from AND holiday.date_to)
            ), %(day)s)""",
            day=day,
            company=company,
        )

    def _collection_effective_dues(self, days):
        """Return {day: the first working day on or after it}, by the calendar."""
        self.ensure_one()
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT day, %s FROM UNNEST(%s::date[]) AS day, res_company company"
                    " WHERE company.id = %s",
                    self._collection_working_day_sql(SQL("company"), SQL("day")),
                    [day for day in days if day],
                    self.id,
                )
            )
        )

    @api.model
    def _get_collection_controller_domain(self):
        group = self.env.ref("sale_collection.group_credit_controller")
        return [("share", "=", False), ("all_group_ids", "in", group.id)]

    def _collection_get_controller(self):
        """Return the credit controller who decides on proposals of this company."""
        self.ensure_one()
        company = self.sudo().root_id
        chosen = company.collection_controller_id
        if chosen.active:
            return chosen
        domain = self._get_collection_controller_domain()
        found = chosen.search([*domain, ("company_ids", "in", company.id)], order="id")
        # Whoever holds the lowest of the rights does this work every day.
        manager = "sale_collection.group_manager"
        return found.filtered(lambda user: not user.has_group(manager))[:1] or found[:1]

    def _collection_get_short_limit(self, amount):
        """Return the most of an amount, in company currency, dropped unasked."""
        self.ensure_one()
        root = self.sudo().root_id
        part = self.currency_id.round(amount * root.collection_short_percent / 100)
        return min(part, root.collection_short_amount)

    def _collection_may_drop(self, rest, owed):
        """Return whether the user may give up a rest of what was owed unasked.

        Managers may; others up to the tolerance. Both in company currency.
        """
        groups = ("sale_collection.group_manager", "account.group_account_manager")
        if any(self.env.user.has_group(group) for group in groups):
            return True
        limit = self._collection_get_short_limit(owed)
        return self.currency_id.compare_amounts(rest, limit) <= 0

    def _collection_tells_of_money(self):
        """Return whether anybody is told of money that came in."""
        return self.collection_money_notice

    @api.model
    def _get_collection_night_domain(self):
        group = self.env.ref("sale_collection.group_manager")
        return [("share", "=", False), ("all_group_ids", "in", group.id)]

    def _collection_get_night_manager(self):
        """Return the manager who hears of nights that failed, if there is one."""
        self.ensure_one()
        company = self.sudo().root_id
        chosen = company.collection_night_user_id
        if chosen.active:
            return chosen
        domain = self._get_collection_night_domain()
        found = chosen.search([*domain, ("company_ids", "in", company.id)], order="id")
        return found.filtered(
            lambda user: user.id != self.env.ref("base.user_root").id
        )[:1]
