import logging

import psycopg2

from odoo import api, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL, split_every

_logger = logging.getLogger(__name__)

AUDIT_BATCH = 500

# What makes two rows the same money; every other column is snapshot.
IDENTITY = (
    "line_ref",
    "counterpart_ref",
    "kind",
    "date",
    "amount",
    "amount_currency",
    "currency_id",
)


class SaleCollectionReceipt(models.Model):
    """The whole ledger beside the accounting, found and repaired."""

    _inherit = "sale.collection.receipt"

    @api.model
    def _audit(self, repair=True):
        """Compare the whole ledger with the accounting.

        :param bool repair: append what is missing, reverse what is surplus, move
            rows to the customer who owes the debt now
        :return: the differences found before repair, as a list of dicts with the
            identity columns and `difference`: `missing`, `surplus`, `owner`, or
            `rejected_payment` (a payment marked rejected whose entry still settles
            invoices; reported, left to the accountant)
        """
        # What this transaction has touched is late, not wrong.
        self.env.cr.flush()
        found = self._get_differences()
        if repair:
            line_ids = sorted({row["line_ref"] for row in found})
            for batch in split_every(AUDIT_BATCH, line_ids, list):
                self._repair(self.env["account.move.line"].browse(batch))
        if found:
            _logger.info("Receipt ledger: %s rows differed", len(found))
        return found + self._get_rejected_payments()

    @api.model
    def _repair(self, lines):
        """Sync lines; leave to a session that is at the same lines what it does."""
        try:
            self._sync(lines)
        except (ConcurrencyError, psycopg2.OperationalError):
            _logger.info("Another session mirrors the same lines: %s", lines.ids)

    @api.model
    def _get_differences(self):
        """Return what `_sync` over everything would change, as a list of dicts."""
        columns = SQL(", ").join(map(SQL.identifier, IDENTITY))
        return self.env.execute_query_dict(
            SQL(
                """
                WITH %(comparison)s
                SELECT 'missing' AS difference, NULL AS id, line_ref, counterpart_ref,
                       kind, paid_on AS date, amount, amount_currency, currency_id
                  FROM missing
                 UNION ALL
                SELECT 'surplus', id, %(columns)s FROM surplus
                 UNION ALL
                SELECT 'owner', id, %(columns)s
                  FROM sale_collection_receipt receipt
                 WHERE receipt.id IN (%(moved)s)
                 ORDER BY line_ref, counterpart_ref, kind, difference
                """,
                comparison=self._get_comparison_ctes(SQL("TRUE"), SQL("TRUE")),
                columns=columns,
                moved=self._get_moved_query(SQL("TRUE")),
            )
        )

    @api.model
    def _get_rejected_payments(self):
        """Return customer payments marked rejected that still settle invoices."""
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT 'rejected_payment' AS difference, payment.id AS payment_id,
                       payment.date, payment.amount, payment.currency_id,
                       payment.partner_id
                  FROM account_payment payment
                  JOIN account_move move ON move.id = payment.move_id
                 WHERE payment.state = 'rejected'
                   AND payment.partner_type = 'customer'
                   AND move.state = 'posted'
                   AND NOT EXISTS (
                       SELECT FROM account_move reversal
                        WHERE reversal.reversed_entry_id = move.id
                          AND reversal.state = 'posted')
                 ORDER BY payment.id
                """
            )
        )
