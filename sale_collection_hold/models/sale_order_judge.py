from odoo import api, models

from ..tools.hold import judge_in_turn
from ..tools.hold_report import Judgement
from ..tools.hold_scope import lock_keys
from .sale_order_facts import get_rounded


class SaleOrder(models.Model):
    """Judge orders by the supply rules: collect in at most six queries, decide pure."""

    _inherit = "sale.order"

    # === ENTRY POINTS ===#

    def _collection_verdict(self, today=None, checkpoint="confirm"):
        """Return what the supply rules say of these orders, by the ledger as it is.

        Judged together by date and id, each counts the ones before it as confirmed.
        Amounts and invoices are those of the order's own customer.

        :param date today: each company's own today when left out
        :param str checkpoint: `confirm` or `delivery`
        :return: {order id: {'strength', 'reasons': [{'rule', 'rule_id', 'code',
            'measured', 'threshold', 'unit'}], 'cures': [...]}}; amounts in company
            currency
        """
        self.check_access("read")
        judged = self.sudo()._collection_judge(today, checkpoint)
        return {
            order_id: judged[order_id].describe(*self._collection_words())
            if order_id in judged
            else {"strength": "none", "reasons": [], "cures": []}
            for order_id in self._origin.ids
        }

    def _collection_explain(self, today=None):
        """Return what every rule that reaches these orders found.

        :return: {order id: {'strength', 'passed' (`paid`, `exempt` or empty), 'free'
            (credit left, None without a limit), 'received', 'checks': [{'rule',
            'rule_id', 'strength', 'outcome' (`hit`, `miss`, `overridden`, `exempt`),
            'by', 'measures': [{'code', 'measured', 'threshold', 'unit', 'hit'}]}]}}
        """
        self.check_access("read")
        judged = self.sudo()._collection_judge(today)
        words = self._collection_words()
        return {order_id: found.explain(*words) for order_id, found in judged.items()}

    @api.model
    def _collection_words(self):
        """Return the language of the names, and what a reminder step is called."""
        return self.env.lang or "en_US", self.env._("Reminder plan")

    # === JUDGE ===#

    def _collection_judge(
        self,
        today=None,
        checkpoint="confirm",
        moment=None,
        fresh=False,
        lock=False,
        blocked=("refuse",),
    ):
        """Return {order id: Judgement} of these orders; none where there is no rule.

        :param moment: when they are confirmed, for the rate of other currencies
        :param bool fresh: judge confirmed orders like new ones
        :param bool lock: take the locks of what the rules limit
        :param blocked: strengths that keep an order from being confirmed, so that the
            next one need not count it
        :raise psycopg2.errors.SerializationFailure: see `sale.collection.lock`
        """
        if not self._origin.ids:
            return {}
        rules = self.env["sale.collection.hold.rule"]._get_rules()
        needs = self._collection_get_needs(rules)
        if not (rules or needs):
            return {}
        self.env.flush_all()
        rows = self._origin._collection_read_orders(needs, moment)
        judged = {}
        for root_id in dict.fromkeys(row["company"] for row in rows):
            company = self.env["res.company"].browse(root_id)
            here = [row for row in rows if row["company"] == root_id]
            reach = [rule for rule in rules if rule.company in (0, root_id)]
            if lock:
                keys = lock_keys(reach, here)
                self.env["sale.collection.lock"]._take(company, keys)
            judged |= self.with_company(company)._collection_judge_rows(
                company,
                here,
                reach,
                needs,
                today or company._collection_today_in(here[0]["zone"]),
                {"checkpoint": checkpoint, "blocked": blocked},
                fresh,
            )
        return judged

    @api.model
    def _collection_judge_rows(
        self, company, rows, rules, needs, today, how, fresh=False
    ):
        """Judge orders of one root company, as read; those stopped once more with the
        money received for them."""
        orders, parties = self._collection_assemble(company, today, needs, rows, fresh)
        verdicts = judge_in_turn(rules, orders, parties, today, **how)
        received = self._collection_read_received(company, verdicts)
        if any(received.values()):
            orders = [
                order._replace(received=received.get(order.id, 0.0)) for order in orders
            ]
            verdicts = judge_in_turn(rules, orders, parties, today, **how)
        rounded = get_rounded(rows)
        return {
            order.id: Judgement(
                order, parties[order.id], verdicts[order.id], today, rounded
            )
            for order in orders
        }

    @api.model
    def _collection_read_received(self, company, verdicts):
        """Return {order id: money received} of the orders some rule is against."""
        stopped = [order_id for order_id, verdict in verdicts.items() if verdict.hits]
        profiles = self.env["sale.collection.profile"]
        return profiles._collect_received(company, stopped) if stopped else {}
