from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL, split_every

from ..tools import accrual
from ..tools.commission_plan import is_cleared
from .commission_entry import IS_LIVE, MONEY_KINDS

INVOICE_BATCH = 5000


class SaleCollectionCommissionAccrual(models.AbstractModel):
    """Brings the entries to what the money calls for.

    It collects facts in batch, decides on plain values and appends entries. What was
    decided after an entry was booked changes it only when a manager recomputes, and
    never once it is settled.
    """

    _name = "sale.collection.commission.accrual"
    _description = "Commission accrual"

    @api.model
    def _accrue(self, today=None):
        """Append the entries that are missing and take back those of undone money.

        :param date today: each company's own when left out
        :return: number of entries appended
        """
        self.env.flush_all()
        entries = self.env["sale.collection.commission.entry"]
        advances = self.env["sale.collection.commission.advance"]
        taken_back = self._take_back_undone() + self._take_back_uncleared(today)
        appended = len(taken_back) + advances._book_advances(today)
        self.env["sale.collection.commission.gap"]._forget_undone()
        facts = self.env["sale.collection.commission.facts"]
        fresh = facts._get_fresh_receipts()
        for moves in split_every(INVOICE_BATCH, fresh, list):
            receipt_ids = [row_id for move in moves for row_id in fresh[move]]
            appended += self._book_receipts(receipt_ids, today)
        appended += entries._close_cents(sorted(set(taken_back)))
        appended += advances._claw_back(today)
        appended += self.env["sale.collection.commission.period"]._book_periods(today)
        entries.invalidate_model(flush=False)
        return appended

    # === MONEY ===#

    @api.model
    def _book_receipts(self, receipt_ids, today=None):
        """Book what rows of money earn and note on which of them nobody earns.

        :return: number of entries appended
        """
        entries, gaps = self._judge_receipts(receipt_ids, today)
        self.env["sale.collection.commission.gap"]._record_gaps(receipt_ids, gaps)
        return self.env["sale.collection.commission.entry"]._append(entries)

    @api.model
    def _judge_receipts(self, receipt_ids, today=None):
        """Return the entries and gaps of rows of money as values; write nothing."""
        facts = self.env["sale.collection.commission.facts"]
        receipts = facts._collect_receipts(receipt_ids)
        return accrual.decide(receipts, facts._collect_facts(receipts, today))

    @api.model
    def _take_back_undone(self):
        """Answer each undone row of money with the exact negative of its entries.

        :return: ids of the invoices concerned, one item an entry
        """
        return self.env["sale.collection.commission.entry"]._reverse(
            SQL(
                """SELECT entry.id AS entry_id, undo.id AS receipt_id
                     FROM sale_collection_receipt undo
                     JOIN sale_collection_commission_entry entry
                       ON entry.receipt_id = undo.reversal_of_id"""
            )
        )

    # === MONEY NOT CLEARED ===#

    @api.model
    def _take_back_uncleared(self, today=None):
        """Take back the entries of money whose bank line was unmatched since.

        Only plans that wait for money to clear do so.

        :return: ids of the invoices concerned, one item an entry
        """
        entries = self.env["sale.collection.commission.entry"]
        facts = self.env["sale.collection.commission.facts"]
        plans = self.env["sale.collection.commission.plan"]._search_with_replaced(
            [("clearing", "=", "cleared")]
        )
        taken_back = []
        for plan in plans:
            rules = plan._get_rules()
            day = today or plan.company_id._collection_today()
            receipts = facts._collect_receipts(self._get_unbanked_receipts(plan))
            lost = [row.id for row in receipts if not is_cleared(rules, row, day)]
            taken_back += entries._reverse(self._get_pairs_sql(plan, lost))
        return taken_back

    @api.model
    def _get_pairs_sql(self, plan, receipt_ids):
        """SQL of the entries of a plan on rows of money, and that money."""
        return SQL(
            """SELECT id AS entry_id, receipt_id
                 FROM sale_collection_commission_entry
                WHERE plan_id = %s AND receipt_id = ANY(%s)""",
            plan.id,
            receipt_ids,
        )

    @api.model
    def _get_unbanked_receipts(self, plan):
        """Return rows of payments without bank line that a plan has paid on."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT entry.receipt_id
                  FROM sale_collection_commission_entry entry
                  JOIN sale_collection_receipt receipt
                    ON receipt.id = entry.receipt_id
                  JOIN account_move_line other
                    ON other.id = receipt.counterpart_line_id
                  JOIN account_payment payment ON payment.move_id = other.move_id
                  JOIN account_journal journal ON journal.id = other.journal_id
                 WHERE entry.plan_id = %s AND entry.reversal_of_id IS NULL
                   AND payment.is_matched IS NOT TRUE AND journal.type <> 'cash'
                   AND %s
                """,
                plan.id,
                IS_LIVE,
            )
        )
        return [row[0] for row in rows]

    # === RECOMPUTE ===#

    @api.model
    def _find_unsettled(self, domain):
        """Return the ids of the money whose unsettled entries a domain selects."""
        entries = self.env["sale.collection.commission.entry"].search(
            [
                *domain,
                ("kind", "in", MONEY_KINDS),
                ("receipt_id", "!=", False),
                ("reversal_of_id", "=", False),
                ("settlement_id", "=", False),
            ]
        )
        return entries.receipt_id.ids

    @api.model
    def _preview_changes(self, receipt_ids):
        """Return what booking rows of money again would change; change nothing.

        :return: {(money, invoice, rep, agent, currency): (amount now, amount then)}
            where they differ; settled entries stay out of it
        """
        before = self._collect_unsettled(receipt_ids)
        with self.env.cr.savepoint(flush=False) as savepoint:
            self.env["sale.collection.commission.entry"]._reverse(
                self._get_unsettled_sql(receipt_ids)
            )
            entries, __ = self._judge_receipts(receipt_ids)
            savepoint.rollback()
        after = {}
        for entry in entries:
            key = self._get_place(entry._asdict())
            after[key] = (entry.amount, entry.exact)
        sums = defaultdict(lambda: [0.0, 0.0])
        for key in before.keys() | after.keys():
            now, then = before.get(key, (0.0, 0.0)), after.get(key, (0.0, 0.0))
            if abs(now[1] - then[1]) > 1e-6 or (key in before) != (key in after):
                place = sums[key[:5]]
                place[0] += now[0]
                place[1] += then[0]
        return {place: tuple(amounts) for place, amounts in _sort_places(sums)}

    @api.model
    def _get_place(self, values):
        """Return what tells entries apart: money, earner, plan, rate and kind."""
        names = ("receipt_id", "move_id", "user_id", "agent_id", "currency_id")
        return tuple(values[name] for name in (*names, "plan_id", "rate_id", "kind"))

    @api.model
    def _recompute_money(self, receipt_ids):
        """Book rows of money again as things stand now; settled entries stay.

        :return: number of entries appended
        """
        self.env.flush_all()
        entries = self.env["sale.collection.commission.entry"]
        changed = sorted({place[0] for place in self._preview_changes(receipt_ids)})
        moves = entries._reverse(self._get_unsettled_sql(changed))
        appended = len(moves) + self._book_receipts(changed)
        appended += entries._close_cents(sorted(set(moves)))
        entries.invalidate_model(flush=False)
        return appended

    @api.model
    def _collect_unsettled(self, receipt_ids):
        """Return {place: (amount, exact)} of the live unsettled entries of money."""
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT entry.* FROM sale_collection_commission_entry entry
                  JOIN (%s) pair ON pair.entry_id = entry.id
                """,
                self._get_unsettled_sql(receipt_ids),
            )
        )
        return {self._get_place(row): (row["amount"], row["exact"]) for row in rows}

    @api.model
    def _get_unsettled_sql(self, receipt_ids):
        """SQL of the live unsettled entries of rows of money, and that money."""
        return SQL(
            """SELECT entry.id AS entry_id, entry.receipt_id
                 FROM sale_collection_commission_entry entry
                WHERE entry.receipt_id = ANY(%s) AND entry.kind = ANY(%s)
                  AND entry.reversal_of_id IS NULL
                  AND entry.settlement_id IS NULL AND %s""",
            receipt_ids,
            list(MONEY_KINDS),
            IS_LIVE,
        )


def _sort_places(sums):
    """Return the items of sums by place, those without rep or agent included."""
    return sorted(sums.items(), key=lambda item: tuple(part or 0 for part in item[0]))
