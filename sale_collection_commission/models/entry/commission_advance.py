from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import open_lines_of_sql
from odoo.addons.sale_collection.models.ledger.judged_due import (
    join_moved,
    judged_due,
)

from ...tools import accrual, commission
from ...tools.commission_plan import Receipt
from .bulk import ids_sql
from .commission_entry import FAMILY, IS_LIVE

# Less of a cent than rounding errors of sums make.
TINY = 1e-6

ADVANCE_KINDS = ("advance", "claw_back", "give_back")


class SaleCollectionCommissionAdvance(models.AbstractModel):
    """Books advances on posted invoices and takes them back when no money comes.

    Money that comes sets its part of the advance off against what it earns.
    """

    _name = "sale.collection.commission.advance"
    _description = "Commission advance"

    # === ADVANCES ===#

    @api.model
    def _book_advances(self, today=None):
        """Book advances on open invoices, take back those of invoices not posted.

        :return: number of entries appended
        """
        plans = self.env["sale.collection.commission.plan"].search(
            [("advance_percent", ">", 0)]
        )
        entries = self.env["sale.collection.commission.entry"]
        appended = len(entries._reverse(self._get_lost_advances_sql()))
        if not plans:
            return appended
        invoices = self._collect_open_invoices(plans, today)
        reader = self.env["sale.collection.commission.facts"]
        facts = reader._collect_facts(invoices, today)
        return appended + entries._append(
            [entry for row in invoices for entry in accrual.decide_advances(row, facts)]
        )

    @api.model
    def _collect_open_invoices(self, plans, today=None):
        """Return the open invoices nothing was booked on, as money to come."""
        companies = self.env["res.company"].search(
            [("id", "child_of", plans.company_id.ids)]
        )
        todays = companies._collection_todays()
        if today:
            todays = dict.fromkeys(todays, today)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT NULL, move.company_id, move.id, move.commercial_partner_id,
                       move.invoice_user_id, move.team_id, NULL, 'cash',
                       move.invoice_date, 0, move.amount_total_signed,
                       move.amount_total, move.currency_id, currency.rounding,
                       own_currency.rounding, NULL, move.invoice_date,
                       move.amount_total,
                       1 + (SELECT COUNT(*) FROM sale_collection_commission_entry entry
                             WHERE entry.move_ref = move.id
                               AND entry.kind = 'advance'
                               AND entry.reversal_of_id IS NULL)
                  FROM account_move move
                  JOIN res_currency currency ON currency.id = move.currency_id
                  JOIN res_company company ON company.id = move.company_id
                  JOIN res_currency own_currency
                    ON own_currency.id = company.currency_id
                 WHERE move.move_type = 'out_invoice' AND move.state = 'posted'
                   -- Blocked by hand: no money is expected of it for now.
                   AND move.payment_state IS DISTINCT FROM 'blocked'
                   AND move.id IN (SELECT move_id FROM (%(lines)s) line
                                    WHERE residual > 0)
                   AND move.amount_total > 0
                   AND move.company_id = ANY(%(companies)s)
                   AND move.invoice_date >= %(start)s
                   AND NOT EXISTS (
                       SELECT FROM sale_collection_commission_entry entry
                        WHERE entry.move_ref = move.id
                          AND entry.reversal_of_id IS NULL AND %(is_live)s)
                 ORDER BY move.id
                """,
                companies=companies.ids,
                lines=open_lines_of_sql(todays),
                start=min(plans.mapped("date_from")),
                is_live=IS_LIVE,
            )
        )
        return [Receipt(*row) for row in rows]

    @api.model
    def _get_lost_advances_sql(self):
        """SQL of the entries on invoices that are not posted any more."""
        return SQL(
            """SELECT entry.id AS entry_id, NULL::int AS receipt_id
                 FROM sale_collection_commission_entry entry
                 LEFT JOIN account_move move ON move.id = entry.move_id
                WHERE (entry.kind = ANY(%s)
                       OR entry.kind = 'rounding' AND entry.receipt_id IS NULL)
                  AND entry.reversal_of_id IS NULL
                  AND move.state IS DISTINCT FROM 'posted'""",
            list(ADVANCE_KINDS),
        )

    # === TAKEN AND GIVEN BACK ===#

    @api.model
    def _claw_back(self, today=None):
        """Take back advances on overdue debts, give them back on what is paid later.

        :return: number of entries appended
        """
        entries = [
            self._prepare_claw_back(row, gap)
            for row, gap in self._find_claw_backs(today)
        ]
        return self.env["sale.collection.commission.entry"]._append(entries)

    @api.model
    def _find_claw_backs(self, today=None):
        """Return pairs of an advance and what is still to be taken back of it."""
        advances = self._collect_standing_advances()
        instalments = self._collect_instalments({row["move_ref"] for row in advances})
        companies = self.env["res.company"].browse({r["company_id"] for r in advances})
        days = {c.id: today or c._collection_today() for c in companies}
        found = []
        for row in advances:
            row["today"] = days[row["company_id"]]
            target = commission.claw_back(
                row["advance"],
                instalments[row["move_ref"]],
                row["total"],
                row["today"],
                row["claw_back_days"],
            )
            gap = target - row["taken"]
            if abs(gap) > TINY:
                found.append((row, gap))
        return found

    @api.model
    def _prepare_claw_back(self, row, gap):
        """Return the entry that takes `gap` of an advance back, or gives it back."""
        percent = round(100 * gap / row["advance"], 2)
        amount = commission.rounding_gap(row["exact"] - gap, row["booked"], row["cent"])
        return accrual.Entry(
            **{
                name: row[name]
                for name in (
                    *("company_id", "move_id", "move_ref", "partner_id", "user_id"),
                    *("agent_id", "plan_id", "rate_id", "currency_id", "occurrence"),
                )
            },
            receipt_id=None,
            kind="claw_back" if gap > 0 else "give_back",
            date=row["today"],
            days_late=0,
            base_amount=commission.round_cent(-gap, row["cent"]),
            rate=100.0,
            factor=1.0,
            share=1.0,
            advanced=0.0,
            exact=-gap,
            amount=amount,
            amount_company=commission.round_cent(
                amount * row["advance_company"] / row["advance"], row["company_cent"]
            ),
            detail=f"{-percent:g} % x {row['advance']:.2f}",
        )

    @api.model
    def _collect_standing_advances(self):
        """Return the advances that stand, one dict an earner, invoice and rate."""
        move_ids = self._find_advanced_invoices()
        if not move_ids:
            return []
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT entry.company_id, entry.move_id, entry.move_ref,
                       entry.partner_id, entry.user_id, entry.agent_id, entry.plan_id,
                       entry.rate_id, entry.currency_id, plan.claw_back_days,
                       move.amount_total AS total,
                       SUM(entry.amount) FILTER (WHERE kind = 'advance') AS advance,
                       SUM(entry.amount_company) FILTER (WHERE kind = 'advance')
                           AS advance_company,
                       -COALESCE(SUM(entry.exact) FILTER (
                           WHERE kind IN ('claw_back', 'give_back')), 0) AS taken,
                       1 + COUNT(*) FILTER (
                           WHERE kind IN ('claw_back', 'give_back')
                             AND entry.reversal_of_id IS NULL) AS occurrence,
                       SUM(entry.exact) AS exact, SUM(entry.amount) AS booked,
                       MIN(currency.rounding) AS cent,
                       MIN(own_currency.rounding) AS company_cent
                  FROM sale_collection_commission_entry entry
                  JOIN sale_collection_commission_plan plan ON plan.id = entry.plan_id
                  JOIN account_move move ON move.id = entry.move_id
                  JOIN res_currency currency ON currency.id = entry.currency_id
                  JOIN res_company company ON company.id = entry.company_id
                  JOIN res_currency own_currency
                    ON own_currency.id = company.currency_id
                 WHERE %s = 'accrual' AND entry.move_ref = ANY(%s)
                 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
                HAVING SUM(entry.amount) FILTER (WHERE kind = 'advance') <> 0
                 ORDER BY 3, 5, 6, 7, 8
                """,
                FAMILY,
                ids_sql(move_ids),
            )
        )

    @api.model
    def _find_advanced_invoices(self):
        """Return the ids of the invoices on which an advance stands."""
        # By the index of advances: most books have none, and nothing else is read.
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move_ref FROM sale_collection_commission_entry
                 WHERE kind = 'advance'
                 GROUP BY move_ref HAVING SUM(amount) <> 0
                """
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _collect_instalments(self, move_ids):
        """Return {invoice: (due date, settled without money, open) of instalments}.

        By the receipt ledger: what drafts settle is open.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.move_id, MIN(%(due)s),
                       COALESCE(SUM(receipt.amount_currency)
                                FILTER (WHERE receipt.kind <> 'cash'), 0),
                       line.amount_currency - COALESCE(SUM(receipt.amount_currency), 0)
                  FROM account_move_line line
                  JOIN account_account account ON account.id = line.account_id
                  LEFT JOIN sale_collection_receipt receipt
                         ON receipt.line_ref = line.id
                  %(moved)s
                 WHERE line.move_id = ANY(%(ids)s)
                   AND account.account_type = 'asset_receivable'
                 GROUP BY line.id
                """,
                due=judged_due(SQL("COALESCE(line.date_maturity, line.date)")),
                moved=join_moved(SQL("line.id")),
                ids=ids_sql(move_ids),
            )
        )
        instalments = defaultdict(list)
        for move_id, *instalment in rows:
            instalments[move_id].append(instalment)
        return instalments
