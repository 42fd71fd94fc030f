from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import (
    draft_match_sql,
    join_tolerance,
)
from odoo.addons.sale_collection.models.core.sql import branches_sql

from ...tools.hold import judge
from ...tools.hold_backtest import ordered_before, past_debts
from ...tools.hold_facts import Other, Party, Subject
from ...tools.hold_ledger import Ledger, limit_of, make_order
from .order_facts import Reach
from .order_ledger import LEAST


class SaleCollectionOrderPast(models.AbstractModel):
    """Judge past orders as they would have been when they were confirmed.

    By the ledger and the grades of that morning, the limits, terms and tags of today.
    The ledger is read as of that day: what was invoiced, paid and ordered before it.
    An invoice of the same day is the order's own as likely as not. Takes no lock and
    writes nothing.
    """

    _name = "sale.collection.order.past"
    _description = "Orders of the past"

    # === JUDGE ===#

    @api.model
    def _judge(self, company, rules, since, until):
        """Judge the orders of a window by given rules.

        :return: (`_get_orders_sql` row as dict, Verdict) of each order
        """
        past = self._get_orders_sql(company, since, until)
        self.env.flush_all()
        found = self.env.execute_query_dict(past)
        if not found:
            return []
        facts = self._collect(company, rules, past, found)
        return [
            (row, judge(rules, *facts[row["id"]], row["day"], "confirm"))
            for row in found
        ]

    @api.model
    def _collect(self, company, rules, past, found):
        """Return {order id: (Order, Party)} as they stood on the day of each order."""
        facts = self.env["sale.collection.order.facts"]
        ledger = self.env["sale.collection.order.ledger"]
        needs = facts._get_needs(rules) | {"bounces", "broken"}
        customers = sorted({row["customer"] for row in found})
        orders = self.env["sale.order"].browse([row["id"] for row in found])
        rows = {row["id"]: row for row in facts._read_orders(orders, needs)}
        reach = Reach(company, company._collection_today(), needs, customers)
        terms = {row["partner_id"]: row for row in facts._read_terms(reach)}
        events = Ledger(
            ledger._read_entries(reach._replace(needs=frozenset({"bounces", "broken"})))
        )
        standing = {
            "debts": self._read_debts(company, past),
            "ordered": self._read_ordered(company, past),
            "grades": self._read_grades(company, past),
        }
        return {
            row["id"]: self._make_order(
                row, rows[row["id"]], terms[row["customer"]], events, standing, company
            )
            for row in found
        }

    @api.model
    def _make_order(self, past, row, terms, events, standing, company):
        """Return one order of the past and its customer of that morning, as values."""
        order_id, day = past["id"], past["day"]
        row = {**row, "held_rules": ()}
        grade_id, *grade = standing["grades"].get(order_id, (0,))
        order = make_order(row, terms, Ledger(()), True, company.currency_id.round)
        order = order._replace(
            grade_id=grade_id, grade=tuple(grade), step=0, step_strength="", group=0
        )
        balance, credit, debts = standing["debts"].get(order_id, (0.0, 0.0, None))
        ordered = Other(0, past["moment"], standing["ordered"].get(order_id, 0.0), 0.0)
        limit, limit_end = limit_of(terms, day)
        now = events.subject([order.customer])
        customer = Subject(
            balance=balance,
            credit=credit,
            debts=past_debts(debts or ()),
            others=(ordered,),
            limit=limit,
            limit_end=limit_end,
            broken=now.broken,
            bounces=now.bounces,
        )
        return order, Party(customer)

    # === READ ===#

    @api.model
    def _get_orders_sql(self, company, since, until):
        """Select `id`, `customer`, `day`, `moment`, `amount` of the orders."""
        return SQL(
            """
            SELECT sale.id, contact.commercial_partner_id AS customer,
                   sale.date_order::date AS day, sale.date_order AS moment,
                   (sale.amount_total
                    / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric)::float8
                       AS amount
              FROM sale_order sale
              JOIN res_partner contact ON contact.id = sale.partner_invoice_id
             WHERE sale.state = 'sale'
               AND sale.company_id IN (%(companies)s)
               AND sale.date_order >= %(since)s
               AND sale.date_order < %(until)s::date + 1
            """,
            companies=branches_sql(company),
            since=since,
            until=until,
        )

    @api.model
    def _read_debts(self, company, past):
        """Return {order id: (balance, unmatched money, debts)}, see `past_debts`.

        :param SQL past: see `_get_orders_sql`
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH past AS (%(past)s),
                debt AS (%(debts)s)
                SELECT past.id, SUM(rest.amount)::float8,
                       -SUM(LEAST(rest.amount, 0))::float8,
                       JSON_AGG(JSON_BUILD_ARRAY(
                           debt.due, rest.amount, debt.id, COALESCE(debt.least, 0)))
                           FILTER (WHERE rest.amount > 0 AND debt.due < past.day)
                  FROM past
                  JOIN debt ON debt.customer = past.customer
                           AND debt.date < past.day
                           AND (debt.settled_on IS NULL OR debt.settled_on >= past.day)
                 CROSS JOIN LATERAL (
                       SELECT debt.balance - COALESCE(SUM(
                                  CASE WHEN part.debit_move_id = debt.id
                                       THEN part.amount ELSE -part.amount END
                              ), 0) AS amount
                         FROM account_partial_reconcile part
                        WHERE debt.id IN (part.debit_move_id, part.credit_move_id)
                          AND part.max_date < past.day
                          AND NOT %(is_draft)s
                 ) AS rest
                 GROUP BY past.id
                """,
                past=past,
                debts=self._get_debts_sql(company),
                is_draft=draft_match_sql("part"),
            )
        )
        return {order_id: found for order_id, *found in rows}

    @api.model
    def _get_debts_sql(self, company):
        """Select posted lines of the customers of `past`, with the day they settled."""
        return SQL(
            """
            SELECT line.id, contact.commercial_partner_id AS customer,
                   line.date, line.balance,
                   COALESCE(line.date_maturity, line.date) AS due,
                   %(least)s AS least,
                   CASE WHEN line.reconciled THEN (
                       SELECT CASE WHEN NOT BOOL_OR(%(is_draft)s)
                                   THEN MAX(part.max_date) END
                         FROM account_partial_reconcile part
                        WHERE line.id IN (part.debit_move_id,
                                          part.credit_move_id)
                   ) END AS settled_on
              FROM res_partner contact
              JOIN account_move_line line ON line.partner_id = contact.id
              %(tolerance)s
             WHERE contact.commercial_partner_id
                       IN (SELECT customer FROM past)
               AND line.account_id = ANY(%(accounts)s)
               AND line.parent_state = 'posted'
               AND line.company_id IN (%(companies)s)
            """,
            least=LEAST,
            tolerance=join_tolerance(company),
            is_draft=draft_match_sql("part"),
            accounts=self.env["sale.collection.profile"]._get_receivable_accounts_sql(),
            companies=branches_sql(company),
        )

    @api.model
    def _read_ordered(self, company, past):
        """Return {order id: what was left to bill of earlier ones that morning}."""
        booked = SQL(
            """
            SELECT sale.id, contact.commercial_partner_id AS customer,
                   sale.date_order AS moment,
                   (sale.amount_total
                    / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric)::float8
                       AS amount
              FROM sale_order sale
              JOIN res_partner contact ON contact.id = sale.partner_invoice_id
             WHERE sale.state = 'sale'
               AND sale.company_id IN (%(companies)s)
               AND contact.commercial_partner_id
                       IN (SELECT customer FROM (%(past)s) AS past)
            """,
            companies=branches_sql(company),
            past=past,
        )
        bills = SQL("WITH booked AS (%s) %s", booked, self._get_order_bills_sql())
        return ordered_before(
            self.env.execute_query(booked), self.env.execute_query(bills)
        )

    @api.model
    def _get_order_bills_sql(self):
        """Select `order_id`, `date`, `amount` of invoices and credit notes of `booked`.

        In company currency, tax included: the part of their lines of each order.
        """
        return SQL(
            """
            SELECT part.order_id, move.invoice_date AS date,
                   SUM(
                       CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
                       * part.price_total * ABS(move.amount_total_signed)
                       / NULLIF(move.amount_total, 0)
                   )::float8 AS amount
              FROM (
                  SELECT DISTINCT line.order_id, item.id, item.move_id,
                         item.price_total
                    FROM sale_order_line line
                    JOIN booked ON booked.id = line.order_id
                    JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = line.id
                    JOIN account_move_line item ON item.id = rel.invoice_line_id
              ) AS part
              JOIN account_move move ON move.id = part.move_id
             WHERE move.state = 'posted'
               AND move.move_type IN ('out_invoice', 'out_refund')
             GROUP BY part.order_id, move.invoice_date
            """
        )

    @api.model
    def _read_grades(self, company, past):
        """Return {order id: (grade id, name, lowest score, for new customers)}."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT past.id, grade.id, grade.name, grade.score_from, grade.is_new
                  FROM (%(past)s) AS past
                  JOIN sale_collection_profile profile
                    ON profile.partner_id = past.customer
                   AND profile.company_id = %(company)s
                 CROSS JOIN LATERAL (
                       SELECT score.grade_id
                         FROM sale_collection_score score
                        WHERE score.profile_id = profile.id
                          AND score.date <= past.day
                        ORDER BY score.date DESC, score.id DESC
                        LIMIT 1
                 ) AS latest
                  JOIN sale_collection_grade grade ON grade.id = latest.grade_id
                """,
                past=past,
                company=company.id,
            )
        )
        return {order_id: found for order_id, *found in rows}

    @api.model
    def _read_payments(self, past):
        """Return {order id: [(due, day it was settled or None, amount), ...]}.

        Of the instalments of its invoices, by their whole amounts.
        """
        profiles = self.env["sale.collection.profile"]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT bill.order_id, COALESCE(line.date_maturity, line.date),
                       CASE WHEN line.reconciled THEN (
                           SELECT CASE WHEN NOT BOOL_OR(%(is_draft)s)
                                       THEN MAX(part.max_date) END
                             FROM account_partial_reconcile part
                            WHERE part.debit_move_id = line.id
                       ) END,
                       line.balance::float8
                  FROM (
                      SELECT DISTINCT sold.order_id, item.move_id
                        FROM (%(past)s) AS past
                        JOIN sale_order_line sold ON sold.order_id = past.id
                        JOIN sale_order_line_invoice_rel rel
                          ON rel.order_line_id = sold.id
                        JOIN account_move_line item ON item.id = rel.invoice_line_id
                  ) AS bill
                  JOIN account_move move ON move.id = bill.move_id
                  JOIN account_move_line line ON line.move_id = move.id
                 WHERE move.state = 'posted'
                   AND move.move_type = 'out_invoice'
                   AND line.account_id = ANY(%(accounts)s)
                   AND line.balance > 0
                 ORDER BY 2
                """,
                past=past,
                is_draft=draft_match_sql("part"),
                accounts=profiles._get_receivable_accounts_sql(),
            )
        )
        found = {}
        for order_id, *payment in rows:
            found.setdefault(order_id, []).append(tuple(payment))
        return found
