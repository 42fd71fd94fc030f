from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from ...fields import OptionalFloat
from ...models.core.open_line import DEPENDS, open_lines_of_sql
from ...models.ledger.judged_due import DEPENDS as MOVED_DEPENDS
from ...models.ledger.judged_due import join_moved, judged_due
from ...tools.period import (
    DAY_OFF_MEDIAN_FROM,
    MONTH_SLACK,
    OWN_MEDIAN_FROM,
    WEEK_SLACK,
)
from ...tools.record import Record, parse_counts
from ...tools.risk import OWN_DAYS, Item, collect_facts, late_risk

# Days around today that are moved to working days: a year back, a year and a half on.
CALENDAR_BEFORE = 366
CALENDAR_AFTER = 550
# How profiles keep the days on which customers pay.
MONTH_DAYS = [str(day) for day in range(1, 32)]
WEEKDAYS = [str(day) for day in range(7)]


class SaleCollectionOpenItem(models.Model):
    """Open instalments of customers: the day their money is expected, and the risk.

    Predicted date = due date moved to a working day + median days late, the customer's
    own of that third of the month where it has one, moved to the customer's next
    payment day and again to a working day; never before today, and none for what is
    overdue and should have come by now. Of payment days that were learnt, not noted,
    the nearest, for the median has the wait for them in it.
    The same as `usual_days_late` and `predict_payment` of `tools.period`, in SQL so
    that it can be grouped.
    """

    _name = "sale.collection.open.item"
    _inherit = ["sale.collection.one.currency", "sale.collection.titled"]
    _description = "Open instalment"
    _auto = False
    _order = "date_due, id"
    _rec_name = "move_id"
    _depends = {
        "account.move": ["invoice_date", "invoice_user_id", "team_id"],
        **DEPENDS,
        **MOVED_DEPENDS,
        "sale.collection.profile": [
            "company_id",
            "day_off_median_days_late",
            "day_off_paid_count",
            "first_third_days_late",
            "last_third_days_late",
            "learnt_month_days",
            "learnt_weekday",
            "median_days_late",
            "paid_count",
            "partner_id",
            "payment_month_days",
            "payment_weekday",
            "second_third_days_late",
            "user_id",
        ],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(
        "res.currency", string="Company currency", readonly=True
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    move_id = fields.Many2one("account.move", string="Document", readonly=True)
    line_id = fields.Many2one("account.move.line", string="Instalment", readonly=True)
    profile_id = fields.Many2one(
        "sale.collection.profile", string="Credit profile", readonly=True
    )
    invoice_date = fields.Date(string="Invoice date", readonly=True)
    date_due = fields.Date(string="Due date", readonly=True)
    days_overdue = fields.Integer(
        string="Days overdue",
        readonly=True,
        aggregator="max",
        help="Today less the due date, 0 if not due.",
    )
    date_predicted = fields.Date(
        string="Predicted payment",
        readonly=True,
        help="When this customer will pay, going by how late it usually pays and on "
        "which days. Empty where that day has passed.",
    )
    amount = fields.Monetary(
        string="Open amount",
        readonly=True,
        currency_field="company_currency_id",
        help="Not paid yet; payments and credit notes not yet matched are negative.",
    )
    amount_overdue = fields.Monetary(
        string="Overdue", readonly=True, currency_field="company_currency_id"
    )
    amount_currency = fields.Monetary(
        string="In currency", readonly=True, aggregator=None
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales team", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)
    late_risk = OptionalFloat(
        string="Risk: late",
        compute="_compute_late_risk",
        aggregator=None,
        help="How likely the instalment is paid after its due date. Empty once it is "
        "due.",
    )
    over_30_risk = OptionalFloat(
        string="Risk: over 30 days",
        compute="_compute_late_risk",
        aggregator=None,
        help="How likely the instalment is paid more than 30 days after its due date. "
        "Empty once it is due.",
    )
    risk_reason = fields.Char(
        string="Why",
        compute="_compute_late_risk",
        help="What the risk is made of: the customer's own record, and what changes "
        "it for this instalment.",
    )

    # === QUERY ===#

    @property
    def _table_query(self):
        """Return one flat query, so that conditions on it reach the journal items."""
        return SQL(
            """
            WITH today AS MATERIALIZED (%(todays)s),
            company_habit AS MATERIALIZED (%(company_habits)s),
            calendar AS MATERIALIZED (%(calendars)s)
            SELECT line.id, line.id AS line_id, line.company_id, line.partner_id,
                   line.move_id, line.currency_id, move.invoice_date, line.date_due,
                   GREATEST(line.today - line.date_due, 0) AS days_overdue,
                   CASE WHEN line.date_due >= line.today
                          OR expected.day >= line.today
                        THEN %(predicted)s END AS date_predicted,
                   today.currency_id AS company_currency_id,
                   line.residual AS amount,
                   CASE WHEN line.date_due < line.today
                        THEN line.residual ELSE 0 END AS amount_overdue,
                   line.residual_currency AS amount_currency,
                   move.invoice_user_id AS user_id, move.team_id,
                   profile.id AS profile_id, profile.user_id AS collector_id
              FROM (%(lines)s) line
              JOIN today ON today.company_id = line.company_id
              JOIN calendar ON calendar.company_id = line.company_id
                   -- Each line has a document: LEFT, as such a join is left out
                   -- where nobody asks for its columns.
         LEFT JOIN account_move move ON move.id = line.move_id
         LEFT JOIN sale_collection_profile profile
                ON profile.partner_id = line.partner_id
               AND profile.company_id = today.root_id
         LEFT JOIN company_habit ON company_habit.root_id = today.root_id
              %(moved)s
     CROSS JOIN LATERAL (SELECT %(judged)s AS day) judged
     CROSS JOIN LATERAL (%(expected)s) expected
     CROSS JOIN LATERAL (%(payday)s) payday
             WHERE line.residual > 0
            """,
            lines=open_lines_of_sql(self.env.companies._collection_todays()),
            todays=self._get_todays_query(),
            company_habits=self._get_company_habits_query(),
            calendars=self._get_calendars_query(),
            predicted=self._get_working_day_sql(SQL("payday.day")),
            moved=join_moved(SQL("line.id")),
            judged=judged_due(SQL("line.date_due")),
            expected=self._get_expected_query(),
            payday=self._get_payday_query(),
        )

    @api.model
    def _get_todays_query(self):
        """Return the rows (company, root company, today) of the user's companies."""
        todays = self.env.companies._collection_todays()
        return SQL(" UNION ALL ").join(
            SQL(
                "SELECT %s::int AS company_id, %s::int AS root_id, %s::date AS today,"
                " %s::int AS currency_id",
                company.id,
                company.root_id.id,
                todays[company.id],
                company.currency_id.id,
            )
            for company in self.env.companies
        )

    @api.model
    def _get_company_habits_query(self):
        """Return the median days late of each company's middle customer.

        Customers with few payments are expected to pay like that one. Read from the
        profiles, which are far fewer than receipts.
        """
        return SQL(
            """
            SELECT company_id AS root_id,
                   PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY median_days_late)
                       AS median_days_late
              FROM sale_collection_profile
             WHERE paid_count >= %s
          GROUP BY company_id
            """,
            OWN_MEDIAN_FROM,
        )

    @api.model
    def _get_calendars_query(self):
        """Return for each company the working day every day around today moves to.

        As an array from its first day on: looked up, not joined.
        """
        return SQL(
            """
            SELECT today.company_id, today.today - %(before)s AS first_day,
                   ARRAY(SELECT %(working_day)s
                           FROM GENERATE_SERIES(0, %(before)s + %(after)s) step
                     CROSS JOIN LATERAL (
                           SELECT today.today - %(before)s + step AS day) around
                       ORDER BY step) AS moved
              FROM today
              JOIN res_company company ON company.id = today.company_id
            """,
            before=CALENDAR_BEFORE,
            after=CALENDAR_AFTER,
            working_day=self.env["res.company"]._collection_working_day_sql(
                SQL("company"), SQL("around.day")
            ),
        )

    @api.model
    def _get_working_day_sql(self, day):
        """Return the working day a day moves to; itself beyond the calendar."""
        return SQL(
            "COALESCE(calendar.moved[%(day)s - calendar.first_day + 1], %(day)s)",
            day=day,
        )

    @api.model
    def _get_expected_query(self):
        """Return the day the customer's habit points to, be it past.

        Habits are learnt from judged due dates; yet nobody pays before a due date that
        was moved behind that day.
        """
        return SQL(
            """
            SELECT GREATEST(effective.day + ROUND(COALESCE(
                   CASE LEAST(EXTRACT(day FROM judged.day)::int - 1, 20) / 10
                        WHEN 0 THEN profile.first_third_days_late
                        WHEN 1 THEN profile.second_third_days_late
                        ELSE profile.last_third_days_late END,
                   CASE WHEN effective.day <> judged.day
                         AND profile.day_off_paid_count >= %s
                        THEN profile.day_off_median_days_late
                        WHEN profile.paid_count >= %s
                        THEN profile.median_days_late END,
                   company_habit.median_days_late, 0)::float8)::int,
                   CASE WHEN line.date_due > judged.day THEN line.date_due END) AS day
              FROM (SELECT %s AS day) effective
            """,
            DAY_OFF_MEDIAN_FROM,
            OWN_MEDIAN_FROM,
            self._get_working_day_sql(SQL("judged.day")),
        )

    @api.model
    def _get_payday_query(self):
        """Return the customer's next payment day from the expected one, or today, on.

        As noted; else as learnt, and then from half the days between two of them
        before the expected one on. In this month or the next; a day beyond the
        month's end is its last. Days are kept as text: looked up and not cast, for one
        odd text would stop the list for everybody.
        """
        return SQL(
            """
            SELECT COALESCE(MIN(candidate.day), soonest.day) AS day
              FROM (SELECT noted.is_empty,
                           CASE WHEN noted.is_empty THEN profile.learnt_month_days
                                ELSE profile.payment_month_days END AS month_days,
                           CASE WHEN noted.is_empty THEN profile.learnt_weekday
                                ELSE profile.payment_weekday END AS weekday
                      FROM (SELECT NULLIF(profile.payment_month_days, '') IS NULL
                               AND profile.payment_weekday IS NULL AS is_empty) noted
                   ) run
        CROSS JOIN LATERAL (
                   SELECT GREATEST(today.today, expected.day - CASE
                          WHEN NOT run.is_empty THEN 0
                          WHEN run.weekday IS NOT NULL THEN %(week_slack)s
                          WHEN run.month_days IS NOT NULL THEN %(month_slack)s
                               / CARDINALITY(STRING_TO_ARRAY(run.month_days, ','))
                          ELSE 0 END) AS day) soonest
         LEFT JOIN LATERAL (
                SELECT month.first_day - 1 + LEAST(number, EXTRACT(day FROM
                       month.first_day + INTERVAL '1 month -1 day')::int) AS day
                  FROM UNNEST(STRING_TO_ARRAY(run.month_days, ',')) written
            CROSS JOIN LATERAL ARRAY_POSITION(%(month_days)s::text[], written) number
            CROSS JOIN (VALUES (DATE_TRUNC('month', soonest.day)::date),
                              ((DATE_TRUNC('month', soonest.day)
                                + INTERVAL '1 month')::date)) month (first_day)
                 WHERE number IS NOT NULL
             UNION ALL
                SELECT soonest.day + (number + 7
                       - EXTRACT(isodow FROM soonest.day)::int) %% 7
                  FROM ARRAY_POSITION(
                       %(weekdays)s::text[], run.weekday::text) number
                 WHERE number IS NOT NULL
              ) candidate ON candidate.day >= soonest.day
          GROUP BY soonest.day
            """,
            month_days=MONTH_DAYS,
            weekdays=WEEKDAYS,
            week_slack=WEEK_SLACK,
            month_slack=MONTH_SLACK,
        )

    # === RISK ===#

    @api.depends("days_overdue", "date_due", "profile_id")
    @api.depends_context("lang")
    def _compute_late_risk(self):
        self.late_risk = self.over_30_risk = self.risk_reason = False
        waiting = self.filtered(lambda item: item.profile_id and not item.days_overdue)
        learning = self.env["sale.collection.learning"]
        for company, items in waiting.grouped("company_id").items():
            shares = learning._get_late_shares(company.root_id)
            if shares:
                items._set_late_risk(company, shares)

    def _set_late_risk(self, company, shares):
        """Set the risk of instalments of one company that are not overdue."""
        effective = company._collection_effective_dues(self.mapped("date_due"))
        together = self._count_due_together()
        odds = self.env["sale.collection.odds"]._get_odds(company.root_id)
        for item in self:
            record = item._get_record()
            facts = Item(
                item.date_due.weekday(),
                effective[item.date_due] != item.date_due,
                together[item.partner_id, item.date_due],
                item.line_id.sudo().balance,
            )
            risk = late_risk(collect_facts(record, facts, shares), odds)
            item.late_risk, item.over_30_risk = risk.late, risk.over_30
            item.risk_reason = " · ".join(item._describe_risk(record, risk))

    def _get_record(self):
        """Return how the customer of this instalment paid earlier ones."""
        profile = self.profile_id.sudo()
        return Record(
            profile.paid_count,
            profile.after_due_count,
            profile.over_30_count,
            profile.day_off_paid_count,
            profile.day_off_after_due_count,
            profile.recent_days_late,
            parse_counts(profile.weekday_paid),
            parse_counts(profile.weekday_after_due),
            profile.usual_amount,
        )

    def _count_due_together(self):
        """Return {(customer, due date): number of open instalments due that day}."""
        return {
            (partner, due): count
            for partner, due, count in self._read_group(
                [
                    ("partner_id", "in", self.partner_id.ids),
                    ("company_id", "in", self.company_id.ids),
                    ("date_due", "in", list(set(self.mapped("date_due")))),
                ],
                ["partner_id", "date_due:day"],
                ["__count"],
            )
        }

    def _describe_risk(self, record, risk):
        """Return in words what the risk of this instalment is made of."""
        words = [
            self.env._(
                "late on %(late)s of %(paid)s so far",
                late=record.after_due,
                paid=record.paid,
            )
            if record.paid
            else self.env._("no payment known yet")
        ]
        words += map(self._describe_effect, filter(_is_telling, risk.late_effects[1:]))
        serious = filter(_is_telling, risk.over_30_effects[1:])
        found = ", ".join(map(self._describe_effect, serious))
        if found:
            words.append(self.env._("over 30 days: %(effects)s", effects=found))
        return words

    def _describe_effect(self, effect):
        """Return in words what one fact does to the odds, and the cases behind it."""
        if effect.code == OWN_DAYS:
            percent = round(effect.value * 100)
            return self.env._("%(percent)s %% late on such days", percent=percent)
        return self.env._(
            "times %(times)s: %(fact)s (%(count)s cases)",
            times=f"{effect.times:.2f}",
            fact=self._describe_fact(effect.code, effect.value),
            count=formatLang(self.env, effect.cases, digits=0),
        )

    def _describe_fact(self, code, value):
        """Return in words one fact of `tools.risk` that changes the odds."""
        if code == "due_day":
            return self.env["sale.collection.odds"]._describe_due_day(value)
        if code == "recent_days_late":
            return self._describe_recent_days(round(value))
        return {
            "same_due_count": self.env._("%(count)s due that day", count=value),
            "paid_count": self.env._("%(count)s payments known", count=value),
            "amount_ratio": self.env._(
                "%(part)s of its usual amount", part=f"{round(value * 100)} %"
            ),
        }[code]

    def _describe_recent_days(self, days):
        if days >= 0:
            return self.env._("latest payments %(days)s days late", days=days)
        return self.env._("latest payments %(days)s days early", days=-days)

    # === ACTIONS ===#

    def _get_one_profile(self):
        """Return the credit profile of the one customer of these instalments."""
        self.check_access("read")
        if len(self.profile_id) != 1:
            raise UserError(self.env._("Choose instalments of one customer."))
        return self.profile_id

    def action_pay_link(self):
        """Make a link by which the customer pays the document of these instalments."""
        self.check_access("read")
        if len(self.move_id) != 1:
            raise UserError(
                self.env._("A link pays one invoice: choose instalments of one.")
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_payment.action_invoice_order_generate_link"
        )
        context = {"active_model": "account.move", "active_id": self.move_id.id}
        return {**action, "context": context}

    def action_extend(self):
        """Ask for a later due date of these instalments."""
        self.check_access("read")
        return self.env["sale.collection.extension.ask"]._open_for(self)

    def action_open_document(self):
        """Open the document of the instalment."""
        self.ensure_one()
        return self.move_id._open_of_colleague(self.user_id)


def _is_telling(effect):
    """Tell whether an effect is worth a word: odds times 0.95 to 1.05 are not."""
    return effect.code == OWN_DAYS or abs(effect.times - 1) > 0.05
