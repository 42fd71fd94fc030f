from io import StringIO

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ..tools import accrual

INVOICE_BATCH = 5000


class SaleCollectionCommissionEntry(models.Model):
    """From receipts to entries: collect in batch, decide on values, append."""

    _inherit = "sale.collection.commission.entry"

    @api.model
    def _accrue(self, today=None):
        """Book commission for money that has none, take back that of undone money.

        Also advances, tiers and caps. Safe to run twice or late: it compares what
        there is with what there should be.

        :param date today: the companies' own when left out
        :return: number of entries appended
        """
        self.env.flush_all()
        taken_back = self._take_back() + self._take_back_uncleared(today)
        appended = len(taken_back) + self._book_advances(today)
        self.env["sale.collection.commission.gap"]._forget_undone()
        fresh = self._get_fresh_receipts()
        for moves in split_every(INVOICE_BATCH, fresh, list):
            receipt_ids = [row_id for move in moves for row_id in fresh[move]]
            appended += self._accrue_receipts(receipt_ids, today)
        appended += self._close_cents(sorted(set(taken_back)))
        appended += self._claw_back(today) + self._book_periods(today)
        self.invalidate_model(flush=False)
        return appended

    @api.model
    def _accrue_receipts(self, receipt_ids, today=None):
        """Judge rows of money: book what they earn, note who earns nothing.

        :return: number of entries appended
        """
        entries, gaps = self._decide_receipts(receipt_ids, today)
        self.env["sale.collection.commission.gap"]._replace(receipt_ids, gaps)
        return self._append(entries)

    @api.model
    def _decide_receipts(self, receipt_ids, today=None):
        """Return the entries and gaps rows of money make, nothing written."""
        receipts = self._collect_receipts(receipt_ids)
        return accrual.decide(receipts, self._collect_facts(receipts, today))

    @api.model
    def _append(self, entries):
        """Insert entries given as values.

        What another session has booked since ends in a serialization error, which
        callers retry, not in a violated index.
        """
        if not entries:
            return 0
        columns = self._get_columns_sql(accrual.Entry._fields)
        # By COPY and not by VALUES: there may be as many as there are payments.
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collection_new_entry ON COMMIT DROP AS
                SELECT %s FROM sale_collection_commission_entry LIMIT 0
                """,
                columns,
            )
        )
        rows = StringIO("\n".join(map(self._format_row, entries)))
        self.env.cr.copy_expert("COPY collection_new_entry FROM STDIN", rows)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO sale_collection_commission_entry (%(columns)s, booked_at)
                SELECT %(columns)s, %(now)s FROM collection_new_entry
                    ON CONFLICT DO NOTHING;
                DROP TABLE collection_new_entry
                """,
                columns=columns,
                now=fields.Datetime.now(),
            )
        )
        return len(entries)

    @api.model
    def _format_row(self, entry):
        """Return an entry as a line of COPY; its texts are codes and figures."""
        return "\t".join(["\\N" if value is None else str(value) for value in entry])
