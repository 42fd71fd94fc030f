from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import (
    join_tolerance,
    open_lines_sql,
    pending_sql,
    unsettled_sql,
)

from ...tools.facts import Customer, Facts, Line
from ...tools.ladder import BankLine, Credit, Progress, index_bank_lines
from ...tools.night import Night

# Days an online payment that is not confirmed counts as on its way.
PENDING_DAYS = 5
# Days an unmatched bank line speaks for a customer, and a bank journal is in use.
BANK_DAYS = 60
# Due dates of that many days are looked at where more than today counts.
AHEAD_DAYS = 400


class SaleCollectionReminderFacts(models.AbstractModel):
    """Read what reminders depend on: a fixed number of queries, nothing is written.

    Where `partner_ids` are left out, all customers are meant.
    """

    _name = "sale.collection.reminder.facts"
    _description = "Facts about reminders"

    def _collect_night(
        self, company, today, plans, partner_ids=None, ahead=None, entered=()
    ):
        """Return the `Night` on which the messages of a day are decided.

        :param company: root company
        :param plans: reminder plans as `Plan`
        :param partner_ids: commercial partners
        :param int ahead: days until the last due date of interest; those of the
            earliest announcement when left out
        :param entered: ids of lines to treat as put on the ladder by hand
        """
        self, company = self.sudo().with_company(company), company.sudo()
        if ahead is None:
            ahead = max(0, -min(plan.steps[0].days for plan in plans))
        until = today + timedelta(ahead)
        return Night(
            self._collect_facts(company, today, until, partner_ids, entered),
            plans,
            company.collection_ladder_id.id,
            company._collection_get_working_days(),
        )

    def _collect_facts(self, company, today, until, partner_ids=None, entered=()):
        """Return the `Facts` about debts that fall due up to a day."""
        self.env.flush_all()
        lines = self._collect_lines(company, today, until, partner_ids, entered)
        return Facts(
            today,
            self._collect_customers(company, today, lines, partner_ids),
            index_bank_lines(self._collect_bank_lines(company, today)),
            self._is_bank_stale(company, today),
        )

    # === QUERIES ===#

    def _get_open_sql(self, company, today, until, partner_ids):
        """Select the receivable lines open today that fall due up to a day."""
        profiles = self.env["sale.collection.profile"]
        return open_lines_sql(
            company,
            today,
            SQL(
                "COALESCE(line.date_maturity, line.date) <= %s AND %s",
                until,
                profiles._get_line_condition(partner_ids),
            ),
        )

    def _get_reminder_scope(self, company, partner_ids):
        """Return the condition on reminders `reminder`."""
        profiles = self.env["sale.collection.profile"]
        return SQL(
            "reminder.company_id = %s AND %s",
            company.id,
            profiles._get_customer_condition(SQL("reminder.partner_id"), partner_ids),
        )

    def _collect_pairs(self, query):
        """Return {key: value} of a query that selects two columns."""
        return dict(self.env.execute_query(query))

    # === DEBTS ===#

    def _collect_lines(self, company, today, until, partner_ids, entered):
        """Return {customer: [Line]} by due date."""
        rows = self._read_open_lines(company, today, until, partner_ids)
        disputed = self._collect_pairs(
            self.env["sale.collection.dispute.line"]._get_open_query(company)
        )
        promised = self._collect_promised(company, today)
        live_ends = self._collect_live_ends(company)
        covers = self._collect_covers(company, today)
        ends = self._collect_ends(company, today)
        snoozed = self._collect_snoozed(company, today)
        entered = self._collect_entered(company) | set(entered)
        progress = self._collect_progress(company, today, partner_ids)
        paying = self._collect_paying(company)
        lines = {}
        for row in rows:
            key, move_id, partner_id = row[:3]
            line = Line(
                *row,
                is_paying=move_id in paying,
                disputed=float(disputed.get(key, 0.0)),
                promised=float(promised.get(key, 0.0)),
                promised_for=live_ends.get(key),
                **covers.get(key, {}),
                pause_end=ends.get(key),
                snoozed_until=snoozed.get(key),
                is_entered=key in entered,
                progress=progress.get(key),
            )
            lines.setdefault(partner_id, []).append(line)
        return lines

    def _read_open_lines(self, company, today, until, partner_ids):
        """Return the first eleven values of a `Line`, by customer and due date.

        What is settled in its own currency is not open, whatever the rates left over.
        """
        return self.env.execute_query(
            SQL(
                """
                SELECT line.id, line.move_id, contact.commercial_partner_id,
                       line.residual::float8,
                       line.residual_currency::float8,
                       line.date_due AS due,
                       move.name, move.payment_reference,
                       CASE WHEN line.no_followup OR move.payment_state = 'blocked'
                            THEN 'no_followup'
                            WHEN move.payment_state IN ('in_payment', 'paid')
                                 AND line.reconciled IS NOT TRUE
                            THEN 'paying'
                            WHEN move.move_type = 'out_invoice'
                                 AND move.is_move_sent IS NOT TRUE
                                 AND NOT %s
                            THEN 'never_sent' END,
                       line.currency_id,
                       tolerance.least::float8
                  FROM (%s) line
                  JOIN res_partner contact ON contact.id = line.partner_id
                  JOIN account_move move ON move.id = line.move_id
                  %s
                 WHERE line.residual > 0
                   AND line.residual_currency > 0
              ORDER BY contact.commercial_partner_id, due, line.id
                """,
                bool(company.collection_unsent_is_sent),
                self._get_open_sql(company, today, until, partner_ids),
                join_tolerance(company),
            )
        )

    def _collect_paying(self, company):
        """Return the invoices with an online payment that is not booked yet."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT link.invoice_id
                  FROM payment_transaction payment
                  JOIN account_invoice_transaction_rel link
                    ON link.transaction_id = payment.id
                 WHERE payment.company_id IN (%(companies)s)
                   AND (payment.state = 'authorized'
                        OR payment.state IN ('pending', 'done')
                           AND payment.payment_id IS NULL
                           AND payment.last_state_change
                               > %(now)s - %(days)s * INTERVAL '1 day')
                """,
                companies=self.env["sale.collection.profile"]._get_companies_sql(
                    company
                ),
                now=self.env.cr.now(),
                days=PENDING_DAYS,
            )
        )
        return {row[0] for row in rows}

    def _explain_gone(self, company, today, dues):
        """Return {line: why it is not as a message has it}; as it is: left out.

        What was deleted is cancelled. Paid is what money has come for: core says so
        too of what was written off.

        :param dict dues: {line: due date the message tells}
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id,
                       CASE WHEN line.parent_state <> 'posted'
                              OR move.payment_state = 'reversed' THEN 'cancelled'
                            WHEN line.amount_residual_currency
                                 + COALESCE(pending.amount_currency, 0)
                                 <= tolerance.least
                            THEN CASE WHEN %(came)s THEN 'paid'
                                      ELSE 'written_off' END
                            WHEN COALESCE(line.date_maturity, line.date)
                                 IS DISTINCT FROM told.due
                            THEN 'redated' END
                  FROM UNNEST(%(ids)s::int[], %(dues)s::date[])
                       AS told (line_id, due)
                  JOIN account_move_line line ON line.id = told.line_id
                  JOIN account_move move ON move.id = line.move_id
                  %(tolerance)s
             LEFT JOIN (%(pending)s) pending ON pending.owed_id = line.id
                """,
                came=SQL(
                    """(SELECT SUM(amount) FROM sale_collection_receipt
                         WHERE line_ref = line.id AND kind = 'cash' AND date <= %s
                       ) > 0""",
                    today,
                ),
                ids=list(dues),
                dues=list(dues.values()),
                tolerance=join_tolerance(company),
                pending=pending_sql(company, today),
            )
        )
        found = dict.fromkeys(dues, "cancelled") | dict(rows)
        return {key: reason for key, reason in found.items() if reason}

    # === WHAT PAUSES A DEBT ===#

    def _collect_promised(self, company, today):
        """Return {line: part covered by a live promise}, due or not."""
        parts = self.env["sale.collection.promise.allocation"]
        return self._collect_pairs(
            SQL(
                "SELECT line_ref, amount FROM (%s) cover",
                parts._get_cover_query(company, today, "infinity"),
            )
        )

    def _collect_live_ends(self, company):
        """Return {line: day a live promise is for}."""
        return self._collect_pairs(
            SQL(
                """
                SELECT part.line_ref, MAX(COALESCE(promise.next_date, promise.date))
                  FROM sale_collection_promise_allocation part
                  JOIN sale_collection_promise promise ON promise.id = part.promise_id
                 WHERE part.is_live AND promise.company_id = %s
              GROUP BY part.line_ref
                """,
                company.id,
            )
        )

    def _collect_covers(self, company, today):
        """Return {line: what a `Line` says of what keeps us from asking}."""
        covers = self.env["sale.collection.cover"]
        rows = self.env.execute_query(
            SQL(
                "SELECT line_id, amount::float8, kind, until FROM (%s) cover",
                covers._get_unasked_sql(company, today),
            )
        )
        names = ("covered", "covered_by", "covered_until")
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}

    def _collect_ends(self, company, today):
        """Return {line: end of its last promise or snooze that is over}.

        Of a payment plan that was missed, the day of the last payment missed.
        """
        return self._collect_pairs(
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

    def _collect_snoozed(self, company, today):
        """Return {line: last day of the snooze that lasts}."""
        return self._collect_pairs(
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

    def _collect_entered(self, company):
        """Return the lines put on the ladder by hand."""
        rows = self.env.execute_query(
            SQL(
                "SELECT line_id FROM sale_collection_ladder_entry"
                " WHERE company_id = %s",
                company.id,
            )
        )
        return {row[0] for row in rows}

    # === HOW FAR THE DEBTS HAVE COME ===#

    def _collect_progress(self, company, today, partner_ids):
        """Return {line: Progress} of open instalments reminded of before.

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
                 WHERE %s
                   AND %s
                   AND part.listed IS NOT TRUE
                   AND (part.state IN ('ready', 'queued', 'sent', 'failed')
                        OR part.state = 'dropped' AND reminder.reason = 'manual')
              ORDER BY part.line_id, part.settled NULLS FIRST, step.days DESC,
                       part.cycle DESC, part.id DESC
                """,
                self._get_reminder_scope(company, partner_ids),
                unsettled_sql(company, today),
            )
        )
        return {row[0]: Progress._make(row[1:]) for row in rows}

    # === CUSTOMERS ===#

    def _collect_customers(self, company, today, lines, partner_ids):
        """Return {partner: Customer} of those who owe the lines."""
        profiles = self._read_profiles(company, partner_ids)
        credits = self._collect_credits(company, today, partner_ids)
        standing = self._collect_standing(company)
        replies = self._collect_replies(company)
        last_notices = self._collect_last_notices(company, today, partner_ids)
        return {
            partner_id: Customer(
                partner_id,
                own,
                *profiles.get(partner_id, ()),
                credits=credits.get(partner_id, ()),
                standing=float(standing.get(partner_id, 0.0)),
                has_reply=partner_id in replies,
                last_notice=last_notices.get(partner_id),
            )
            for partner_id, own in lines.items()
        }

    def _read_profiles(self, company, partner_ids):
        """Return {partner: what the profile says of a `Customer`}."""
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
        return {row[0]: row[1:] for row in rows}

    def _collect_credits(self, company, today, partner_ids):
        """Return {customer: payments and credit notes not matched to anything}."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contact.commercial_partner_id,
                       -line.residual_currency::float8,
                       move.reversed_entry_id, line.currency_id,
                       (line.residual / line.residual_currency)::float8
                  FROM (%s) line
                  JOIN res_partner contact ON contact.id = line.partner_id
                  JOIN account_move move ON move.id = line.move_id
                 WHERE line.residual < 0
                   AND line.residual_currency < 0
              ORDER BY line.id
                """,
                self._get_open_sql(company, today, "infinity", partner_ids),
            )
        )
        credits = {}
        for partner_id, *credit in rows:
            credits.setdefault(partner_id, []).append(Credit(*credit))
        return credits

    def _collect_standing(self, company):
        """Return {customer: amount its standing promises bring next}."""
        dates = self.env["sale.collection.promise.line"]
        query = dates._get_standing_cover_query(company)
        return self._collect_pairs(
            SQL("SELECT partner_id, SUM(amount) FROM (%s) s GROUP BY partner_id", query)
        )

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

    def _collect_last_notices(self, company, today, partner_ids):
        """Return {customer: day its last overdue notice left}.

        One that waits to be sent or printed leaves today at the earliest.
        """
        return self._collect_pairs(
            SQL(
                """
                SELECT reminder.partner_id,
                       MAX(CASE WHEN reminder.state = 'ready'
                                  OR reminder.state = 'queued'
                                 AND reminder.channel = 'letter'
                                THEN %s ELSE reminder.date END)
                  FROM sale_collection_reminder reminder
                  JOIN sale_collection_ladder_step step ON step.id = reminder.step_id
                 WHERE %s
                   AND reminder.state IN ('ready', 'queued', 'sent')
                   AND step.days > 0
              GROUP BY reminder.partner_id
                """,
                today,
                self._get_reminder_scope(company, partner_ids),
            )
        )

    # === THE BANK ===#

    def _collect_bank_lines(self, company, today):
        """Return the recent money on the bank that is not matched to anything."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT bank.amount::float8, contact.commercial_partner_id,
                       CONCAT_WS(' ', bank.payment_ref, move.ref)
                  FROM account_bank_statement_line bank
                  JOIN account_move move ON move.id = bank.move_id
             LEFT JOIN res_partner contact ON contact.id = bank.partner_id
                 WHERE bank.is_reconciled IS NOT TRUE
                   AND bank.amount > 0
                   AND move.state = 'posted'
                   AND move.date > %s
                   AND bank.company_id IN (%s)
                """,
                today - timedelta(BANK_DAYS),
                self.env["sale.collection.profile"]._get_companies_sql(company),
            )
        )
        return [BankLine._make(row) for row in rows]

    def _is_bank_stale(self, company, today):
        """Tell whether the last bank transaction is too old to remind anybody.

        Each bank journal in use counts; a company without bank transactions has
        nothing to wait for.
        """
        limit = company.collection_stale_bank_days
        if not limit:
            return False
        rows = self.env.execute_query(
            SQL(
                """
                SELECT MAX(move.date)
                  FROM account_bank_statement_line bank
                  JOIN account_move move ON move.id = bank.move_id
                 WHERE bank.company_id IN (%s) AND move.state = 'posted'
              GROUP BY bank.journal_id
                """,
                self.env["sale.collection.profile"]._get_companies_sql(company),
            )
        )
        days = [row[0] for row in rows]
        used = [day for day in days if day > today - timedelta(BANK_DAYS)]
        return bool(days) and min(used or days) < today - timedelta(limit)
