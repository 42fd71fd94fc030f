from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ...tools.figures import DEBT_KEYS
from ..core.open_line import IS_DEBT, join_tolerance, open_lines_sql
from ..ledger.judged_due import join_moved, judged_due


class SaleCollectionDebts(models.AbstractModel):
    """Reads what customers owe, and what confirmed orders will add to it."""

    _name = "sale.collection.debts"
    _description = "Debts of customers"

    @api.model
    def _collect_debts(self, company, today, partner_ids=None):
        """Read open balances and orders not billed yet, in one query.

        :param company: root company; its branches count too
        :param partner_ids: commercial partners; all when left out
        :return: {partner id: {one of DEBT_KEYS: value}}; amounts in company currency,
            `overdue_days_weight` is the sum of overdue amounts x days overdue, as
            `amount_late` and `judged_due_date` by the judged due date
        """
        query = self._get_debts_sql(company, today, partner_ids)
        rows = self.env.execute_query(query)
        return {row[0]: dict(zip(DEBT_KEYS, row[1:], strict=True)) for row in rows}

    @api.model
    def _get_debts_sql(self, company, today, partner_ids):
        """Select `partner_id` and `DEBT_KEYS`, as `_collect_debts` returns them."""
        return SQL(
            """
            WITH open_line AS MATERIALIZED (  -- ages: once, not per sum
                %(open_lines)s
            ),
            ordered AS (%(ordered)s),
            owed AS (
                SELECT partner_id,
                       SUM(debit) AS amount_open,
                       SUM(debit - residual) AS unapplied,
                       SUM(residual) AS balance,
                       SUM(debit) FILTER (WHERE age > 0) AS overdue,
                       SUM(debit) FILTER (WHERE age <= 0) AS not_due,
                       SUM(debit) FILTER (WHERE age BETWEEN 1 AND 30) AS days_30,
                       SUM(debit) FILTER (WHERE age BETWEEN 31 AND 60) AS days_60,
                       SUM(debit) FILTER (WHERE age BETWEEN 61 AND 90) AS days_90,
                       SUM(debit) FILTER (WHERE age > 90) AS days_over,
                       SUM(debit) FILTER (WHERE judged_age > 0) AS late_amount,
                       SUM(debit * judged_age) FILTER (WHERE judged_age > 0)
                           AS weight,
                       COUNT(*) FILTER (
                           WHERE is_debt AND judged + excused <= %(late_until)s
                       ) AS late,
                       MIN(due) FILTER (WHERE is_debt) AS oldest,
                       MIN(judged) FILTER (WHERE is_debt) AS oldest_judged
                  FROM open_line
                 GROUP BY partner_id
            )
            SELECT partner_id,
                   COALESCE(amount_open, 0) AS amount_open,
                   COALESCE(unapplied, 0) AS amount_unapplied,
                   COALESCE(overdue, 0) AS amount_overdue,
                   COALESCE(not_due, 0) AS amount_not_due,
                   COALESCE(days_30, 0) AS amount_1_30,
                   COALESCE(days_60, 0) AS amount_31_60,
                   COALESCE(days_90, 0) AS amount_61_90,
                   COALESCE(days_over, 0) AS amount_over_90,
                   ROUND(COALESCE(balance, 0) + COALESCE(amount, 0), %(digits)s)
                       AS exposure,
                   oldest AS oldest_due_date,
                   COALESCE(late, 0) AS open_late_count,
                   COALESCE(weight, 0) AS overdue_days_weight,
                   COALESCE(late_amount, 0) AS amount_late,
                   oldest_judged AS judged_due_date
              FROM owed
              FULL JOIN ordered USING (partner_id)
            """,
            open_lines=self._get_open_line_sql(company, today, partner_ids),
            ordered=self.env["sale.collection.exposure"]._get_ordered_sql(
                company, partner_ids, today
            ),
            digits=company.currency_id.decimal_places,
            late_until=self._get_late_until_sql(company, today),
        )

    @api.model
    def _get_open_line_sql(self, company, today, partner_ids):
        """Select the open receivable lines: customer, amounts, due date, age in days.

        `excused` are the days we were at fault ourselves. A rest within the tolerance
        is in the amounts, but is no debt that could be late.
        """
        profiles = self.env["sale.collection.profile"]
        return SQL(
            """
            SELECT contact.commercial_partner_id AS partner_id,
                   line.residual,
                   GREATEST(line.residual, 0) AS debit,
                   %(is_debt)s AS is_debt,
                   line.date_due AS due,
                   line.today - line.date_due AS age,
                   %(judged)s AS judged,
                   line.today - %(judged)s AS judged_age,
                   COALESCE(fault.days, 0) AS excused
              FROM (%(lines)s) line
              JOIN res_partner contact ON contact.id = line.partner_id
         LEFT JOIN (%(faults)s) fault ON fault.line_id = line.id
              %(tolerance)s
              %(moved)s
            """,
            is_debt=IS_DEBT,
            tolerance=join_tolerance(company),
            judged=judged_due(SQL("line.date_due")),
            moved=join_moved(SQL("line.id")),
            lines=open_lines_sql(
                company, today, profiles._get_line_condition(partner_ids)
            ),
            faults=profiles._get_fault_sql(company, partner_ids),
        )

    @api.model
    def _get_late_until_sql(self, company, today):
        """Return the last due date that counts as late, after grace.

        A due date on a day off moves to the next working day, so what fell due after
        the last working day before the grace began is not late yet.
        """
        last = today - timedelta(days=company.collection_grace_days + 1)
        return SQL(
            """COALESCE((
                SELECT day::date
                  FROM GENERATE_SERIES(%(last)s, %(last)s - 31, -INTERVAL '1 day') day,
                       res_company company
                 WHERE company.id = %(company)s AND %(working_day)s = day
                 LIMIT 1
            ), %(last)s)""",
            last=SQL("%s::date", last),
            company=company.id,
            working_day=company._collection_working_day_sql(
                SQL("company"), SQL("day::date")
            ),
        )
