from odoo import api, models

from ..tools.hold import judge
from ..tools.hold_backtest import past_debts
from ..tools.hold_facts import Other, Party, Subject
from ..tools.hold_ledger import Ledger, limit_of, make_order


class SaleOrder(models.Model):
    """Judge orders by rules that are not in use: today's orders, or those of the past.

    Takes no lock and writes nothing.
    """

    _inherit = "sale.order"

    # === TODAY ===#

    def _collection_try(self, rules, today=None, checkpoint="delivery", fresh=False):
        """Return {order id: Judgement} of these orders by given rules.

        :param rules: values of `_read_rules`
        :param bool fresh: judge confirmed orders like new ones
        """
        judged = {}
        if not self or not rules:
            return judged
        self.env.flush_all()
        needs = self._collection_get_needs(rules)
        rows = self._collection_read_orders(needs)
        for root_id in dict.fromkeys(row["company"] for row in rows):
            company = self.env["res.company"].browse(root_id)
            judged |= self.with_company(company)._collection_judge_rows(
                company,
                [row for row in rows if row["company"] == root_id],
                [rule for rule in rules if rule.company in (0, root_id)],
                needs,
                today or company._collection_today(),
                {"checkpoint": checkpoint, "blocked": ("refuse",)},
                fresh,
            )
        return judged

    # === THE PAST ===#

    @api.model
    def _collection_judge_past(self, company, rules, since, until):
        """Judge the orders of a window as they would have been when confirmed.

        By the ledger and the grades of that morning, the limits, terms and tags of
        today.

        :return: (`_get_past_orders_sql` row as dict, Verdict) of each order
        """
        profiles = self.env["sale.collection.profile"].sudo().with_company(company)
        past = profiles._get_past_orders_sql(company, since, until)
        self.env.flush_all()
        found = self.env.execute_query_dict(past)
        if not found:
            return []
        facts = self._collection_collect_past(company, rules, past, found)
        return [
            (row, judge(rules, *facts[row["id"]], row["day"], "confirm"))
            for row in found
        ]

    @api.model
    def _collection_collect_past(self, company, rules, past, found):
        """Return {order id: (Order, Party)} as they stood on the day of each order."""
        profiles = self.env["sale.collection.profile"].sudo().with_company(company)
        needs = self._collection_get_needs(rules) | {"bounces", "broken"}
        customers = sorted({row["customer"] for row in found})
        orders = self.sudo().browse([row["id"] for row in found])
        rows = {row["id"]: row for row in orders._collection_read_orders(needs)}
        today = company._collection_today()
        terms = {
            row["partner_id"]: row
            for row in profiles._collect_hold_terms(company, today, needs, customers)
        }
        events = Ledger(
            profiles._collect_hold_ledger(
                company, today, {"bounces", "broken"}, customers
            )
        )
        standing = {
            "debts": profiles._collect_past_debts(company, past),
            "ordered": profiles._collect_past_ordered(company, past),
            "grades": profiles._collect_past_grades(company, past),
        }
        return {
            row["id"]: self._collection_make_past(
                row, rows[row["id"]], terms[row["customer"]], events, standing, company
            )
            for row in found
        }

    @api.model
    def _collection_make_past(self, past, row, terms, events, standing, company):
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
