from collections import defaultdict
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.sql import branches_sql
from odoo.addons.sale_collection.tools import period

from ...tools import accrual


class Earned(NamedTuple):
    """What an earner has by a plan in a period, in company currency."""

    base: float = 0.0
    amount: float = 0.0


class SaleCollectionCommissionSimulator(models.AbstractModel):
    """Says what a changed plan would have paid on money that has come in.

    Nothing is written.
    """

    _name = "sale.collection.commission.simulator"
    _description = "Commission simulator"

    @api.model
    def _compare_plans(self, plan, candidate, date_from, date_to):
        """Judge the money of a period twice: by a plan and by a changed one.

        Both are judged for the same people and days, with tiers and caps: what came
        earlier in their periods, and what other versions of the plan pay, has filled
        them. Advances are left out: in the end they change nothing.

        :return: {(rep id, agent id): (Earned by the plan, Earned by the changed one)}
        """
        self.env.flush_all()
        reader = self.env["sale.collection.commission.facts"]
        start = min(
            period.bounds(own.period, date_from)[0] for own in (plan, candidate)
        )
        last = min(date_to, plan.company_id._collection_today())
        receipts = reader._collect_receipts(self._find_money(plan, start, last))
        if not receipts:
            return {}
        facts = reader._collect_facts(receipts)
        before = plan._get_rules()
        after = candidate._get_rules()._replace(
            key=plan.id,
            users=before.users,
            agents=before.agents,
            teams=before.teams,
            date_from=before.date_from,
            date_to=before.date_to,
        )
        costs = reader._collect_costs(facts.lines, {None: (before, after)})
        facts = facts._replace(costs=costs)
        first = plan.version_of_id or plan
        versions = plan._search_with_replaced([("version_of_id", "=", first.id)])
        chain = {first.id, *versions.ids}
        results = []
        for source, rules in ((plan, before), (candidate, after)):
            entries = self._simulate_rules(rules, receipts, facts)
            own = [entry for entry in entries if entry.plan_id in chain]
            rows = self._sum_periods(source, plan, own, receipts, date_from)
            results.append(self._sum_earners(source, rows))
        return {
            earner: tuple(result.get(earner, Earned()) for result in results)
            for earner in results[0].keys() | results[1].keys()
        }

    @api.model
    def _find_money(self, plan, date_from, date_to):
        """Return the ids of the rows of money of a period, undone ones left out."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT receipt.id
                  FROM sale_collection_receipt receipt
                 WHERE receipt.kind IN ('cash', 'write_off')
                   AND receipt.date BETWEEN %(first)s AND %(last)s
                   AND receipt.company_id IN (%(companies)s)
                   AND receipt.move_id IS NOT NULL
                   AND receipt.reversal_of_id IS NULL
                   AND NOT EXISTS (
                       SELECT FROM sale_collection_receipt undo
                        WHERE undo.reversal_of_id = receipt.id)
                """,
                first=date_from,
                last=date_to,
                companies=branches_sql(plan.company_id),
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _simulate_rules(self, rules, receipts, facts):
        """Return the entries of money by these rules in place of the plan's own."""
        plans = {
            company: [rules, *(other for other in own if other.key != rules.key)]
            for company, own in facts.plans.items()
        }
        clean = facts._replace(
            plans=plans, have=frozenset(), booked={}, advances={}, cache={}, earned={}
        )
        return accrual.decide(receipts, clean)[0]

    @api.model
    def _sum_periods(self, source, plan, entries, receipts, date_from):
        """Return the sums of each earner and period, as dicts in company currency.

        `earned` and `money` are those of the plan from `date_from` on, `total` and
        `base` those of the whole period and all versions; `before` is the part of
        `total` from before `date_from`.

        :param source: whose period, tiers and cap count
        """
        rates = {
            money.id: money.amount / money.amount_currency
            if money.amount_currency
            else 1
            for money in receipts
        }
        names = ("total", "base", "before", "earned", "money", "count")
        sums = defaultdict(lambda: dict.fromkeys(names, 0.0))
        for entry in entries:
            first = period.bounds(source.period, entry.date)[0]
            row = sums[entry.user_id, entry.agent_id, first]
            own = 0.0
            if entry.kind == "accrual":
                own = entry.base_amount * entry.share * rates[entry.receipt_id]
            row["total"] += entry.amount_company
            row["base"] += own * (entry.factor if source.tier_weighted else 1)
            if entry.date < date_from:
                row["before"] += entry.amount_company
            elif entry.plan_id == plan.id:
                row["earned"] += entry.amount_company
                row["money"] += own
                row["count"] += 1
        return [
            {
                "plan_id": source.id,
                "user_id": user_id,
                "agent_id": agent_id,
                "date_from": first,
                **row,
            }
            for (user_id, agent_id, first), row in sums.items()
            if row["count"]
        ]

    @api.model
    def _sum_earners(self, plan, rows):
        """Return {earner: Earned} of the sums of periods."""
        goals = self.env["sale.collection.target"]._collect_goals(plan, rows)
        earned = defaultdict(Earned)
        for row, goal in zip(rows, goals, strict=True):
            key = row["user_id"], row["agent_id"]
            total = earned[key]
            amount = row["earned"] + self._simulate_period(plan, row, goal)
            earned[key] = Earned(total.base + row["money"], total.amount + amount)
        return earned

    @api.model
    def _simulate_period(self, plan, row, goal):
        """Return what tiers add to a period's total and its cap takes off.

        Without what the cap has taken off before.
        """
        target, collected = goal
        tier = 0.0
        if plan.tier_ids:
            parts = plan._get_tier_parts(row["base"], target, collected)
            tier = sum(amount * percent / 100 for amount, percent in parts)
        if not plan.cap_amount:
            return tier
        over = max(row["total"] + tier - plan.cap_amount, 0.0)
        return tier - over + max(row["before"] - plan.cap_amount, 0.0)
