from collections import defaultdict
from operator import itemgetter

from odoo import api, models
from odoo.tools import SQL, groupby

from odoo.addons.sale_collection.tools import period

from ...tools import accrual


class SaleCollectionCommissionPeriod(models.AbstractModel):
    """Books tiers and caps: what the total of a month, quarter or year changes.

    A tier is booked as an entry when its period is over, a cap as soon as it is passed,
    on the day and in the currency of what was earned beyond. Money booked late or
    undone later moves them by the difference. Versions of a plan count together, by
    the tiers and the cap of the last one that paid in the period.
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
        groups = self._group_versions(plans, self._collect_bases(plans))
        totals = [
            {**rows[-1], "base": sum(row["base"] for row in rows)} for rows in groups
        ]
        goals = self.env["sale.collection.target"]._collect_goals(plans, totals)
        entries = []
        for rows, total, (target, collected) in zip(groups, totals, goals, strict=True):
            plan = plans.browse(total["plan_id"])
            last = period.bounds(plan.period, total["date_from"])[1]
            if last >= (today or plan.company_id._collection_today()):
                continue
            parts = plan._get_tier_parts(total["base"], target, collected)
            due = sum(amount * percent / 100 for amount, percent in parts)
            detail = " + ".join(f"{amount:.2f} x {rate:g} %" for amount, rate in parts)
            # The last version pays, what an earlier one has paid is taken back.
            for row in rows[:-1]:
                entries += self._prepare_tier(row, -row["tier"], last, "")
            gap = plan.currency_id.round(due - total["tier"])
            entries += self._prepare_tier(total, gap, last, detail)
        return entries

    @api.model
    def _prepare_tier(self, row, gap, last, detail):
        plan = self.env["sale.collection.commission.plan"].browse(row["plan_id"])
        if plan.currency_id.is_zero(gap):
            return []
        row = {**row, "currency_id": plan.currency_id.id, "count": row["tier_count"]}
        return [self._prepare_entry("tier", row, row["base"], (gap, gap), last, detail)]

    @api.model
    def _prepare_caps(self, _today=None):
        """Return the entries by which what is taken off over a cap is to change."""
        plans = self.env["sale.collection.commission.plan"]._search_with_replaced(
            [("cap_amount", ">", 0)]
        )
        return [
            entry
            for rows in self._group_versions(plans, self._collect_earnings(plans))
            for entry in self._prepare_period_caps(
                plans.browse(rows[-1]["plan_id"]).cap_amount, rows
            )
        ]

    @api.model
    def _prepare_period_caps(self, cap, rows):
        """Return the changes of what one earner loses in a period.

        Day by day what is earned beyond the cap goes off, in its own currency.
        """
        entries, total = [], 0.0
        for day, own in groupby(
            sorted(rows, key=itemgetter("date")), itemgetter("date")
        ):
            earned = sum(row["earned_company"] for row in own)
            before, total = total, total + earned
            off = max(total - cap, 0.0) - max(before - cap, 0.0)
            part = -off / earned if earned else 0.0
            booked = defaultdict(int)
            for row in own:
                booked[row["plan_id"]] += row["cap_count"]
            for row in own:
                gaps = self._get_cap_gaps(row, part)
                if any(gaps):
                    booked[row["plan_id"]] += 1
                    row = {**row, "count": booked[row["plan_id"]]}
                    detail = f"{total:.2f} > {cap:.2f}"
                    entries.append(
                        self._prepare_entry(
                            "cap", row, row["earned"], gaps, day, detail
                        )
                    )
        return entries

    @api.model
    def _get_cap_gaps(self, row, part):
        """Return by how much a cap is to change: in its and in company currency."""
        currency = self.env["res.currency"].browse(row["currency_id"])
        own = self.env["res.company"].browse(row["company_id"]).currency_id
        gap = currency.round(currency.round(row["earned"] * part) - row["cap"])
        company_due = own.round(row["earned_company"] * part)
        return gap, own.round(company_due - row["cap_company"])

    @api.model
    def _prepare_entry(self, kind, row, base, amounts, day, detail):
        """Return the entry of a tier or cap.

        :param amounts: what it is, in the currency of the row and of the company
        """
        amount, amount_company = amounts
        currency = self.env["res.currency"].browse(row["currency_id"])
        return accrual.Entry(
            company_id=row["company_id"],
            receipt_id=None,
            move_id=None,
            move_ref=None,
            partner_id=None,
            user_id=row["user_id"],
            agent_id=row["agent_id"],
            plan_id=row["plan_id"],
            rate_id=None,
            kind=kind,
            date=day,
            days_late=0,
            currency_id=currency.id,
            base_amount=currency.round(base),
            rate=100 * amount / base if base else 0.0,
            factor=1.0,
            share=1.0,
            advanced=0.0,
            exact=amount,
            amount=amount,
            amount_company=amount_company,
            occurrence=row["count"],
            detail=detail or None,
        )

    # === SUMS ===#

    @api.model
    def _group_versions(self, plans, rows):
        """Return lists of rows of one earner, period and plan with its versions.

        The rows of the version that began last stand at the end.
        """
        groups = defaultdict(list)
        for row in rows:
            plan = plans.browse(row["plan_id"])
            chain = (plan.version_of_id or plan).id
            user_id, agent_id = row["user_id"] or 0, row["agent_id"] or 0
            key = (chain, user_id, agent_id, plan.period, row["date_from"])
            groups[key].append(row)
        return [
            sorted(
                own,
                key=lambda row: (
                    plans.browse(row["plan_id"]).date_from,
                    row["plan_id"],
                ),
            )
            for _place, own in sorted(groups.items())
        ]

    @api.model
    def _collect_bases(self, plans):
        """Return what tiers go by, of each plan, earner and period, as dicts.

        In company currency: `base` is the own part of what was collected.
        """
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT plan.company_id, entry.plan_id, entry.user_id, entry.agent_id,
                       DATE_TRUNC(plan.period, entry.date)::date AS date_from,
                       COALESCE(SUM(
                           entry.base_amount * entry.share
                           * CASE WHEN plan.tier_weighted THEN entry.factor ELSE 1 END
                           * COALESCE(receipt.amount
                                      / NULLIF(receipt.amount_currency, 0), 1))
                           FILTER (WHERE entry.kind = 'accrual'), 0) AS base,
                       COALESCE(SUM(entry.amount_company)
                           FILTER (WHERE entry.kind = 'tier'), 0) AS tier,
                       1 + COUNT(*) FILTER (WHERE entry.kind = 'tier') AS tier_count
                  FROM sale_collection_commission_entry entry
                  JOIN sale_collection_commission_plan plan ON plan.id = entry.plan_id
                  LEFT JOIN sale_collection_receipt receipt
                    ON receipt.id = entry.receipt_id
                 WHERE entry.plan_id = ANY(%s)
                 GROUP BY 1, 2, 3, 4, 5
                """,
                plans.ids,
            )
        )

    @api.model
    def _collect_earnings(self, plans):
        """Return what was earned by day and currency, and what caps have taken off.

        One dict a plan, earner, currency and day; `date_from` begins the period.
        """
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT plan.company_id, daily.*,
                       DATE_TRUNC(plan.period, daily.date)::date AS date_from
                  FROM (
                    SELECT entry.plan_id, entry.user_id, entry.agent_id,
                           entry.currency_id, entry.date,
                           COALESCE(SUM(entry.amount)
                               FILTER (WHERE entry.kind <> 'cap'), 0) AS earned,
                           COALESCE(SUM(entry.amount_company)
                               FILTER (WHERE entry.kind <> 'cap'), 0)
                               AS earned_company,
                           COALESCE(SUM(entry.amount)
                               FILTER (WHERE entry.kind = 'cap'), 0) AS cap,
                           COALESCE(SUM(entry.amount_company)
                               FILTER (WHERE entry.kind = 'cap'), 0) AS cap_company,
                           COUNT(*) FILTER (WHERE entry.kind = 'cap') AS cap_count
                      FROM sale_collection_commission_entry entry
                     WHERE entry.plan_id = ANY(%s)
                     GROUP BY 1, 2, 3, 4, 5) daily
                  JOIN sale_collection_commission_plan plan ON plan.id = daily.plan_id
                """,
                plans.ids,
            )
        )
