from odoo import api, models
from odoo.tools import SQL


class SaleCollectionPromise(models.Model):
    """What the ledger knows about the debts of promises, read in batch."""

    _inherit = "sale.collection.promise"

    def _read_stored(self):
        """Return the promises the ledger decides on, as dicts.

        Not those that were replaced or withdrawn by somebody.
        """
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT promise.id, promise.kind, promise.partner_id, promise.date,
                       promise.amount::float8, promise.grace_days,
                       promise.threshold_percent, promise.breach_action,
                       promise.first_date, promise.until_date, promise.frequency,
                       promise.state, promise.amount_received::float8,
                       promise.fulfilment, promise.days_late::float8,
                       promise.expected_amount::float8, promise.next_date,
                       promise.next_amount::float8,
                       currency.decimal_places AS decimals,
                       (SELECT MAX(line.date) FROM sale_collection_promise_line line
                         WHERE line.promise_id = promise.id) AS last_line
                  FROM sale_collection_promise promise
                  JOIN res_company company ON company.id = promise.company_id
                  JOIN res_currency currency ON currency.id = company.currency_id
                 WHERE promise.id = ANY(%s)
                   AND promise.opened_at IS NOT NULL
                   AND promise.state <> 'superseded'
                   AND promise.cancelled_by_id IS NULL
                 ORDER BY promise.id
                """,
                self.ids,
            )
        )

    @api.model
    def _collect_judgement(self, company, stored):
        """Return what each promise is judged on.

        :param list stored: rows of `_read_stored`; get their `lines` added
        :return: {promise id: {`lines`, `money` (date, amount), `payable`, `owed`}};
            `payable` is what could still be paid on its instalments when it was made,
            less what has been credited or written off in time; `owed` of a standing
            promise is what the customer owed at the end of each of its dates
        """
        ids = [row["id"] for row in stored]
        standing = [row["id"] for row in stored if row["kind"] == "standing"]
        facts = {
            key: {"lines": [], "money": [], "payable": None, "owed": []} for key in ids
        }
        for line in self._collect_lines(ids):
            facts[line["promise_id"]]["lines"].append(line)
        for promise_id, day, amount in self._collect_money(ids):
            facts[promise_id]["money"].append((day, amount))
        for promise_id, amount in self._collect_payable(ids):
            facts[promise_id]["payable"] = amount
        if standing:
            self._add_standing_facts(company, standing, facts)
        for row in stored:
            row["lines"] = facts[row["id"]]["lines"]
        return facts

    @api.model
    def _add_standing_facts(self, company, ids, facts):
        for promise_id, day, amount in self._collect_standing_money(company, ids):
            facts[promise_id]["money"].append((day, amount))
        for promise_id, owed in self._collect_owed(company, ids):
            facts[promise_id]["owed"].append(owed)

    @api.model
    def _collect_lines(self, ids):
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT id, promise_id, date, amount::float8, state,
                       amount_received::float8, fulfilment, days_late::float8
                  FROM sale_collection_promise_line
                 WHERE promise_id = ANY(%s)
                 ORDER BY promise_id, date
                """,
                ids,
            )
        )

    @api.model
    def _get_claim_ctes(self, ids):
        """SQL of `movement`: what moved the promised instalments since.

        Money that was already known when the promise was made does not count, also
        not when it is undone or matched anew: the oldest row of the same money on
        the same instalment decides.
        """
        return SQL(
            """
            claim AS (
                SELECT promise.id AS promise_id, part.line_ref, part.amount_open,
                       part.receipt_mark,
                       promise.date + promise.grace_days AS deadline
                  FROM sale_collection_promise promise
                  JOIN sale_collection_promise_allocation part
                    ON part.promise_id = promise.id
                 WHERE promise.id = ANY(%s)
            ),
            history AS (
                SELECT claim.*, receipt.kind, receipt.date, receipt.amount,
                       MIN(receipt.id) OVER same AS first_id
                  FROM claim
                  JOIN sale_collection_receipt receipt
                    ON receipt.line_ref = claim.line_ref
                WINDOW same AS (PARTITION BY claim.promise_id, receipt.line_ref,
                                             receipt.counterpart_ref)
            ),
            movement AS (
                SELECT * FROM history WHERE first_id > receipt_mark
            )
            """,
            ids,
        )

    @api.model
    def _collect_money(self, ids):
        """Return rows of (promise id, date of the money, amount)."""
        return self.env.execute_query(
            SQL(
                """
                WITH %s
                SELECT promise_id, date, SUM(amount)::float8
                  FROM movement
                 WHERE kind = 'cash'
                 GROUP BY promise_id, date
                HAVING SUM(amount) <> 0
                 ORDER BY promise_id, date
                """,
                self._get_claim_ctes(ids),
            )
        )

    @api.model
    def _collect_payable(self, ids):
        """Return rows of (promise id, what was payable on its instalments).

        Deleted and cancelled invoices are payable no longer: only what was paid on
        them counts.
        """
        return self.env.execute_query(
            SQL(
                """
                WITH %s,
                moved AS (
                    SELECT promise_id, line_ref,
                           COALESCE(SUM(amount) FILTER (WHERE kind = 'cash'), 0)
                               AS cash,
                           COALESCE(SUM(amount) FILTER (
                               WHERE kind <> 'cash' AND date <= deadline), 0) AS spared
                      FROM movement
                     GROUP BY promise_id, line_ref
                )
                SELECT claim.promise_id,
                       SUM(GREATEST(0, CASE
                           WHEN line.id IS NULL OR line.parent_state = 'cancel'
                           THEN COALESCE(moved.cash, 0)
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

    @api.model
    def _collect_standing_money(self, company, ids):
        """Like `_collect_money`: all the money of the customer since."""
        return self.env.execute_query(
            SQL(
                """
                WITH history AS (
                    SELECT promise.id AS promise_id, promise.receipt_mark,
                           promise.opened_at, receipt.kind, receipt.date,
                           receipt.amount, MIN(receipt.id) OVER same AS first_id,
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
                 WHERE kind = 'cash'
                   AND first_id > receipt_mark AND first_booked >= opened_at
                 GROUP BY promise_id, date
                HAVING SUM(amount) <> 0
                 ORDER BY promise_id, date
                """,
                ids=ids,
                companies=self._get_company_tree_sql(company),
            )
        )

    @api.model
    def _collect_owed(self, company, ids):
        """Return rows of (promise id, balance at the end of a date), by date."""
        return self.env.execute_query(
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
                companies=self._get_company_tree_sql(company),
            )
        )

    @api.model
    def _get_company_tree_sql(self, company):
        """SQL of the ids of a root company and its branches."""
        return SQL(
            "SELECT id FROM res_company WHERE parent_path LIKE %s",
            f"{company.parent_path}%",
        )

    # === WHAT LIVE PROMISES COVER ===#

    @api.model
    def _get_cover_query(self, company, today):
        """SQL of (partner_id, line_ref, amount): overdue parts that are promised.

        What is left of the promise, instalment by instalment, the oldest first; what
        is disputed of one is no longer asked for.
        Standing promises cover no instalment, see `_get_standing_cover_query`.
        """
        return SQL(
            """
            SELECT promise.partner_id, part.line_ref,
                   LEAST(owed.amount, part.amount,
                         GREATEST(0, promise.amount - promise.amount_received
                             - COALESCE(SUM(LEAST(owed.amount, part.amount))
                                 OVER before, 0))) AS amount
              FROM sale_collection_promise_allocation part
              JOIN sale_collection_promise promise ON promise.id = part.promise_id
              JOIN account_move_line line ON line.id = part.line_id
         LEFT JOIN (%(disputed)s) disputed ON disputed.line_id = line.id
              JOIN LATERAL (SELECT GREATEST(
                  0, line.amount_residual - COALESCE(disputed.amount, 0)) AS amount
              ) owed ON TRUE
             WHERE part.is_live
               AND promise.company_id = %(company)s
               AND line.amount_residual > 0
               AND line.parent_state = 'posted'
               AND COALESCE(line.date_maturity, line.date) < %(today)s
            WINDOW before AS (
                PARTITION BY promise.id ORDER BY part.due_date, part.line_ref
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            """,
            company=company.id,
            today=today,
            disputed=self.env["sale.collection.dispute.line"]._get_open_query(company),
        )

    @api.model
    def _get_standing_cover_query(self, company):
        """SQL of (partner_id, amount): what standing promises bring next."""
        return SQL(
            """
            SELECT promise.partner_id,
                   GREATEST(0, line.amount - COALESCE(line.amount_received, 0))
                       AS amount
              FROM sale_collection_promise promise
              JOIN sale_collection_promise_line line
                ON line.promise_id = promise.id AND line.date = promise.next_date
             WHERE promise.kind = 'standing'
               AND promise.state = 'open'
               AND promise.company_id = %s
            """,
            company.id,
        )
