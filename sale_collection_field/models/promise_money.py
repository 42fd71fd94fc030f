from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import open_lines_of_sql
from odoo.addons.sale_collection.tools.promise import Money

CLAIMED = SQL(
    """EXISTS (
        SELECT FROM sale_collection_promise_allocation claim
         WHERE claim.promise_id = promise.id AND claim.line_ref = own.line_id)"""
)


class SaleCollectionPromiseMoney(models.AbstractModel):
    """A bill keeps a promise on the day it is handed over, or when it matures.

    One in hand and not booked keeps it as the booked one will. One that was in hand
    when the promise was made was not promised: it keeps nothing.
    """

    _inherit = "sale.collection.promise.money"

    @api.model
    def _get_day_sql(self):
        # EXTENDS: by the setting of the company, whatever the day of the payment
        return SQL(
            """COALESCE((
                SELECT CASE company.collection_bill_keeps WHEN 'maturity'
                            THEN bill.maturity_date ELSE bill.date END
                  FROM sale_collection_bill bill
                  JOIN res_company company ON company.id = bill.company_id
                  JOIN account_payment payment ON payment.id = bill.payment_id
                  JOIN account_move_line paid ON paid.move_id = payment.move_id
                 WHERE paid.id = receipt.counterpart_ref
                 LIMIT 1), %s)""",
            super()._get_day_sql(),
        )

    @api.model
    def _get_paid_sql(self):
        return SQL(
            """(%s AND NOT EXISTS (
                SELECT FROM sale_collection_bill bill
                  JOIN account_payment payment ON payment.id = bill.payment_id
                  JOIN account_move_line paid ON paid.move_id = payment.move_id
                 WHERE paid.id = receipt.counterpart_ref
                   AND bill.taken_at < promise.opened_at))""",
            super()._get_paid_sql(),
        )

    @api.model
    def _collect_money(self, ids):
        return self._add_bills(super()._collect_money(ids), ids, CLAIMED)

    @api.model
    def _collect_standing_money(self, company, ids):
        money = super()._collect_standing_money(company, ids)
        return self._add_bills(money, ids, SQL("TRUE"))

    @api.model
    def _collect_payable(self, ids):
        """Leave out what bills in hand were for when the promise was made.

        Until they mature, and not where they were for all that is promised: it is
        paid instead of them.
        """
        payable = super()._collect_payable(ids)
        before = SQL(
            """bill.taken_at < promise.opened_at
               AND promise.is_instead_of_bills IS NOT TRUE
               AND bill.maturity_date
                   >= LEAST(line.today, promise.date + promise.grace_days)
               AND %s""",
            CLAIMED,
        )
        for promise_id, _day, amount in self._read_bills(ids, before):
            payable[promise_id] = max(0.0, payable[promise_id] - amount)
        return payable

    @api.model
    def _filter_instead_of_bills(self, promises):
        """Return those for debts that bills in hand before them cover wholly."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT promise.id
                  FROM sale_collection_promise promise
                 WHERE promise.id = ANY(%s) AND NOT EXISTS (
                SELECT FROM sale_collection_promise_allocation claim
                 WHERE claim.promise_id = promise.id
                   AND claim.amount_open - 0.005 > COALESCE((
                       SELECT SUM(named.amount * item.balance / item.amount_currency)
                         FROM (%s) named
                         JOIN sale_collection_bill known ON known.id = named.source_id
                         JOIN account_move_line item ON item.id = named.line_id
                        WHERE named.line_id = claim.line_ref
                          AND item.amount_currency <> 0
                          AND known.taken_at < promise.opened_at
                          AND known.maturity_date >= promise.made_on), 0))
                """,
                promises.ids,
                self.env["sale.collection.cover"]._get_bills_sql(),
            )
        )
        return promises.browse(key for [key] in rows)

    @api.model
    def _add_bills(self, money, ids, condition):
        """Add bills in hand and not booked, where handing over is enough."""
        counted = SQL(
            """company.collection_bill_keeps = 'taken'
               AND bill.taken_at >= promise.opened_at AND %s""",
            condition,
        )
        for promise_id, *paid in self._read_bills(ids, counted):
            money[promise_id].append(Money(*paid))
        return money

    @api.model
    def _read_bills(self, ids, condition):
        """Return rows (promise id, day, amount) of bills in hand and not booked.

        Together at most what is open of each instalment, in company currency.
        """
        if not ids:
            return []
        bills = self.env["sale.collection.cover"]._get_bills_sql()
        return self.env.execute_query(
            SQL(
                """
                WITH part AS (
                    SELECT promise.id AS promise_id, bill.date,
                           (LEAST(SUM(own.amount) OVER upto, line.residual_currency)
                            - LEAST(SUM(own.amount) OVER upto - own.amount,
                                    line.residual_currency))
                           * line.residual / line.residual_currency AS amount
                      FROM sale_collection_promise promise
                      JOIN sale_collection_bill bill
                        ON bill.partner_id = promise.partner_id
                       AND bill.company_id = promise.company_id
                      JOIN res_company company ON company.id = bill.company_id
                      JOIN (%(bills)s) own ON own.source_id = bill.id
                      JOIN (%(lines)s) line ON line.id = own.line_id
                     WHERE promise.id = ANY(%(ids)s)
                       AND line.residual > 0
                       AND line.residual_currency > 0
                       AND %(condition)s
                    WINDOW upto AS (PARTITION BY promise.id, own.line_id
                                    ORDER BY bill.date, bill.id)
                )
                SELECT promise_id, date, SUM(amount)::float8
                  FROM part
              GROUP BY promise_id, date
              ORDER BY promise_id, date
                """,
                bills=bills,
                lines=self._get_billed_sql(bills, ids),
                ids=ids,
                condition=condition,
            )
        )

    @api.model
    def _get_billed_sql(self, bills, ids):
        """Select what is open today of the instalments bills are for.

        Not core's residual: it counts the match with a payment set to draft.
        """
        promises = self.env["sale.collection.promise"].sudo().browse(ids)
        every = self.env["res.company"].sudo().with_context(active_test=False)
        companies = every.search([("id", "child_of", promises.company_id.ids)])
        return open_lines_of_sql(
            companies._collection_todays(),
            SQL("line.id IN (SELECT line_id FROM (%s) billed)", bills),
        )
