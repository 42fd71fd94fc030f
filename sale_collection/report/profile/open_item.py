from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools.period import DAY_OFF_MEDIAN_FROM, OWN_MEDIAN_FROM

# Days around today that are moved to working days: a year back, a year and a half on.
CALENDAR_BEFORE = 366
CALENDAR_AFTER = 550


class SaleCollectionOpenItem(models.Model):
    """Open instalments of customers, each with the day its money is expected.

    Predicted date = due date moved to a working day + median days late, moved to
    the customer's next payment day and again to a working day; never before today.
    The same as `usual_days_late` and `predict_payment` of `tools.period`, in SQL so
    that it can be grouped.
    """

    _name = "sale.collection.open.item"
    _description = "Open instalment"
    _auto = False
    _order = "date_due, id"
    _rec_name = "move_id"
    _depends = {
        "account.move": ["invoice_date", "invoice_user_id", "team_id"],
        "account.move.line": [
            "account_id",
            "amount_residual",
            "amount_residual_currency",
            "company_id",
            "currency_id",
            "date",
            "date_maturity",
            "move_id",
            "parent_state",
            "partner_id",
            "reconciled",
        ],
        "account.account": ["account_type"],
        "sale.collection.profile": [
            "company_id",
            "day_off_median_days_late",
            "day_off_paid_count",
            "median_days_late",
            "paid_count",
            "partner_id",
            "payment_month_days",
            "payment_weekday",
            "user_id",
        ],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
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
        "which days.",
    )
    amount = fields.Monetary(
        string="Open amount", readonly=True, currency_field="company_currency_id"
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

    @property
    def _table_query(self):
        """Return one flat query: what is asked of it reaches the journal items."""
        return SQL(
            """
            WITH today AS MATERIALIZED (%(todays)s),
            company_habit AS MATERIALIZED (%(company_habits)s),
            calendar AS MATERIALIZED (%(calendars)s)
            SELECT line.id, line.id AS line_id, line.company_id, line.partner_id,
                   line.move_id, line.currency_id, move.invoice_date, due.date_due,
                   GREATEST(today.today - due.date_due, 0) AS days_overdue,
                   %(predicted)s AS date_predicted,
                   line.amount_residual AS amount,
                   CASE WHEN due.date_due < today.today
                        THEN line.amount_residual ELSE 0 END AS amount_overdue,
                   line.amount_residual_currency AS amount_currency,
                   move.invoice_user_id AS user_id, move.team_id,
                   profile.id AS profile_id, profile.user_id AS collector_id
              FROM account_move_line line
              JOIN today ON today.company_id = line.company_id
              JOIN calendar ON calendar.company_id = line.company_id
              JOIN account_move move ON move.id = line.move_id
              JOIN account_account account ON account.id = line.account_id
         LEFT JOIN sale_collection_profile profile
                ON profile.partner_id = line.partner_id
               AND profile.company_id = today.root_id
         LEFT JOIN company_habit ON company_habit.root_id = today.root_id
     CROSS JOIN LATERAL (
                SELECT COALESCE(line.date_maturity, line.date) AS date_due) due
     CROSS JOIN LATERAL (%(expected)s) expected
     CROSS JOIN LATERAL (%(payday)s) payday
             WHERE account.account_type = 'asset_receivable'
               AND line.parent_state = 'posted'
               AND line.reconciled IS NOT TRUE
               AND line.amount_residual > 0
            """,
            todays=self._get_todays_query(),
            company_habits=self._get_company_habits_query(),
            calendars=self._get_calendars_query(),
            predicted=self._get_working_day_sql(SQL("payday.day")),
            expected=self._get_expected_query(),
            payday=self._get_payday_query(),
        )

    @api.model
    def _get_todays_query(self):
        return SQL(" UNION ALL ").join(
            SQL(
                "SELECT %s::int AS company_id, %s::int AS root_id, %s::date AS today",
                company.id,
                company.root_id.id,
                company._collection_today(),
            )
            for company in self.env.companies
        )

    @api.model
    def _get_company_habits_query(self):
        """Return the median delay of the company, for customers hardly known.

        That of its middle customer: read from the profiles, which are few.
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
        """Return the day the customer's habit points to, today at the earliest."""
        return SQL(
            """
            SELECT GREATEST(today.today, effective.day + ROUND(COALESCE(
                   CASE WHEN effective.day <> due.date_due
                         AND profile.day_off_paid_count >= %s
                        THEN profile.day_off_median_days_late
                        WHEN profile.paid_count >= %s
                        THEN profile.median_days_late END,
                   company_habit.median_days_late, 0)::float8)::int) AS day
              FROM (SELECT %s AS day) effective
            """,
            DAY_OFF_MEDIAN_FROM,
            OWN_MEDIAN_FROM,
            self._get_working_day_sql(SQL("due.date_due")),
        )

    @api.model
    def _get_payday_query(self):
        """Return the customer's next payment day on or after the expected one.

        In this month or the next; a day beyond the month's end is its last.
        """
        return SQL(
            """
            SELECT COALESCE(MIN(candidate.day), expected.day) AS day
              FROM (
                SELECT month.first_day - 1 + LEAST(number::int, EXTRACT(day FROM
                       month.first_day + INTERVAL '1 month -1 day')::int) AS day
                  FROM UNNEST(STRING_TO_ARRAY(profile.payment_month_days, ',')) number
            CROSS JOIN (VALUES (DATE_TRUNC('month', expected.day)::date),
                              ((DATE_TRUNC('month', expected.day)
                                + INTERVAL '1 month')::date)) month (first_day)
             UNION ALL
                SELECT expected.day + (profile.payment_weekday::int + 8
                       - EXTRACT(isodow FROM expected.day)::int) %% 7
                 WHERE profile.payment_weekday IS NOT NULL
              ) candidate
             WHERE candidate.day >= expected.day
            """
        )

    def action_open_document(self):
        """Open the document of the instalment."""
        self.ensure_one()
        if not self.move_id.has_access("read"):
            raise UserError(
                self.env._(
                    "%(document)s is a colleague's document. Ask %(user)s to open it.",
                    document=self.move_id.sudo().display_name,
                    user=self.user_id.sudo().name or self.env._("accounting"),
                )
            )
        return self.move_id.get_formview_action()
