from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..core.open_line import RECEIVABLE_ACCOUNTS
from ..core.sql import columns_sql
from .judged_due import join_moved, judged_due

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


class Found(NamedTuple):
    """What there is among lines compared; what there is not need not be planned."""

    is_divided: bool = True
    has_entries: bool = True
    has_moved: bool = True


ALL = Found()


class SaleCollectionReconciliation(models.AbstractModel):
    """Reads reconciliations of customer receivables as the rows the ledger must have.

    An example. On 5 January one bank entry settles invoice A (1,000.00, of which 2 %
    may be deducted until the 11th) and invoice B (500.00, due later):

        bank          1,475.00
        expense          25.00
        receivable                1,500.00   reconciled with A and with B

    `target`      the receivable lines of A and B
    `allocation`  A 1,000.00 and B 500.00 with the receivable line of the entry
    `money`       the entry: liquidity 1,475.00 of credit 1,500.00, with a result
    `part`        as 25.00 are not money the entry is divided: A, then B
    `discounted`  rebate of A min(20.00, 25.00) = 20.00, of B none
    `shared`      money / what is left = 1,475.00 / 1,480.00, B is the last
    `rounded`     A 980.00 * share = 976.69, B 500.00 * share = 498.31
    `divided`     the last takes the cent: B 1,475.00 - 976.69 = 498.31
    `slice`       A cash 976.69, discount 20.00, write_off 3.31
                  B cash 498.31, write_off 1.69
    `wanted`      these five rows with date, customer, salesperson and due date

    Entries of money alone skip `part` to `slice`: one row of kind `cash` for each
    allocation, as documents give one `credit_note` and exchange entries `exchange`.
    """

    _name = "sale.collection.reconciliation"
    _description = "Rows the receipt ledger must have"

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
    def _get_manual_money_condition(self, move):
        """SQL condition: an entry made by hand that books money of customers."""
        return SQL(
            """EXISTS (
                SELECT FROM account_move_line line
                  JOIN account_account account ON account.id = line.account_id
                  LEFT JOIN account_payment payment ON payment.id = %s
                 WHERE line.move_id = %s AND %s)""",
            SQL.identifier(move, "origin_payment_id"),
            SQL.identifier(move, "id"),
            self._get_liquidity_condition(),
        )

    @api.model
    def _get_liquidity_condition(self):
        """SQL condition on `line` and `account`: money, or money on its way.

        The chart's own accounts of payments on their way are, whether or not a
        payment method names them: people book by hand what they have no method for.
        """
        return SQL(
            """(account.account_type IN ('asset_cash', 'liability_credit_card')
                OR line.account_id = payment.outstanding_account_id
                OR line.account_id IN (
                    SELECT payment_account_id FROM account_payment_method_line
                     WHERE payment_account_id IS NOT NULL
                     UNION
                    SELECT default_account_id FROM account_journal
                     WHERE type IN ('bank', 'cash', 'credit')
                       AND default_account_id IS NOT NULL
                     UNION
                    SELECT own.res_id FROM res_company company
                      JOIN ir_model_data own
                        ON own.module = 'account' AND own.model = 'account.account'
                       AND own.name IN (
                           company.id || '_account_journal_payment_debit_account_id',
                           company.id || '_account_journal_payment_credit_account_id')
                    ))"""
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
    def _get_target_query(self, condition, found=ALL, is_whole=False):
        """SQL of the receivable lines whose settlement the ledger mirrors.

        Those of posted customer documents, and the debits of entries that are
        not themselves money (opening balances).

        :param Found found: what there is to look for
        :param bool is_whole: whether the condition leaves much of the ledger: tables
            are then read whole, not searched line by line
        """
        receivable = SQL(
            "line.account_id IN ("
            "SELECT id FROM account_account WHERE account_type = 'asset_receivable')"
        )
        origins = SQL("account_move")
        if is_whole:
            # From the accounts above the planner expects a tenth of the lines at most.
            receivable = SQL("line.account_id = ANY(%s)", RECEIVABLE_ACCOUNTS)
            origins = SQL(
                """(SELECT * FROM account_move
                     WHERE id IN (SELECT reversed_entry_id FROM account_move
                                   WHERE reversed_entry_id IS NOT NULL
                                     AND move_type = 'entry'))"""
            )
        return SQL(
            """
            SELECT line.id, line.move_id, line.company_id, line.date,
                   line.currency_id, line.balance,
                   partner.commercial_partner_id AS partner_id,
                   %(due)s AS due_date,
                   CASE move.move_type WHEN 'entry' THEN partner.user_id
                        ELSE move.invoice_user_id END AS user_id,
                   move.team_id
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
              LEFT JOIN %(origins)s origin ON origin.id = move.reversed_entry_id
              LEFT JOIN res_partner partner ON partner.id = line.partner_id
              %(moved)s
             WHERE %(receivable)s
               AND line.parent_state = 'posted'
               AND (move.move_type IN %(documents)s OR %(is_opening)s)
               AND %(condition)s
            """,
            due=judged_due(SQL("COALESCE(line.date_maturity, line.date)")),
            moved=join_moved(SQL("line.id")),
            receivable=receivable,
            origins=origins,
            documents=DOCUMENT_TYPES,
            is_opening=(
                self._get_opening_condition() if found.has_entries else SQL("FALSE")
            ),
            condition=condition,
        )

    @api.model
    def _get_opening_condition(self):
        """SQL condition on `line`, `move` and `origin`: a debt that is no document."""
        return SQL(
            """(move.move_type = 'entry' AND line.balance > 0
                AND NOT %(settles)s
                AND (origin.id IS NULL
                     OR NOT (%(origin_settles)s OR %(origin_is_money)s)))""",
            settles=self._get_settling_condition("move"),
            origin_settles=self._get_settling_condition("origin"),
            origin_is_money=self._get_manual_money_condition("origin"),
        )

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
             WHERE money.kind IS NULL
               AND money.liquidity < GREATEST(money.debit, money.credit)
               AND money.liquidity < part.total
               AND part.amount <> 0
            """
        )

    @api.model
    def _get_no_division_cte(self):
        """SQL of no divided entry at all: planning the division takes longer than
        the rest of a small sync."""
        return SQL(
            """
            slice AS (
                SELECT partial_id, sign, ''::varchar AS kind, amount, amount_currency
                  FROM allocation WHERE FALSE
            )"""
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
    def _get_allocation_ctes(self, condition, found=ALL):
        """SQL of the lines and of each reconciliation seen from its line."""
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
            )""",
            target=self._get_target_query(condition, found),
        )

    @api.model
    def _get_wanted_ctes(self, condition, found=ALL):
        """SQL of the rows the accounting calls for, as common table expressions.

        `money`: what the other entries consist of; `wanted`: the rows.
        """
        return SQL(
            """
            %(allocation)s,
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
            allocation=self._get_allocation_ctes(condition, found),
            money=self._get_money_query(
                SQL("SELECT DISTINCT entry_id FROM allocation")
            ),
            division=(
                self._get_division_ctes()
                if found.is_divided
                else self._get_no_division_cte()
            ),
        )

    @api.model
    def _get_comparison_ctes(self, line_condition, receipt_condition, found=ALL):
        """Return SQL of the rows `wanted` beside those `booked`.

        `live`: booked and not undone; `missing`: wanted and not live; `surplus`: live
        and not wanted. `known_at` of a missing row: when the same money became known
        that is only told differently now, as when its account is named later.
        """
        return SQL(
            """
            %(wanted)s,
            booked AS MATERIALIZED (
                SELECT receipt.* FROM sale_collection_receipt receipt
                 WHERE %(receipt_condition)s
            ),
            live AS MATERIALIZED (
                SELECT booked.*,
                       ROW_NUMBER() OVER (PARTITION BY %(identity)s ORDER BY id) AS nth
                  FROM booked
                 WHERE reversal_of_id IS NULL
                   AND NOT EXISTS (
                       SELECT FROM sale_collection_receipt reversal
                        WHERE reversal.reversal_of_id = booked.id)
            ),
            surplus AS MATERIALIZED (
                SELECT live.* FROM live
                 WHERE NOT EXISTS (SELECT FROM wanted WHERE %(is_twin)s)
            ),
            missing AS MATERIALIZED (
                SELECT fresh.*, retold.booked_at AS known_at
                  FROM (SELECT wanted.*, SUM(amount) OVER (
                                   PARTITION BY line_ref, counterpart_ref, paid_on
                               ) AS whole
                          FROM wanted
                         WHERE NOT EXISTS (SELECT FROM live WHERE %(is_twin)s)) fresh
                  LEFT JOIN (SELECT line_ref, counterpart_ref, date AS paid_on,
                                    SUM(amount) AS whole, MIN(booked_at) AS booked_at
                               FROM surplus GROUP BY 1, 2, 3) retold
                 USING (line_ref, counterpart_ref, paid_on, whole)
            )""",
            wanted=self._get_wanted_ctes(line_condition, found),
            receipt_condition=receipt_condition,
            identity=columns_sql(IDENTITY),
            is_twin=SQL(
                "%s AND live.nth = wanted.nth", same_money_sql("live", "wanted")
            ),
        )

    @api.model
    def _find_unknown_money(self, company):
        """Return the accounts that may be money on its way and are not known as such.

        Entries by hand settle invoices against them; the ledger calls this `other`.

        :return: list of (account id, amount in company currency), the largest first
        """
        return self.env.execute_query(
            SQL(
                """
                SELECT account.id, SUM(receipt.amount)
                  FROM sale_collection_receipt receipt
                  JOIN account_move_line mine
                    ON mine.id = receipt.counterpart_line_id
                  JOIN account_move_line line ON line.move_id = mine.move_id
                   AND line.balance * mine.balance < 0
                  JOIN account_account account ON account.id = line.account_id
                   AND account.account_type IN ('asset_current', 'liability_current')
                 WHERE receipt.kind = 'other' AND receipt.reversal_of_id IS NULL
                   AND receipt.company_id IN %s
                   AND NOT EXISTS (
                       SELECT FROM sale_collection_receipt undo
                        WHERE undo.reversal_of_id = receipt.id)
                 GROUP BY account.id
                HAVING SUM(receipt.amount) > 0
                 ORDER BY SUM(receipt.amount) DESC, account.id
                """,
                self.env["res.company"].search([("id", "child_of", company.ids)])._ids,
            )
        )

    @api.model
    def _describe_unknown_money(self, company, limit):
        """Return accounts that may be money and are not known as such, in words."""
        accounts = self.env["account.account"].sudo().with_company(company)
        return [
            f"{accounts.browse(account_id).display_name}: "
            f"{company.currency_id.format(amount)}"
            for account_id, amount in self._find_unknown_money(company)[:limit]
        ]


def same_money_sql(table, wanted):
    """Return the condition that a row of the ledger is a wanted row."""
    names = ["paid_on" if name == "date" else name for name in IDENTITY]
    return SQL("(%s) = (%s)", columns_sql(IDENTITY, table), columns_sql(names, wanted))
