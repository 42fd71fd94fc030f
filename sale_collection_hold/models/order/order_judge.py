from typing import NamedTuple

import psycopg2

from odoo import api, models
from odoo.tools import date_utils

from ...tools.hold import Question, cap_use, judge_in_turn
from ...tools.hold_report import Judgement
from ...tools.hold_scope import lock_keys
from .order_facts import get_rounded

# How long a cap lasts before as much may be supplied again.
PERIODS = ("week", "month", "quarter")


class Bench(NamedTuple):
    """Orders of one root company, as read, and the rules that may reach them."""

    company: models.BaseModel
    rows: list
    rules: list
    needs: frozenset


class SaleCollectionOrderJudge(models.AbstractModel):
    """Judge orders by supply rules: at most six queries collect, pure code decides."""

    _name = "sale.collection.order.judge"
    _description = "Judge of orders"

    @api.model
    def _judge(self, orders, question, rules=None):
        """Return {order id: Judgement} of orders; nothing where there is no rule.

        Orders of one call are judged by date and id, each counts the ones before it
        as confirmed.

        :param rules: values of `tools.hold_facts.Rule`; the rules in use when left out
        :raise psycopg2.errors.SerializationFailure: see `sale.collection.lock`
        """
        judged = {}
        for bench in self._read_benches(orders, question, rules):
            if question.lock:
                self._take_locks(bench)
            today = question.today or bench.company._collection_today_in(
                bench.rows[0]["zone"]
            )
            judged |= self._judge_bench(bench, question._replace(today=today))
        return judged

    @api.model
    def _read_benches(self, orders, question, rules=None):
        """Read orders and return one `Bench` for each root company among them."""
        facts = self.env["sale.collection.order.facts"]
        orders = orders._origin
        if rules is None:
            rules = self.env["sale.collection.hold.rule"]._get_rules()
        needs = facts._get_needs(rules) | question.needs
        if not orders.ids or not (rules or needs):
            return []
        self.env.flush_all()
        rows = facts._read_orders(orders, needs, question.moment)
        return [
            Bench(
                self.env["res.company"].browse(root_id),
                [row for row in rows if row["company"] == root_id],
                [rule for rule in rules if rule.company in (0, root_id)],
                needs,
            )
            for root_id in dict.fromkeys(row["company"] for row in rows)
        ]

    @api.model
    def _judge_bench(self, bench, question):
        orders, parties = self.env["sale.collection.order.facts"]._collect(
            bench.company, question.today, bench.needs, bench.rows, question.fresh
        )
        verdicts = judge_in_turn(
            bench.rules,
            orders,
            parties,
            question.today,
            question.checkpoint,
            question.blocked,
        )
        rounded = get_rounded(bench.rows)
        return {
            order.id: Judgement(
                order, parties[order.id], verdicts[order.id], question.today, rounded
            )
            for order in orders
        }

    @api.model
    def _judge_customers(self, company, partner_ids, today):
        """Return {partner id: strength} that an order of a cent would meet.

        Rules on the size of orders thus do not count.
        """
        facts = self.env["sale.collection.order.facts"]
        rules = [
            rule
            for rule in self.env["sale.collection.hold.rule"]._get_rules()
            if rule.company in (0, company.id)
        ]
        needs = facts._get_needs(rules)
        if not (rules or needs):
            return dict.fromkeys(partner_ids, "none")
        self.env.flush_all()
        rows = facts._prepare_customer_rows(company, partner_ids, needs)
        orders, parties = facts._collect(company, today, needs, rows)
        verdicts = judge_in_turn(rules, orders, parties, today)
        return {order.customer: verdicts[order.id].strength for order in orders}

    # === LOCKS ===#

    @api.model
    def _take_locks(self, bench):
        keys = lock_keys(bench.rules, bench.rows)
        self.env["sale.collection.lock"]._take(bench.company, keys)

    @api.model
    def _try_lock(self, orders):
        """Take the locks of what the rules limit for these orders.

        For callers nobody retries.

        :return: False when another session has used the same credit since this
            transaction began
        """
        try:
            with self.env.cr.savepoint():
                for bench in self._read_benches(orders, Question()):
                    self._take_locks(bench)
        except psycopg2.OperationalError:
            return False
        return True

    # === HOW MUCH ===#

    @api.model
    def _measure(self, order, today=None):
        """Return the judgement of one order with its lines, whatever the rules."""
        question = Question(
            today, "delivery", blocked=(), needs=frozenset({"lines", "credit"})
        )
        return self._judge(order, question)[order.id]

    @api.model
    def _measure_caps(self, order, rules, judgement):
        """Return what was supplied in the period of each rule with a cap.

        :return: `recent` and `others` of `tools.hold.allowance`
        """
        ledger = self.env["sale.collection.order.ledger"]
        recent, others = {}, {}
        for rule in rules:
            if rule.cap_type != "credit" and rule.cap_period in PERIODS:
                start = date_utils.start_of(judgement.today, rule.cap_period)
                supplied = ledger._read_supplied(
                    order.company_id.root_id, judgement.order.customer, start
                )
                recent[rule.id], others[rule.id] = cap_use(rule, supplied, order.id)
        return recent, others
