from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..tools.ladder import BankIndex, Progress, index_bank_lines


class Line(NamedTuple):
    """An open instalment; ``bar`` is what keeps it off every reminder."""

    id: int
    move: int
    partner: int
    residual: float
    residual_currency: float
    due: object
    name: str
    reference: str
    bar: str | None


class Customer(NamedTuple):
    """What the profile of a customer says; a customer without one has the defaults."""

    profile: int | None = None
    user: int | None = None
    ladder: int | None = None
    pace: str | None = None
    excluded: bool = False
    snooze_until: object = None


NO_PROFILE = Customer()


class Night(NamedTuple):
    """All that is known when the reminders of a day are decided on."""

    today: object
    lines: dict  # customer -> [Line], by due date
    customers: dict  # customer -> Customer
    disputed: dict  # line -> amount
    promised: dict  # line -> amount
    ends: dict  # line -> end of its last promise or snooze
    snoozed: dict  # line -> last day without reminders
    entered: set  # lines put on the ladder by hand
    progress: dict  # line -> Progress
    paying: set  # invoices with an online payment on its way
    credits: dict  # customer -> [Credit]
    standing: dict  # customer -> amount its standing promises bring next
    replies: set  # customers whose reply waits to be read
    last_notice: dict  # customer -> day of its last overdue notice
    bank: BankIndex
    bank_is_stale: bool


class SaleCollectionReminder(models.Model):
    """What the ledger and the people say about debts, read in batch."""

    _inherit = "sale.collection.reminder"

    @api.model
    def _collect_night(self, company, today, until, partner_ids=None):
        """Read everything the reminders of a day depend on: a fixed number of queries.

        :param company: root company
        :param date until: last due date of interest
        :param partner_ids: commercial partners; all when left out
        """
        self.env.flush_all()
        scope = self._get_scope(company, until, partner_ids)
        return Night(
            today=today,
            lines=self._collect_lines(company, scope),
            customers=self._collect_customers(company, partner_ids),
            disputed=self._collect_pairs(
                self.env["sale.collection.dispute.line"]._get_open_query(company)
            ),
            promised=self._collect_promised(company),
            ends=self._collect_ends(company, today),
            snoozed=self._collect_snoozed(company, today),
            entered=self._collect_entered(company),
            progress=self._collect_progress(company, partner_ids),
            paying=self._collect_paying(company),
            credits=self._collect_credits(company, partner_ids),
            standing=self._collect_standing(company),
            replies=self._collect_replies(company),
            last_notice=self._collect_last_notices(company, partner_ids),
            bank=index_bank_lines(self._collect_bank_lines(company, today)),
            bank_is_stale=self._is_bank_stale(company, today),
        )

    @api.model
    def _collect_pairs(self, query):
        return {key: float(amount) for key, amount in self.env.execute_query(query)}

    # === DEBTS ===#

    @api.model
    def _get_scope(self, company, until, partner_ids):
        """Return the condition on open receivable lines `line` of `contact`."""
        profiles = self.env["sale.collection.profile"]
        return SQL(
            """line.account_id = ANY(%s)
               AND line.reconciled IS NOT TRUE
               AND line.parent_state = 'posted'
               AND line.company_id IN (%s)
               AND COALESCE(line.date_maturity, line.date) <= %s
               AND %s""",
            profiles._get_receivable_accounts_sql(),
            profiles._get_companies_sql(company),
            until,
            profiles._get_customer_condition(
                SQL("contact.commercial_partner_id"), partner_ids
            ),
        )

    @api.model
    def _collect_lines(self, company, scope):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id, line.move_id, contact.commercial_partner_id,
                       line.amount_residual::float8,
                       line.amount_residual_currency::float8,
                       COALESCE(line.date_maturity, line.date) AS due,
                       move.name, move.payment_reference,
                       CASE WHEN line.no_followup OR move.payment_state = 'blocked'
                            THEN 'no_followup'
                            WHEN move.payment_state IN ('in_payment', 'paid')
                            THEN 'paying'
                            WHEN move.move_type = 'out_invoice'
                                 AND move.is_move_sent IS NOT TRUE
                            THEN 'never_sent' END
                  FROM account_move_line line
                  JOIN res_partner contact ON contact.id = line.partner_id
                  JOIN account_move move ON move.id = line.move_id
                 WHERE %s AND line.amount_residual > 0
              ORDER BY contact.commercial_partner_id, due, line.id
                """,
                scope,
            )
        )
        lines = {}
        for row in rows:
            lines.setdefault(row[2], []).append(Line._make(row))
        return lines

    @api.model
    def _get_tree_sql(self, company):
        return self.env["sale.collection.profile"]._get_companies_sql(company)

    # === WHAT PAUSES A DEBT ===#

    @api.model
    def _collect_promised(self, company):
        """Return {line: part covered by a live promise}, due or not."""
        parts = self.env["sale.collection.promise.allocation"]
        return self._collect_pairs(
            SQL(
                "SELECT line_ref, amount FROM (%s) cover",
                parts._get_cover_query(company, "infinity"),
            )
        )

    @api.model
    def _collect_standing(self, company):
        dates = self.env["sale.collection.promise.line"]
        query = dates._get_standing_cover_query(company)
        return self._collect_pairs(
            SQL("SELECT partner_id, SUM(amount) FROM (%s) s GROUP BY partner_id", query)
        )

    @api.model
    def _collect_ends(self, company, today):
        """Return {line: end of its last promise or snooze}: the ladder counts anew.

        Of a plan that was missed, the payment that was missed last.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line_id, MAX(day) FROM (
                    SELECT part.line_ref AS line_id, COALESCE((
                               SELECT MAX(missed.date)
                                 FROM sale_collection_promise_line missed
                                WHERE missed.promise_id = promise.id
                                  AND missed.state IN ('partial', 'broken')
                           ), promise.date) AS day
                      FROM sale_collection_promise_allocation part
                      JOIN sale_collection_promise promise
                        ON promise.id = part.promise_id
                     WHERE promise.company_id = %(company)s
                       AND promise.state IN ('kept', 'partial', 'broken')
                     UNION ALL
                    SELECT line_id, until FROM sale_collection_snooze
                     WHERE company_id = %(company)s
                ) ended
                 WHERE day < %(today)s
              GROUP BY line_id
                """,
                company=company.id,
                today=today,
            )
        )
        return dict(rows)

    @api.model
    def _collect_snoozed(self, company, today):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line_id, MAX(until) FROM sale_collection_snooze
                 WHERE company_id = %s AND until >= %s
              GROUP BY line_id
                """,
                company.id,
                today,
            )
        )
        return dict(rows)

    @api.model
    def _collect_entered(self, company):
        entries = self.env["sale.collection.ladder.entry"].sudo()
        rows = self.env.execute_query(
            SQL(
                "SELECT line_id FROM %s WHERE company_id = %s",
                SQL.identifier(entries._table),
                company.id,
            )
        )
        return {row[0] for row in rows}

    # === CUSTOMERS ===#

    @api.model
    def _collect_customers(self, company, partner_ids):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT profile.partner_id, profile.id, profile.user_id,
                       profile.ladder_id, grade.pace,
                       profile.excluded IS TRUE, profile.snooze_until
                  FROM sale_collection_profile profile
             LEFT JOIN sale_collection_grade grade ON grade.id = profile.grade_id
                 WHERE profile.company_id = %s AND %s
                """,
                company.id,
                self.env["sale.collection.profile"]._get_customer_condition(
                    SQL("profile.partner_id"), partner_ids
                ),
            )
        )
        return {row[0]: Customer._make(row[1:]) for row in rows}

    @api.model
    def _collect_replies(self, company):
        """Return the customers whose reply to a reminder nobody has read yet."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT profile.partner_id
                  FROM mail_activity activity
                  JOIN sale_collection_profile profile ON profile.id = activity.res_id
                 WHERE activity.res_model = 'sale.collection.profile'
                   AND activity.activity_type_id = %s
                   AND activity.active
                   AND profile.company_id = %s
                """,
                self.env.ref("sale_collection_reminder.activity_reply").id,
                company.id,
            )
        )
        return {row[0] for row in rows}

    # === HOW FAR THE DEBTS HAVE COME ===#

    @api.model
    def _collect_progress(self, company, partner_ids):
        """Return {line: Progress} of open instalments reminded before.

        A step counts that was claimed, that failed, or that a person has dropped.
        Steps from before the debt was settled once only raise the cycle.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (part.line_id) part.line_id,
                       CASE WHEN part.settled THEN NULL ELSE part.step_id END,
                       CASE WHEN part.settled THEN NULL ELSE step.days END,
                       reminder.date,
                       DENSE_RANK() OVER (
                           PARTITION BY part.line_id, part.settled, part.step_id
                           ORDER BY part.cycle)::int,
                       CASE WHEN part.settled THEN NULL ELSE part.start_date END,
                       MAX(part.cycle) OVER (PARTITION BY part.line_id)
                  FROM sale_collection_reminder_line part
                  JOIN sale_collection_reminder reminder
                    ON reminder.id = part.reminder_id
                  JOIN sale_collection_ladder_step step ON step.id = part.step_id
                  JOIN account_move_line line ON line.id = part.line_id
                 WHERE reminder.company_id = %(company)s
                   AND line.reconciled IS NOT TRUE
                   AND part.listed IS NOT TRUE
                   AND (part.state IN ('ready', 'queued', 'sent', 'failed')
                        OR part.state = 'dropped' AND reminder.reason = 'manual')
                   AND %(customers)s
              ORDER BY part.line_id, part.settled NULLS FIRST, step.days DESC,
                       part.cycle DESC, part.id DESC
                """,
                company=company.id,
                customers=self.env["sale.collection.profile"]._get_customer_condition(
                    SQL("reminder.partner_id"), partner_ids
                ),
            )
        )
        return {row[0]: Progress._make(row[1:]) for row in rows}

    @api.model
    def _collect_last_notices(self, company, partner_ids):
        """Return {customer: day of its last overdue notice}."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT reminder.partner_id, MAX(reminder.date)
                  FROM sale_collection_reminder reminder
                  JOIN sale_collection_ladder_step step ON step.id = reminder.step_id
                 WHERE reminder.company_id = %s
                   AND reminder.state IN ('ready', 'queued', 'sent')
                   AND step.days > 0
                   AND %s
              GROUP BY reminder.partner_id
                """,
                company.id,
                self.env["sale.collection.profile"]._get_customer_condition(
                    SQL("reminder.partner_id"), partner_ids
                ),
            )
        )
        return dict(rows)
