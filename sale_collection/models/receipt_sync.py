import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL, split_every

_logger = logging.getLogger(__name__)

AUDIT_BATCH = 500

# Move types whose receivable lines are debts of customers.
DOCUMENT_TYPES = ("out_invoice", "out_refund", "out_receipt")

# What makes two rows the same money; every other column is snapshot.
IDENTITY = (
    "line_ref",
    "counterpart_ref",
    "kind",
    "date",
    "amount",
    "amount_currency",
    "currency_id",
)


class SaleCollectionReceipt(models.Model):
    """The ledger follows the accounting: desired rows, compared and appended."""

    _inherit = "sale.collection.receipt"

    # === ENTRY POINTS ===#

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
        line_ids = self._lock_scope(line_ids)
        return self._append(
            self._get_scope_condition("line.id", line_ids),
            self._get_scope_condition("receipt.line_ref", line_ids),
            booked_at=SQL("%s", fields.Datetime.now()),
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
    def _audit(self, repair=True):
        """Compare the whole ledger with the accounting.

        :param bool repair: append what is missing, reverse what is surplus, move
            rows to the customer who owes the debt now
        :return: the differences found before repair, as a list of dicts with the
            identity columns and `difference`: `missing`, `surplus`, `owner`, or
            `rejected_payment` (a payment marked rejected whose entry still settles
            invoices; reported, left to the accountant)
        """
        # What this transaction has touched is late, not wrong.
        self.env.cr.flush()
        found = self._get_differences()
        if repair:
            line_ids = sorted({row["line_ref"] for row in found})
            for batch in split_every(AUDIT_BATCH, line_ids, list):
                self._repair(self.env["account.move.line"].browse(batch))
        if found:
            _logger.info("Receipt ledger: %s rows differed", len(found))
        return found + self._get_rejected_payments()

    @api.model
    def _repair(self, lines):
        """Sync lines; leave to a session that is at the same lines what it does."""
        try:
            self._sync(lines)
        except (ConcurrencyError, psycopg2.OperationalError):
            _logger.info("Another session mirrors the same lines: %s", lines.ids)

    # === COLLECT ===#

    @api.model
    def _get_scope_condition(self, column, line_ids):
        return SQL("%s = ANY(%s)", SQL.identifier(*column.split(".")), list(line_ids))

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
    def _lock_scope(self, line_ids):
        """Lock the lines, and those that share a divided entry with them.

        A payment with a write-off or a discount divides it over all it settles:
        one line more or less changes the shares of the others.

        :return: ids of all lines to compare, the deleted ones included
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
                sibling AS (
                    SELECT UNNEST(ARRAY[part.debit_move_id, part.credit_move_id]) AS id
                      FROM money
                      JOIN account_move_line mine ON mine.move_id = money.id
                      JOIN account_partial_reconcile part
                        ON part.debit_move_id = mine.id OR part.credit_move_id = mine.id
                     WHERE money.kind IS NULL
                       AND money.liquidity < GREATEST(money.debit, money.credit)
                )
                SELECT line.id
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
        return sorted({*line_ids, *(row[0] for row in self.env.cr.fetchall())})

    @api.model
    def _get_exchange_condition(self, move):
        """SQL condition: the entry books an exchange difference.

        By its journal as well: once undone, the difference and its reversal have
        lost their link to the reconciliation.
        """
        return SQL(
            """(%(journal)s IN (
                    SELECT currency_exchange_journal_id FROM res_company
                     WHERE currency_exchange_journal_id IS NOT NULL)
                OR %(id)s IN (
                    SELECT exchange_move_id FROM account_partial_reconcile
                     WHERE exchange_move_id IS NOT NULL))""",
            journal=SQL.identifier(move, "journal_id"),
            id=SQL.identifier(move, "id"),
        )

    @api.model
    def _get_settling_condition(self, move):
        """SQL condition: the entry settles debts (payment, bank line, exchange)."""
        return SQL(
            "(%s IS NOT NULL OR %s IS NOT NULL OR %s)",
            SQL.identifier(move, "origin_payment_id"),
            SQL.identifier(move, "statement_line_id"),
            self._get_exchange_condition(move),
        )

    @api.model
    def _get_liquidity_condition(self):
        """SQL condition on `line` and `account`: money, or money on its way."""
        return SQL(
            """(account.account_type IN ('asset_cash', 'liability_credit_card')
                OR line.account_id = payment.outstanding_account_id
                OR line.account_id IN (
                    SELECT payment_account_id FROM account_payment_method_line
                     WHERE payment_account_id IS NOT NULL
                     UNION
                    SELECT default_account_id FROM account_journal
                     WHERE type IN ('bank', 'cash', 'credit')
                       AND default_account_id IS NOT NULL))"""
        )

    @api.model
    def _get_money_query(self, move_ids):
        """SQL of what entries consist of, amounts in company currency.

        `kind` is settled for documents and exchange differences. Of the others,
        liquidity / (`debit` or `credit` on receivables) is the share of cash.
        """
        return SQL(
            """
            SELECT move.id,
                   CASE WHEN move.move_type IN %(documents)s THEN 'credit_note'
                        WHEN %(is_exchange)s THEN 'exchange'
                   END AS kind,
                   ABS(COALESCE(SUM(line.balance) FILTER (
                       WHERE %(is_liquidity)s), 0)) AS liquidity,
                   COALESCE(SUM(line.balance) FILTER (
                       WHERE account.account_type = 'asset_receivable'
                         AND line.balance > 0), 0) AS debit,
                   COALESCE(-SUM(line.balance) FILTER (
                       WHERE account.account_type = 'asset_receivable'
                         AND line.balance < 0), 0) AS credit,
                   BOOL_OR(account.account_type LIKE 'income%%'
                           OR account.account_type LIKE 'expense%%') AS has_result
              FROM account_move move
              LEFT JOIN account_payment payment ON payment.id = move.origin_payment_id
              LEFT JOIN account_move_line line
                     ON line.move_id = move.id AND move.move_type NOT IN %(documents)s
              LEFT JOIN account_account account ON account.id = line.account_id
             WHERE move.id IN (%(ids)s)
             GROUP BY move.id
            """,
            documents=DOCUMENT_TYPES,
            is_exchange=self._get_exchange_condition("move"),
            is_liquidity=self._get_liquidity_condition(),
            ids=move_ids,
        )

    @api.model
    def _get_target_query(self, condition):
        """SQL of the receivable lines whose settlement the ledger mirrors.

        Those of posted customer documents, and the debits of entries that are
        not themselves money (opening balances).
        """
        return SQL(
            """
            SELECT line.id, line.move_id, line.company_id, line.date,
                   line.currency_id, partner.commercial_partner_id AS partner_id,
                   COALESCE(line.date_maturity, line.date) AS due_date,
                   CASE move.move_type WHEN 'entry' THEN partner.user_id
                        ELSE move.invoice_user_id END AS user_id,
                   move.team_id
              FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
              JOIN account_move move ON move.id = line.move_id
              LEFT JOIN account_move origin ON origin.id = move.reversed_entry_id
              LEFT JOIN res_partner partner ON partner.id = line.partner_id
             WHERE account.account_type = 'asset_receivable'
               AND line.parent_state = 'posted'
               AND (move.move_type IN %(documents)s
                    OR (move.move_type = 'entry' AND line.balance > 0
                        AND NOT %(settles)s
                        AND (origin.id IS NULL OR NOT %(origin_settles)s)))
               AND %(condition)s
            """,
            documents=DOCUMENT_TYPES,
            settles=self._get_settling_condition("move"),
            origin_settles=self._get_settling_condition("origin"),
            condition=condition,
        )

    # === DECIDE ===#

    @api.model
    def _get_part_query(self):
        """SQL of what each divided entry settles, in the order it is divided.

        `sign` is 1 where the settled line is a debit. `discount` is the most an
        early-payment discount can take of the part.
        """
        return SQL(
            """
            SELECT part.id AS partial_id, part.sign, part.amount, part.amount_currency,
                   money.id AS entry_id, money.liquidity, part.total,
                   CASE WHEN money.has_result THEN 'write_off' ELSE 'other'
                   END AS rest_kind,
                   currency.rounding AS cent, own_currency.rounding AS own_cent,
                   CASE WHEN line.discount_date >= mine.date
                        THEN LEAST(part.amount, ABS(line.balance)
                                   - ABS(line.discount_balance))
                        ELSE 0 END AS discount,
                   ROW_NUMBER() OVER (
                       PARTITION BY money.id, part.sign
                       ORDER BY COALESCE(line.date_maturity, line.date), line.id,
                                part.id) AS place
              FROM money
              JOIN account_move_line mine ON mine.move_id = money.id
              JOIN account_account account ON account.id = mine.account_id
               AND account.account_type = 'asset_receivable'
             CROSS JOIN LATERAL (
                SELECT id, 1 AS sign, debit_move_id AS line_id, amount,
                       debit_amount_currency AS amount_currency, money.credit AS total
                  FROM account_partial_reconcile WHERE credit_move_id = mine.id
                 UNION ALL
                SELECT id, -1, credit_move_id, amount, credit_amount_currency,
                       money.debit
                  FROM account_partial_reconcile WHERE debit_move_id = mine.id
             ) part
              JOIN account_move_line line
                ON line.id = part.line_id AND line.parent_state = 'posted'
              JOIN res_company company ON company.id = mine.company_id
              JOIN res_currency currency ON currency.id = company.currency_id
              JOIN res_currency own_currency ON own_currency.id = line.currency_id
             WHERE money.kind IS NULL AND money.liquidity < part.total
            """
        )

    @api.model
    def _get_division_ctes(self):
        """SQL that divides entries of which only a part is cash.

        First the early-payment discounts, in order; what is left is divided in
        proportion, each part rounded and the last one taking the cent.
        """
        return SQL(
            """
            part AS (%s),
            discounted AS (
                SELECT part.*,
                       GREATEST(0, LEAST(discount, total - liquidity
                           - (SUM(discount) OVER upto - discount))) AS rebate
                  FROM part
                WINDOW upto AS (PARTITION BY entry_id, sign ORDER BY place)
            ),
            shared AS (
                SELECT discounted.*,
                       COALESCE(liquidity / NULLIF(total - SUM(rebate) OVER entry, 0),
                                0) AS share,
                       place = COUNT(*) OVER entry AS is_last
                  FROM discounted
                WINDOW entry AS (PARTITION BY entry_id, sign)
            ),
            rounded AS (
                SELECT shared.*,
                       ROUND((amount - rebate) * share / cent) * cent AS own_cash,
                       ROUND(SUM(amount - rebate) OVER entry * share / cent) * cent
                           AS entry_cash
                  FROM shared
                WINDOW entry AS (PARTITION BY entry_id, sign)
            ),
            divided AS (
                SELECT rounded.*,
                       CASE WHEN is_last
                            THEN entry_cash - (SUM(own_cash) OVER entry - own_cash)
                            ELSE own_cash END AS cash
                  FROM rounded
                WINDOW entry AS (PARTITION BY entry_id, sign)
            ),
            slice AS (
                SELECT divided.partial_id, divided.sign, own.kind, own.amount,
                       ROUND(amount_currency * own.upto / divided.amount / own_cent)
                         * own_cent
                       - ROUND(amount_currency * (own.upto - own.amount)
                               / divided.amount / own_cent) * own_cent
                       AS amount_currency
                  FROM divided
                 CROSS JOIN LATERAL (VALUES
                    ('cash', cash, cash),
                    ('discount', rebate, cash + rebate),
                    (rest_kind, divided.amount - cash - rebate, divided.amount)
                 ) AS own(kind, amount, upto)
                 WHERE own.amount <> 0
            )""",
            self._get_part_query(),
        )

    @api.model
    def _get_wanted_ctes(self, condition):
        """SQL of the rows the accounting calls for, as common table expressions.

        `target`: the lines; `pair`: each reconciliation seen from its line;
        `money`: what the other entries consist of; `wanted`: the rows.
        """
        return SQL(
            """
            target AS MATERIALIZED (%(target)s),
            pair AS MATERIALIZED (
                SELECT target.id AS line_ref, part.id AS partial_id, 1 AS sign,
                       part.credit_move_id AS counterpart_ref, part.amount,
                       part.debit_amount_currency AS amount_currency,
                       part.create_date AS matched_at
                  FROM target JOIN account_partial_reconcile part
                    ON part.debit_move_id = target.id
                 UNION ALL
                SELECT target.id, part.id, -1, part.debit_move_id, part.amount,
                       part.credit_amount_currency, part.create_date
                  FROM target JOIN account_partial_reconcile part
                    ON part.credit_move_id = target.id
            ),
            allocation AS MATERIALIZED (
                SELECT pair.*, other.move_id AS entry_id, other.date
                  FROM pair JOIN account_move_line other
                    ON other.id = pair.counterpart_ref
                 WHERE other.parent_state = 'posted'
            ),
            money AS MATERIALIZED (%(money)s),
            %(division)s,
            piece AS (
                SELECT allocation.partial_id, allocation.sign,
                       COALESCE(money.kind, 'cash') AS kind,
                       allocation.amount, allocation.amount_currency
                  FROM allocation JOIN money ON money.id = allocation.entry_id
                 WHERE (money.kind IS NOT NULL OR money.liquidity >=
                        CASE sign WHEN 1 THEN money.credit ELSE money.debit END)
                   AND (amount <> 0 OR amount_currency <> 0)
                 UNION ALL
                SELECT partial_id, sign, kind, amount, amount_currency FROM slice
            ),
            wanted AS MATERIALIZED (
                SELECT target.*, allocation.line_ref, allocation.counterpart_ref,
                       piece.partial_id, piece.kind,
                       CASE piece.kind WHEN 'credit_note'
                            THEN GREATEST(target.date, allocation.date)
                            ELSE allocation.date END AS paid_on,
                       piece.sign * piece.amount AS amount,
                       piece.sign * piece.amount_currency AS amount_currency,
                       allocation.matched_at,
                       ROW_NUMBER() OVER (
                           PARTITION BY allocation.line_ref,
                               allocation.counterpart_ref, piece.kind,
                               allocation.date, piece.amount, piece.amount_currency
                           ORDER BY piece.partial_id) AS nth
                  FROM piece
                  JOIN allocation USING (partial_id, sign)
                  JOIN target ON target.id = allocation.line_ref
            )""",
            target=self._get_target_query(condition),
            money=self._get_money_query(
                SQL("SELECT DISTINCT entry_id FROM allocation")
            ),
            division=self._get_division_ctes(),
        )

    @api.model
    def _get_comparison_ctes(self, line_condition, receipt_condition):
        """SQL of `wanted` beside the live rows: `missing` and `surplus`."""
        return SQL(
            """
            %(wanted)s,
            live AS MATERIALIZED (
                SELECT receipt.*,
                       ROW_NUMBER() OVER (
                           PARTITION BY line_ref, counterpart_ref, kind, date, amount,
                               amount_currency, currency_id
                           ORDER BY id) AS nth
                  FROM sale_collection_receipt receipt
                 WHERE receipt.reversal_of_id IS NULL
                   AND NOT EXISTS (
                       SELECT FROM sale_collection_receipt reversal
                        WHERE reversal.reversal_of_id = receipt.id)
                   AND %(receipt_condition)s
            ),
            twin AS MATERIALIZED (
                SELECT wanted.*, live.id AS live_id
                  FROM wanted FULL JOIN live
                    ON live.line_ref = wanted.line_ref
                   AND live.counterpart_ref = wanted.counterpart_ref
                   AND live.kind = wanted.kind
                   AND live.date = wanted.paid_on
                   AND live.amount = wanted.amount
                   AND live.amount_currency = wanted.amount_currency
                   AND live.currency_id = wanted.currency_id
                   AND live.nth = wanted.nth
            ),
            missing AS (SELECT * FROM twin WHERE live_id IS NULL),
            surplus AS (
                SELECT live.* FROM live JOIN twin ON twin.live_id = live.id
                 WHERE twin.line_ref IS NULL
            )""",
            wanted=self._get_wanted_ctes(line_condition),
            receipt_condition=receipt_condition,
        )

    @api.model
    def _get_differences(self):
        """Return what `_sync` over everything would change, as a list of dicts."""
        columns = SQL(", ").join(map(SQL.identifier, IDENTITY))
        return self.env.execute_query_dict(
            SQL(
                """
                WITH %(comparison)s
                SELECT 'missing' AS difference, NULL AS id, line_ref, counterpart_ref,
                       kind, paid_on AS date, amount, amount_currency, currency_id
                  FROM missing
                 UNION ALL
                SELECT 'surplus', id, %(columns)s FROM surplus
                 UNION ALL
                SELECT 'owner', id, %(columns)s
                  FROM sale_collection_receipt receipt
                 WHERE receipt.id IN (%(moved)s)
                 ORDER BY line_ref, counterpart_ref, kind, difference
                """,
                comparison=self._get_comparison_ctes(SQL("TRUE"), SQL("TRUE")),
                columns=columns,
                moved=self._get_moved_query(SQL("TRUE")),
            )
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
    def _get_rejected_payments(self):
        """Return customer payments marked rejected that still settle invoices."""
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT 'rejected_payment' AS difference, payment.id AS payment_id,
                       payment.date, payment.amount, payment.currency_id,
                       payment.partner_id
                  FROM account_payment payment
                  JOIN account_move move ON move.id = payment.move_id
                 WHERE payment.state = 'rejected'
                   AND payment.partner_type = 'customer'
                   AND move.state = 'posted'
                   AND NOT EXISTS (
                       SELECT FROM account_move reversal
                        WHERE reversal.reversed_entry_id = move.id
                          AND reversal.state = 'posted')
                 ORDER BY payment.id
                """
            )
        )

    # === APPLY ===#

    @api.model
    def _append(self, line_condition, receipt_condition, booked_at):
        """Append the missing rows and the reversals of surplus ones.

        :param SQL line_condition: on `line`, the journal items compared
        :param SQL receipt_condition: on `receipt`, the rows compared
        :param SQL booked_at: time of appending, may name `wanted`
        :return: number of rows appended
        """
        self.env.cr.execute(
            SQL(
                """
                WITH %(comparison)s,
                due AS (
                    SELECT day.company_id, day.due_date, %(working_day)s AS effective
                      FROM (SELECT DISTINCT company_id, due_date FROM missing) day
                      JOIN res_company company ON company.id = day.company_id
                ),
                reversal AS (
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
                ),
                addition AS (
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
                           wanted.nth + before.times
                      FROM missing wanted
                      JOIN due USING (company_id, due_date)
                      LEFT JOIN LATERAL (%(again)s) again ON TRUE
                     CROSS JOIN LATERAL (%(before)s) before
                     ORDER BY wanted.paid_on, wanted.partial_id, wanted.line_ref
                    RETURNING id
                )
                SELECT id FROM reversal UNION ALL SELECT id FROM addition
                """,
                comparison=self._get_comparison_ctes(line_condition, receipt_condition),
                working_day=self.env["res.company"]._collection_working_day_sql(
                    SQL("company"), SQL("day.due_date")
                ),
                now=fields.Datetime.now(),
                booked_at=booked_at,
                again=self._get_repeated_query(),
                before=self._get_times_query(),
            )
        )
        appended = self.env.cr.rowcount
        self._move_owners(receipt_condition)
        self.invalidate_model(flush=False)
        return appended

    @api.model
    def _get_repeated_query(self):
        """SQL of the row that `wanted` repeats: undone money matched again.

        It hands on its snapshot, so that undoing and redoing a matching changes
        neither lateness nor salesperson.
        """
        return SQL(
            """
            SELECT id, due_date, days_late, user_id, team_id
              FROM sale_collection_receipt earlier
             WHERE earlier.line_ref = wanted.line_ref
               AND earlier.counterpart_ref = wanted.counterpart_ref
               AND earlier.date = wanted.paid_on
             ORDER BY id DESC
             LIMIT 1
            """
        )

    @api.model
    def _get_times_query(self):
        """SQL of how often the row `wanted` has been booked before."""
        return SQL(
            """
            SELECT COALESCE(MAX(occurrence), 0) AS times
              FROM sale_collection_receipt same
             WHERE same.line_ref = wanted.line_ref
               AND same.counterpart_ref = wanted.counterpart_ref
               AND same.kind = wanted.kind
               AND same.date = wanted.paid_on
               AND same.amount = wanted.amount
               AND same.amount_currency = wanted.amount_currency
               AND same.currency_id = wanted.currency_id
               AND same.reversal_of_id IS NULL
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
