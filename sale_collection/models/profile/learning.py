from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL, split_every

from ...tools.habit import learn_habit
from ...tools.lesson import Lesson
from ...tools.period import LONGEST_CLOSING
from ...tools.record import Case
from ..core.sql import columns_sql, update_rows
from ..core.transaction import commit_batch

# Customers whose instalments are in memory at once.
BATCH = 500
# Instalments that odds are learnt from: more of them change no odds worth a word.
MOST_CASES = 100_000

# What is learnt of one customer, and its SQL type.
HABIT = {
    "habit_count": "int",
    "first_third_days_late": "numeric",
    "second_third_days_late": "numeric",
    "last_third_days_late": "numeric",
    "learnt_month_days": "varchar",
    "learnt_weekday": "varchar",
}


class SaleCollectionLearning(models.AbstractModel):
    """Learns, once a month, how a company's customers pay.

    Of all of them together by how much a fact changes the odds of a late payment; of
    each the days late by part of the month, and its payment days. The functions that
    learn are those of `tools.lesson` and `tools.habit`, which the back-test calls too.
    """

    _name = "sale.collection.learning"
    _description = "Learning from the ledger"

    @api.model
    def _learn(self, company, today, anew=False):
        """Learn from the ledger of a root company, unless done this month.

        :param bool anew: even if done this month
        :return: {count: number} of the nightly run
        """
        learnt_on = company.sudo().collection_learnt_on
        if not anew and learnt_on and learnt_on >= today.replace(day=1):
            return {}
        shares = self._get_late_shares(company)
        if not shares:
            return {}
        lesson, changed = Lesson(shares, today), 0
        for rows in split_every(BATCH, self._read_habits(company), list):
            customers = self._collect_cases(
                company, [row["partner_id"] for row in rows]
            )
            if lesson.count < MOST_CASES:
                for cases in customers.values():
                    lesson.add(cases)
            changed += self._write_habits(company, rows, customers)
            commit_batch(self.env)
        odds = self.env["sale.collection.odds"]
        found = odds._store_odds(company, lesson.get_odds(), today)
        company.sudo().collection_learnt_on = today
        return {"odds": len(found), "habits": changed}

    # === COLLECT ===#

    @api.model
    def _get_late_shares(self, company):
        """Return the shares of all instalments paid late and over 30 days late.

        :return: two floats from 0 to 1; None where the company has seen no payment
        """
        [[after_due, over_30]] = self.env.execute_query(
            SQL(
                """
                SELECT SUM(after_due_count)::float8 / NULLIF(SUM(paid_count), 0),
                       SUM(over_30_count)::float8 / NULLIF(SUM(paid_count), 0)
                  FROM sale_collection_profile
                 WHERE company_id = %s
                """,
                company.id,
            )
        )
        return None if after_due is None else (after_due, over_30)

    @api.model
    def _collect_cases(self, company, partner_ids):
        """Return {partner id: [Case]} of the instalments of customers, in one query.

        Due dates are moved by the calendar of the root company as it is now.
        """
        behaviour = self.env["sale.collection.behaviour"]
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id, issued, due, paid, amount FROM (%s) trade"
                " ORDER BY partner_id, due, issued",
                behaviour._get_trade_sql(company, partner_ids),
            )
        )
        effective = company._collection_effective_dues({row[2] for row in rows})
        customers = defaultdict(list)
        for partner_id, issued, due, paid, amount in rows:
            case = Case(issued, due, effective[due], paid, amount)
            customers[partner_id].append(case)
        return customers

    @api.model
    def _read_habits(self, company):
        """Return what is stored of the customers that have paid, as dicts."""
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT id, partner_id, %s
                  FROM sale_collection_profile
                 WHERE company_id = %s AND (paid_count > 0 OR open_late_count > 0)
              ORDER BY id
                """,
                columns_sql(HABIT),
                company.id,
            )
        )

    # === WRITE ===#

    @api.model
    def _write_habits(self, company, rows, customers):
        """Write the habits of these customers that differ from what is stored.

        :param rows: result of `_read_habits`
        :param customers: {partner id: [Case]}
        :return: number of profiles written
        """
        off = self._find_days_off(company, customers)
        wanted = [
            (row, self._prepare_habit(customers[row["partner_id"]], off))
            for row in rows
        ]
        changed = [
            (row["id"], *habit.values())
            for row, habit in wanted
            if any(row[name] != value for name, value in habit.items())
        ]
        update_rows(self.env, "sale_collection_profile", HABIT, changed)
        self.env["sale.collection.profile"].invalidate_model([*HABIT], flush=False)
        return len(changed)

    @api.model
    def _find_days_off(self, company, customers):
        """Return the days off among these payments and the days before each."""
        paid = [
            case.paid for cases in customers.values() for case in cases if case.paid
        ]
        if not paid:
            return set()
        days = {
            day.fromordinal(number)
            for day in set(paid)
            for number in range(
                max(1, day.toordinal() - LONGEST_CLOSING), day.toordinal() + 1
            )
        }
        moved = company._collection_effective_dues(days)
        return {day for day in days if moved[day] != day}

    @api.model
    def _prepare_habit(self, cases, days_off):
        """Return the values of `HABIT` for the instalments of one customer."""
        paid = [case for case in cases if case.paid]
        found = learn_habit(paid, lambda day: day not in days_off)
        month_days, weekdays = found.payment_days
        values = (
            found.count,
            *found.thirds,
            ",".join(map(str, month_days)) or None,
            str(weekdays[0]) if weekdays else None,
        )
        return dict(zip(HABIT, values, strict=True))
