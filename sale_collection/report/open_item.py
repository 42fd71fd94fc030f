from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.period import DAY_OFF_MEDIAN_FROM, OWN_MEDIAN_FROM


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
    collector_id = fields.Many2one("res.users", string="Collector", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            WITH today AS (%(todays)s),
            item AS (%(items)s),
            company_habit AS (%(company_habits)s),
            due AS (%(due_days)s),
            expected AS (%(expected)s),
            payday AS (%(paydays)s),
            predicted AS (%(predicted)s)
            SELECT item.id, item.line_id, item.company_id, item.partner_id,
                   item.move_id, item.profile_id, item.currency_id,
                   item.invoice_date, item.date_due, item.days_overdue,
                   predicted.day AS date_predicted,
                   item.amount, item.amount_overdue, item.amount_currency,
                   item.user_id, item.team_id, item.collector_id
              FROM item
              JOIN payday ON payday.id = item.id
              JOIN predicted ON predicted.company_id = item.company_id
                            AND predicted.payday = payday.day
            """,
            todays=self._get_todays_query(),
            items=self._get_items_query(),
            company_habits=self._get_company_habits_query(),
            due_days=self._get_working_days_query(
                SQL("item"), SQL("date_due"), SQL("date_due")
            ),
            expected=self._get_expected_query(),
            paydays=self._get_paydays_query(),
            predicted=self._get_working_days_query(
                SQL("payday"), SQL("day"), SQL("payday")
            ),
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
    def _get_items_query(self):
        return SQL(
            """
            SELECT line.id, line.id AS line_id, line.company_id, line.partner_id,
                   line.move_id, line.currency_id, move.invoice_date,
                   COALESCE(line.date_maturity, line.date) AS date_due,
                   GREATEST(today.today - COALESCE(line.date_maturity, line.date), 0)
                       AS days_overdue,
                   line.amount_residual AS amount,
                   CASE WHEN COALESCE(line.date_maturity, line.date) < today.today
                        THEN line.amount_residual ELSE 0 END AS amount_overdue,
                   line.amount_residual_currency AS amount_currency,
                   move.invoice_user_id AS user_id, move.team_id,
                   profile.id AS profile_id, profile.user_id AS collector_id,
                   profile.median_days_late, profile.paid_count,
                   profile.day_off_median_days_late, profile.day_off_paid_count,
                   profile.payment_month_days, profile.payment_weekday,
                   today.today, today.root_id
              FROM account_move_line line
              JOIN today ON today.company_id = line.company_id
              JOIN account_move move ON move.id = line.move_id
              JOIN account_account account ON account.id = line.account_id
         LEFT JOIN sale_collection_profile profile
                ON profile.partner_id = line.partner_id
               AND profile.company_id = today.root_id
             WHERE account.account_type = 'asset_receivable'
               AND line.parent_state = 'posted'
               AND line.reconciled IS NOT TRUE
               AND line.amount_residual > 0
            """
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
    def _get_working_days_query(self, table, column, alias):
        """Return each distinct day of a column, as ``alias``, with its working day."""
        return SQL(
            """
            SELECT asked.company_id, asked.day AS %(alias)s, %(working_day)s AS day
              FROM (SELECT DISTINCT company_id, %(column)s AS day FROM %(table)s) asked
              JOIN res_company company ON company.id = asked.company_id
            """,
            alias=alias,
            column=column,
            table=table,
            working_day=self.env["res.company"]._collection_working_day_sql(
                SQL("company"), SQL("asked.day")
            ),
        )

    @api.model
    def _get_expected_query(self):
        return SQL(
            """
            SELECT item.id, item.company_id, item.payment_month_days,
                   item.payment_weekday,
                   GREATEST(item.today, due.day + ROUND(COALESCE(
                       CASE WHEN due.day <> item.date_due
                             AND item.day_off_paid_count >= %s
                            THEN item.day_off_median_days_late
                            WHEN item.paid_count >= %s
                            THEN item.median_days_late END,
                       company_habit.median_days_late, 0)::float8)::int) AS day
              FROM item
              JOIN due USING (company_id, date_due)
         LEFT JOIN company_habit USING (root_id)
            """,
            DAY_OFF_MEDIAN_FROM,
            OWN_MEDIAN_FROM,
        )

    @api.model
    def _get_paydays_query(self):
        """Return the next payment day of the customer on or after the expected day.

        Two months of days hold the next one of any routine; a day of the month
        beyond its end means the last day.
        """
        return SQL(
            """
            SELECT expected.id, expected.company_id, COALESCE((
                   SELECT MIN(candidate)::date
                     FROM GENERATE_SERIES(
                          expected.day, expected.day + 62, '1 day') candidate
                    WHERE (EXTRACT(isodow FROM candidate) - 1)::text
                              = expected.payment_weekday
                       OR EXTRACT(day FROM candidate) IN (
                          SELECT LEAST(number::int, EXTRACT(day FROM
                                 DATE_TRUNC('month', candidate) + INTERVAL '1 month'
                                 - INTERVAL '1 day'))
                            FROM UNNEST(STRING_TO_ARRAY(
                                 expected.payment_month_days, ',')) number)
                   ), expected.day) AS day
              FROM expected
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
