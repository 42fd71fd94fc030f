from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.tools import period

from ..tools import accrual


class SaleCollectionCommissionPeriod(models.AbstractModel):
    """Books tiers and caps: what the total of a month, quarter or year changes.

    A tier is booked as an entry when its period is over, a cap as soon as it is
    passed. Money booked late or undone later moves them by the difference.
    """

    _name = "sale.collection.commission.period"
    _description = "Commission tiers and caps"

    @api.model
    def _book_periods(self, today=None):
        """Bring tiers and caps to what the periods' totals call for.

        :return: number of entries appended
        """
        entries = self.env["sale.collection.commission.entry"]
        # Tiers first: caps limit them as well.
        tiers = entries._append(self._prepare_tiers(today))
        return tiers + entries._append(self._prepare_caps(today))

    @api.model
    def _prepare_tiers(self, today=None):
        """Return the entries by which tiers of periods that are over are to change."""
        plans = self.env["sale.collection.commission.plan"]._search_with_replaced(
            [("tier_ids", "!=", False)]
        )
        rows = self._collect_sums(plans)
        goals = self.env["sale.collection.target"]._collect_goals(plans, rows)
        entries = []
        for row, (target, collected) in zip(rows, goals, strict=True):
            plan = plans.browse(row["plan_id"])
            last = period.bounds(plan.period, row["date_from"])[1]
            if last >= (today or plan.company_id._collection_today()):
                continue
            parts = plan._get_tier_parts(row["base"], target, collected)
            due = sum(amount * percent / 100 for amount, percent in parts)
            gap = plan.currency_id.round(due - row["tier"])
            if gap:
                detail = " + ".join(
                    f"{amount:.2f} x {rate:g} %" for amount, rate in parts
                )
                entries.append(
                    self._prepare_entry("tier", plan, row, gap, last, detail)
                )
        return entries

    @api.model
    def _prepare_caps(self, today=None):
        """Return the entries by which what is taken off over a cap is to change."""
        plans = self.env["sale.collection.commission.plan"]._search_with_replaced(
            [("cap_amount", ">", 0)]
        )
        entries = []
        for row in self._collect_sums(plans):
            plan = plans.browse(row["plan_id"])
            due = -max(row["earned"] - plan.cap_amount, 0.0)
            gap = plan.currency_id.round(due - row["cap"])
            if gap:
                last = period.bounds(plan.period, row["date_from"])[1]
                day = min(last, today or plan.company_id._collection_today())
                detail = f"{row['earned']:.2f} > {plan.cap_amount:.2f}"
                entries.append(self._prepare_entry("cap", plan, row, gap, day, detail))
        return entries

    @api.model
    def _prepare_entry(self, kind, plan, row, amount, day, detail):
        """Return the entry of a tier or cap, in company currency."""
        base = row["base"] if kind == "tier" else row["earned"]
        return accrual.Entry(
            company_id=plan.company_id.id,
            receipt_id=None,
            move_id=None,
            move_ref=None,
            partner_id=None,
            user_id=row["user_id"],
            agent_id=row["agent_id"],
            plan_id=plan.id,
            rate_id=None,
            kind=kind,
            date=day,
            days_late=0,
            currency_id=plan.currency_id.id,
            base_amount=plan.currency_id.round(base),
            rate=100 * amount / base if base else 0.0,
            factor=1.0,
            share=1.0,
            advanced=0.0,
            exact=amount,
            amount=amount,
            amount_company=amount,
            occurrence=row[f"{kind}_count"],
            detail=detail,
        )

    @api.model
    def _collect_sums(self, plans):
        """Return the sums of each plan, earner and period, as dicts.

        In company currency: `base` is the own part of what was collected, `earned`
        all commission but caps.
        """
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT entry.plan_id, entry.user_id, entry.agent_id,
                       DATE_TRUNC(plan.period, entry.date)::date AS date_from,
                       COALESCE(SUM(
                           entry.base_amount * entry.share
                           * CASE WHEN plan.tier_weighted THEN entry.factor ELSE 1 END
                           * COALESCE(receipt.amount
                                      / NULLIF(receipt.amount_currency, 0), 1))
                           FILTER (WHERE entry.kind = 'accrual'), 0) AS base,
                       COALESCE(SUM(entry.amount_company)
                           FILTER (WHERE entry.kind <> 'cap'), 0) AS earned,
                       COALESCE(SUM(entry.amount_company)
                           FILTER (WHERE entry.kind = 'tier'), 0) AS tier,
                       COALESCE(SUM(entry.amount_company)
                           FILTER (WHERE entry.kind = 'cap'), 0) AS cap,
                       1 + COUNT(*) FILTER (WHERE entry.kind = 'tier') AS tier_count,
                       1 + COUNT(*) FILTER (WHERE entry.kind = 'cap') AS cap_count
                  FROM sale_collection_commission_entry entry
                  JOIN sale_collection_commission_plan plan ON plan.id = entry.plan_id
                  LEFT JOIN sale_collection_receipt receipt
                    ON receipt.id = entry.receipt_id
                 WHERE entry.plan_id = ANY(%s)
                 GROUP BY 1, 2, 3, 4
                 ORDER BY 1, 2, 3, 4
                """,
                plans.ids,
            )
        )
