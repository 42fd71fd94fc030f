import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL


class SaleCollectionReceipt(models.Model):
    """The ledger follows the accounting: desired rows, compared and appended."""

    _inherit = "sale.collection.receipt"

    @api.model
    def _sync(self, lines):
        """Bring the rows of receivable lines in line with their reconciliations.

        Appends what is missing and one reversal for each row the accounting no
        longer knows. Safe to run twice, late, or at once with another session.

        :param lines: journal items of any account; deleted ones count as lines
            without money
        :return: number of rows appended
        :raise ConcurrencyError: another session has appended the same rows
        :raise psycopg2.OperationalError: another session changed the lines first
        """
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                return self._sync_ids(self._expand((), lines.ids))
        except psycopg2.errors.UniqueViolation as error:
            raise ConcurrencyError("Ledger rows appended by another session") from error

    @api.model
    def _sync_ids(self, line_ids):
        """Do what `_sync` promises for ids of `_expand`, within its savepoint."""
        if not line_ids:
            return 0
        line_ids, is_divided = self._lock_scope(line_ids)
        return self._append(
            self._get_scope_condition("line.id", line_ids),
            self._get_scope_condition("receipt.line_ref", line_ids),
            booked_at=SQL("%s", fields.Datetime.now()),
            is_divided=is_divided,
        )

    @api.model
    def _build(self):
        """Fill the ledger from the whole accounting history at once.

        Rows count as booked when the accounting matched them, so that months
        closed long ago do not seem to be collected today.

        :return: number of rows appended
        """
        self.env.flush_all()
        now = fields.Datetime.now()
        return self._append(
            SQL("TRUE"), SQL("TRUE"), SQL("COALESCE(wanted.matched_at, %s)", now)
        )

    @api.model
    def _expand(self, exact_ids, matched_ids=()):
        """Return the lines to compare; none where there never was money.

        :param exact_ids: lines compared themselves
        :param matched_ids: lines compared with all they are reconciled with
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT debit_move_id, credit_move_id
                  FROM account_partial_reconcile
                 WHERE debit_move_id = ANY(%(ids)s) OR credit_move_id = ANY(%(ids)s)
                 UNION ALL
                SELECT line_ref, line_ref FROM sale_collection_receipt
                 WHERE line_ref = ANY(%(ids)s)
                """,
                ids=[*exact_ids, *matched_ids],
            )
        )
        if not rows:
            return []
        matched = set(matched_ids)
        found = {line_id for row in rows if matched & set(row) for line_id in row}
        return sorted(found.union(exact_ids, matched_ids))

    @api.model
    def _get_scope_condition(self, column, line_ids):
        return SQL("%s = ANY(%s)", SQL.identifier(*column.split(".")), list(line_ids))

    @api.model
    def _lock_scope(self, line_ids):
        """Lock the lines, and those that share a divided entry with them.

        A payment with a write-off or a discount divides it over all it settles:
        one line more or less changes the shares of the others.

        :return: ids of all lines to compare, the deleted ones included, and whether
            a divided entry is among what settles them
        """
        self.env.cr.execute(
            SQL(
                """
                WITH scope AS (SELECT unnest(%(ids)s) AS id),
                matched AS (
                    SELECT part.debit_move_id AS id FROM scope
                      JOIN account_partial_reconcile part
                        ON part.credit_move_id = scope.id
                     UNION
                    SELECT part.credit_move_id FROM scope
                      JOIN account_partial_reconcile part
                        ON part.debit_move_id = scope.id
                     UNION
                    SELECT id FROM scope
                ),
                money AS (%(money)s),
                divided AS MATERIALIZED (
                    SELECT id FROM money
                     WHERE kind IS NULL AND liquidity < GREATEST(debit, credit)
                ),
                sibling AS (
                    SELECT UNNEST(ARRAY[part.debit_move_id, part.credit_move_id]) AS id
                      FROM divided
                      JOIN account_move_line mine ON mine.move_id = divided.id
                      JOIN account_partial_reconcile part
                        ON part.debit_move_id = mine.id OR part.credit_move_id = mine.id
                )
                SELECT line.id, EXISTS (SELECT FROM divided)
                  FROM account_move_line line
                 WHERE line.id IN (SELECT id FROM scope UNION SELECT id FROM sibling)
                 ORDER BY line.id
                   FOR NO KEY UPDATE
                """,
                ids=list(line_ids),
                money=self._get_money_query(
                    SQL("SELECT move_id FROM matched JOIN account_move_line USING (id)")
                ),
            ),
            log_exceptions=False,
        )
        rows = self.env.cr.fetchall()
        return sorted({*line_ids, *(row[0] for row in rows)}), any(r[1] for r in rows)

    @api.model
    def _get_comparison_ctes(self, line_condition, receipt_condition, is_divided=True):
        """SQL of `wanted` beside the `booked` rows: `missing` and `surplus`."""
        return SQL(
            """
            %(wanted)s,
            booked AS MATERIALIZED (
                SELECT receipt.* FROM sale_collection_receipt receipt
                 WHERE %(receipt_condition)s
            ),
            live AS MATERIALIZED (
                SELECT booked.*,
                       ROW_NUMBER() OVER (
                           PARTITION BY line_ref, counterpart_ref, kind, date, amount,
                               amount_currency, currency_id
                           ORDER BY id) AS nth
                  FROM booked
                 WHERE reversal_of_id IS NULL
                   AND NOT EXISTS (
                       SELECT FROM sale_collection_receipt reversal
                        WHERE reversal.reversal_of_id = booked.id)
            ),
            missing AS MATERIALIZED (
                SELECT wanted.* FROM wanted
                 WHERE NOT EXISTS (SELECT FROM live WHERE %(is_twin)s)
            ),
            surplus AS MATERIALIZED (
                SELECT live.* FROM live
                 WHERE NOT EXISTS (SELECT FROM wanted WHERE %(is_twin)s)
            )""",
            wanted=self._get_wanted_ctes(line_condition, is_divided),
            receipt_condition=receipt_condition,
            is_twin=self._get_twin_condition(),
        )

    @api.model
    def _get_twin_condition(self):
        """SQL condition: `live` and `wanted` are the same money."""
        return SQL(
            """
            live.line_ref = wanted.line_ref
            AND live.counterpart_ref = wanted.counterpart_ref
            AND live.kind = wanted.kind
            AND live.date = wanted.paid_on
            AND live.amount = wanted.amount
            AND live.amount_currency = wanted.amount_currency
            AND live.currency_id = wanted.currency_id
            AND live.nth = wanted.nth"""
        )

    @api.model
    def _get_moved_query(self, receipt_condition):
        """SQL of the rows whose debt is owed by another customer now."""
        return SQL(
            """
            SELECT receipt.id
              FROM sale_collection_receipt receipt
              JOIN account_move_line line ON line.id = receipt.line_id
              LEFT JOIN res_partner partner ON partner.id = line.partner_id
             WHERE receipt.partner_id
                   IS DISTINCT FROM partner.commercial_partner_id
               AND %s
            """,
            receipt_condition,
        )

    @api.model
    def _append(self, line_condition, receipt_condition, booked_at, is_divided=True):
        """Append the missing rows and the reversals of surplus ones.

        :param SQL line_condition: on `line`, the journal items compared
        :param SQL receipt_condition: on `receipt`, the rows compared
        :param SQL booked_at: time of appending, may name `wanted`
        :param bool is_divided: False when no entry has to be divided
        :return: number of rows appended
        """
        self.env.cr.execute(
            SQL(
                """
                WITH %(comparison)s,
                due AS MATERIALIZED (
                    SELECT day.company_id, day.due_date, %(working_day)s AS effective
                      FROM (SELECT DISTINCT company_id, due_date FROM missing) day
                      JOIN res_company company ON company.id = day.company_id
                ),
                reversal AS (%(reversal)s),
                addition AS (%(addition)s)
                SELECT id FROM reversal UNION ALL SELECT id FROM addition
                """,
                comparison=self._get_comparison_ctes(
                    line_condition, receipt_condition, is_divided
                ),
                working_day=self.env["res.company"]._collection_working_day_sql(
                    SQL("company"), SQL("day.due_date")
                ),
                reversal=self._get_reversal_query(),
                addition=self._get_addition_query(booked_at),
            )
        )
        appended = self.env.cr.rowcount
        self._move_owners(receipt_condition)
        self.invalidate_model(flush=False)
        return appended

    @api.model
    def _get_reversal_query(self):
        """SQL that answers each surplus row with its negative."""
        return SQL(
            """
                INSERT INTO sale_collection_receipt (
                    company_id, partner_id, move_id, line_id, counterpart_line_id,
                    move_ref, line_ref, counterpart_ref, kind, date, booked_at,
                    due_date, days_late, amount, amount_currency, currency_id,
                    user_id, team_id, reversal_of_id, occurrence)
                SELECT company_id, partner_id, move_id, line_id,
                       counterpart_line_id, move_ref, line_ref, counterpart_ref,
                       kind, date, %(now)s, due_date, days_late, -amount,
                       -amount_currency, currency_id, user_id, team_id, id,
                       occurrence
                  FROM surplus
                RETURNING id
            """,
            now=fields.Datetime.now(),
        )

    @api.model
    def _get_addition_query(self, booked_at):
        """SQL that appends the missing rows with their snapshot."""
        return SQL(
            """
                INSERT INTO sale_collection_receipt (
                    company_id, partner_id, move_id, line_id, counterpart_line_id,
                    move_ref, line_ref, counterpart_ref, kind, date, booked_at,
                    due_date, days_late, amount, amount_currency, currency_id,
                    user_id, team_id, occurrence)
                SELECT wanted.company_id, wanted.partner_id, wanted.move_id,
                       wanted.line_ref, wanted.counterpart_ref,
                       wanted.move_id, wanted.line_ref, wanted.counterpart_ref,
                       wanted.kind, wanted.paid_on, %(booked_at)s,
                       CASE WHEN again.id IS NULL THEN wanted.due_date
                            ELSE again.due_date END,
                       CASE WHEN again.id IS NULL
                            THEN wanted.paid_on - due.effective
                            ELSE again.days_late END,
                       wanted.amount, wanted.amount_currency, wanted.currency_id,
                       CASE WHEN again.id IS NULL THEN wanted.user_id
                            ELSE again.user_id END,
                       CASE WHEN again.id IS NULL THEN wanted.team_id
                            ELSE again.team_id END,
                       wanted.nth + COALESCE(before.times, 0)
                  FROM missing wanted
                  JOIN due USING (company_id, due_date)
                  LEFT JOIN (%(again)s) again
                         ON again.line_ref = wanted.line_ref
                        AND again.counterpart_ref = wanted.counterpart_ref
                        AND again.date = wanted.paid_on
                  LEFT JOIN (%(before)s) before
                         ON before.line_ref = wanted.line_ref
                        AND before.counterpart_ref = wanted.counterpart_ref
                        AND before.kind = wanted.kind
                        AND before.date = wanted.paid_on
                        AND before.amount = wanted.amount
                        AND before.amount_currency = wanted.amount_currency
                        AND before.currency_id = wanted.currency_id
                 ORDER BY wanted.paid_on, wanted.partial_id, wanted.line_ref
                RETURNING id
            """,
            booked_at=booked_at,
            again=self._get_repeated_query(),
            before=self._get_times_query(),
        )

    @api.model
    def _get_repeated_query(self):
        """SQL of the rows a missing one can repeat: undone money matched again.

        It takes over their snapshot, so that undoing and redoing a matching changes
        neither lateness nor salesperson.
        """
        return SQL(
            """
            SELECT DISTINCT ON (line_ref, counterpart_ref, date)
                   id, line_ref, counterpart_ref, date, due_date, days_late, user_id,
                   team_id
              FROM booked
             ORDER BY line_ref, counterpart_ref, date, id DESC
            """
        )

    @api.model
    def _get_times_query(self):
        """SQL of how often each row has been booked before."""
        return SQL(
            """
            SELECT line_ref, counterpart_ref, kind, date, amount, amount_currency,
                   currency_id, MAX(occurrence) AS times
              FROM booked
             WHERE reversal_of_id IS NULL
             GROUP BY line_ref, counterpart_ref, kind, date, amount, amount_currency,
                   currency_id
            """
        )

    @api.model
    def _move_owners(self, receipt_condition):
        """Give the rows to the customer who owes the debt now."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE sale_collection_receipt moved
                   SET partner_id = partner.commercial_partner_id
                  FROM account_move_line line
                  LEFT JOIN res_partner partner ON partner.id = line.partner_id
                 WHERE line.id = moved.line_id AND moved.id IN (%s)
                """,
                self._get_moved_query(receipt_condition),
            )
        )
