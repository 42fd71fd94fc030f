from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from .commission_undo import MONEY_KINDS


class SaleCollectionCommissionEntry(models.Model):
    """Entries not settled yet follow later decisions, but only when asked."""

    _inherit = "sale.collection.commission.entry"

    @api.model
    def _find_unsettled(self, domain):
        """Return the rows of money with unsettled entries that a domain selects."""
        entries = self.search(
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
    def _preview(self, receipt_ids):
        """Return what booking rows of money again would change, nothing changed.

        :return: {(money, invoice, rep, agent, currency): (amount now, amount then)}
            where they differ; settled entries stay out of it
        """
        before = self._collect_unsettled(receipt_ids)
        with self.env.cr.savepoint(flush=False) as savepoint:
            self._reverse(self._get_unsettled_sql(receipt_ids))
            entries, __ = self._decide_receipts(receipt_ids)
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
        return {place: tuple(amounts) for place, amounts in sorted_places(sums)}

    @api.model
    def _get_place(self, values):
        """Return who earns what on which money by which plan and rate."""
        names = ("receipt_id", "move_id", "user_id", "agent_id", "currency_id")
        return tuple(values[name] for name in (*names, "plan_id", "rate_id", "kind"))

    @api.model
    def _recompute_money(self, receipt_ids):
        """Book rows of money again as things stand now; settled entries stay.

        :return: number of entries appended
        """
        self.env.flush_all()
        changed = sorted({place[0] for place in self._preview(receipt_ids)})
        moves = self._reverse(self._get_unsettled_sql(changed))
        appended = len(moves) + self._accrue_receipts(changed)
        appended += self._close_cents(sorted(set(moves)))
        self.invalidate_model(flush=False)
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
            self._get_live_condition(),
        )


def sorted_places(sums):
    """Return the items of sums by place, those without rep or agent included."""
    return sorted(sums.items(), key=lambda item: tuple(part or 0 for part in item[0]))
