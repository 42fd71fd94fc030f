from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ...tools.promise import FEE_SHARE, Money


class SaleCollectionPromiseMoney(models.AbstractModel):
    """Reader of what the ledger knows about promises, many at once.

    Money that was already known when a promise was made does not count, also not when
    it is undone or matched anew: the oldest row of the same money on the same
    instalment decides. Money dated ahead, such as a cheque, was still to come. What the
    bank kept of a transfer was paid by the customer.
    """

    _name = "sale.collection.promise.money"
    _description = "Money of promises"

    @api.model
    def _get_claim_ctes(self, ids):
        """SQL of `claim`, the promised instalments, and `movement`, what moved them."""
        return SQL(
            """
            claim AS (
                SELECT promise.id AS promise_id, part.line_ref, part.amount_open,
                       part.receipt_mark, promise.made_on, promise.opened_at,
                       promise.date + promise.grace_days AS deadline
                  FROM sale_collection_promise promise
                  JOIN sale_collection_promise_allocation part
                    ON part.promise_id = promise.id
                 WHERE promise.id = ANY(%s)
            ),
            history AS (
                SELECT promise.*, receipt.kind, %s AS date, receipt.amount,
                       MIN(receipt.id) OVER same AS first_id,
                       %s AS is_paid
                  FROM claim promise
                  JOIN sale_collection_receipt receipt
                    ON receipt.line_ref = promise.line_ref
                WINDOW same AS (PARTITION BY promise.promise_id, receipt.line_ref,
                                             receipt.counterpart_ref)
            ),
            movement AS (
                SELECT * FROM history WHERE first_id > receipt_mark OR date > made_on
            )
            """,
            ids,
            self._get_day_sql(),
            self._get_paid_sql(),
        )

    @api.model
    def _get_day_sql(self):
        """SQL: the day `receipt` keeps a promise; addons know of bills in hand."""
        return SQL("receipt.date")

    @api.model
    def _get_paid_sql(self):
        """SQL: `receipt` is money for `promise`, or what the bank kept; window `same`.

        A fee is a small write-off in the very entry the money came by. A big one is
        a debt that our side gave up.
        """
        return SQL(
            """(receipt.kind = 'cash' OR receipt.kind = 'write_off'
                AND ABS(SUM(receipt.amount)
                            FILTER (WHERE receipt.kind = 'write_off') OVER same)
                    <= %s * ABS(COALESCE(SUM(receipt.amount)
                            FILTER (WHERE receipt.kind = 'cash') OVER same, 0)))""",
            FEE_SHARE,
        )

    @api.model
    def _collect_money(self, ids):
        """Return {promise id: [Money]}: what was paid on its instalments, by date."""
        return self._group_money(
            SQL(
                """
                WITH %s
                SELECT promise_id, date, SUM(amount)::float8
                  FROM movement
                 WHERE is_paid
                 GROUP BY promise_id, date
                HAVING SUM(amount) <> 0
                 ORDER BY promise_id, date
                """,
                self._get_claim_ctes(ids),
            )
        )

    @api.model
    def _collect_payable(self, ids):
        """Return {promise id: what could still be paid on it when it was made}.

        Less what has been credited or written off in time. Deleted and cancelled
        invoices are payable no longer: only what was paid on them counts.
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH %s,
                moved AS (
                    SELECT promise_id, line_ref,
                           COALESCE(SUM(amount) FILTER (WHERE is_paid), 0) AS paid,
                           COALESCE(SUM(amount) FILTER (
                               WHERE NOT is_paid AND date <= deadline), 0) AS spared
                      FROM movement
                     GROUP BY promise_id, line_ref
                )
                SELECT claim.promise_id,
                       SUM(GREATEST(0, CASE
                           WHEN line.id IS NULL OR line.parent_state = 'cancel'
                           THEN COALESCE(moved.paid, 0)
                           ELSE claim.amount_open - COALESCE(moved.spared, 0)
                           END))::float8
                  FROM claim
                  LEFT JOIN moved USING (promise_id, line_ref)
                  LEFT JOIN account_move_line line ON line.id = claim.line_ref
                 GROUP BY claim.promise_id
                """,
                self._get_claim_ctes(ids),
            )
        )
        return dict(rows)

    @api.model
    def _collect_standing_money(self, company, ids):
        """Return {standing promise id: [Money]}: all cash of its customer, by date."""
        return self._group_money(
            SQL(
                """
                WITH history AS (
                    SELECT promise.id AS promise_id, promise.receipt_mark,
                           promise.opened_at, promise.made_on, %(is_paid)s AS is_paid,
                           %(day)s AS date, receipt.amount,
                           MIN(receipt.id) OVER same AS first_id,
                           MIN(receipt.booked_at) OVER same AS first_booked
                      FROM sale_collection_promise promise
                      JOIN sale_collection_receipt receipt
                        ON receipt.partner_id = promise.partner_id
                     WHERE promise.id = ANY(%(ids)s)
                       AND receipt.company_id IN (%(companies)s)
                    WINDOW same AS (PARTITION BY promise.id, receipt.line_ref,
                                                 receipt.counterpart_ref)
                )
                SELECT promise_id, date, SUM(amount)::float8
                  FROM history
                 WHERE is_paid
                   AND (first_id > receipt_mark AND first_booked >= opened_at
                        OR date > made_on)
                 GROUP BY promise_id, date
                HAVING SUM(amount) <> 0
                 ORDER BY promise_id, date
                """,
                ids=ids,
                is_paid=self._get_paid_sql(),
                day=self._get_day_sql(),
                companies=self._get_companies_sql(company),
            )
        )

    @api.model
    def _collect_owed(self, company, ids):
        """Return {standing promise id: what was owed at the end of each date}."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT promise.id, COALESCE(SUM(item.balance), 0)::float8
                  FROM sale_collection_promise promise
                  JOIN sale_collection_promise_line line
                    ON line.promise_id = promise.id
                  LEFT JOIN account_move_line item
                    ON item.partner_id = promise.partner_id
                   AND item.parent_state = 'posted'
                   AND item.date <= line.date + promise.grace_days
                   AND item.company_id IN (%(companies)s)
                   AND item.account_id IN (
                       SELECT id FROM account_account
                        WHERE account_type = 'asset_receivable')
                 WHERE promise.id = ANY(%(ids)s)
                 GROUP BY promise.id, line.date
                 ORDER BY promise.id, line.date
                """,
                ids=ids,
                companies=self._get_companies_sql(company),
            )
        )
        owed = defaultdict(list)
        for promise_id, balance in rows:
            owed[promise_id].append(balance)
        return owed

    @api.model
    def _group_money(self, query):
        """Return {promise id: [Money]} of rows (promise id, date, amount)."""
        money = defaultdict(list)
        for promise_id, *paid in self.env.execute_query(query):
            money[promise_id].append(Money(*paid))
        return money

    @api.model
    def _get_companies_sql(self, company):
        return self.env["sale.collection.profile"]._get_companies_sql(company)
