from odoo import api, models
from odoo.tools import split_every

from ..tools.hold import judge
from ..tools.hold_backtest import past_debts
from ..tools.hold_facts import Other, Party, Subject
from ..tools.hold_ledger import Ledger, limit_of, make_order

# Customers read at once.
BATCH = 2000


class SaleCollectionHoldTrial(models.AbstractModel):
    """Judge orders by rules that need not be in use: today's orders, or past ones.

    Takes no lock and writes nothing. Rules are the values of `hold.rule._read_rules`.
    """

    _name = "sale.collection.hold.trial"
    _description = "Trial of supply rules"

    # === TODAY, ALL RULES TOGETHER ===#

    @api.model
    def _judge_today(self, orders, rules):
        """Return {order id: Judgement} of confirmed orders by these rules."""
        judged = {}
        if not orders or not rules:
            return judged
        self.env.flush_all()
        needs = orders._collection_get_needs(rules)
        rows = orders._collection_read_orders(needs)
        for root_id in dict.fromkeys(row["company"] for row in rows):
            company = self.env["res.company"].browse(root_id)
            judged |= orders.with_company(company)._collection_judge_rows(
                company,
                [row for row in rows if row["company"] == root_id],
                [rule for rule in rules if rule.company in (0, root_id)],
                needs,
                company._collection_today(),
                {"checkpoint": "delivery", "blocked": ("refuse",)},
            )
        return judged

    # === TODAY, EACH RULE ALONE ===#

    @api.model
    def _find_hit_orders(self, company, rules):
        """Return {rule id: {order id: amount}} of the open orders each rule hits.

        Orders paid in full pass.
        """
        Order = self.env["sale.order"].sudo().with_company(company)
        found = Order._collection_find_open(company)
        rows = found._collection_read_orders(Order._collection_get_needs(rules))
        hits = self._judge_alone(company, rules, rows)
        order_ids = {order.id for orders in hits.values() for order in orders}
        profiles = self.env["sale.collection.profile"].sudo()
        received = (
            profiles._collect_received(company, sorted(order_ids)) if order_ids else {}
        )
        return {
            rule_id: {
                order.id: order.amount
                for order in orders
                if received.get(order.id, 0.0) < order.amount
            }
            for rule_id, orders in hits.items()
        }

    @api.model
    def _find_hit_customers(self, company, rules):
        """Return {rule id: [customer id]} of the customers each rule hits whatever
        they order."""
        profiles = self.env["sale.collection.profile"].sudo()
        partners = profiles.search([("company_id", "=", company.id)]).partner_id
        needs = self.env["sale.order"]._collection_get_needs(rules)
        found = {rule.id: [] for rule in rules}
        for batch in split_every(BATCH, partners.ids, list):
            rows = profiles._prepare_customer_rows(company, batch, needs)
            for rule_id, orders in self._judge_alone(company, rules, rows).items():
                found[rule_id] += [order.customer for order in orders]
        return found

    @api.model
    def _judge_alone(self, company, rules, rows):
        """Return {rule id: orders it hits}, beside the exemptions in use only."""
        if not rows or not rules:
            return {rule.id: [] for rule in rules}
        Order = self.env["sale.order"].sudo().with_company(company)
        self.env.flush_all()
        today = company._collection_today()
        needs = Order._collection_get_needs(rules)
        orders, parties = Order._collection_assemble(
            company, today, needs, rows, fresh=True
        )
        in_use = self.env["sale.collection.hold.rule"].sudo()._get_rules()
        exempt = [rule for rule in in_use if rule.kind == "exclude"]
        return {
            rule.id: [
                order
                for order in orders
                if self._is_hit(rule, exempt, order, parties[order.id], today)
            ]
            for rule in rules
        }

    @api.model
    def _is_hit(self, rule, exempt, order, party, today):
        """Tell whether a rule hits an order; of an exemption, whether it applies."""
        always = rule._replace(
            kind="block",
            at_confirm=True,
            orders_from=None,
            date_from=None,
            date_to=None,
        )
        others = exempt if rule.kind == "block" else []
        return bool(judge([always, *others], order, party, today).hits)

    # === THE PAST ===#

    @api.model
    def _judge_past(self, company, rules, since, until):
        """Judge the orders of a window as they would have been when confirmed.

        The ledger and the grades are those of that morning, limits, terms and tags
        those of today.

        :param date since: first day of confirmation
        :param date until: last day of confirmation
        :return: (`_get_past_orders_sql` row as dict, Verdict) of each order
        """
        profiles = self.env["sale.collection.profile"].sudo().with_company(company)
        past = profiles._get_past_orders_sql(company, since, until)
        self.env.flush_all()
        found = self.env.execute_query_dict(past)
        if not found:
            return []
        rules = [rule for rule in rules if rule.company in (0, company.id)]
        facts = self._collect_past_orders(company, rules, past, found)
        return [
            (row, judge(rules, *facts[row["id"]], row["day"], "confirm"))
            for row in found
        ]

    @api.model
    def _collect_past_orders(self, company, rules, past, found):
        """Return {order id: (Order, Party)} as they stood on the day of each order."""
        profiles = self.env["sale.collection.profile"].sudo().with_company(company)
        needs = self.env["sale.order"]._collection_get_needs(rules) | {
            "bounces",
            "broken",
        }
        customers = sorted({row["customer"] for row in found})
        orders = self.env["sale.order"].sudo().browse([row["id"] for row in found])
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
            row["id"]: self._prepare_past_order(
                row, rows[row["id"]], terms[row["customer"]], events, standing, company
            )
            for row in found
        }

    @api.model
    def _prepare_past_order(self, past, row, terms, events, standing, company):
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
