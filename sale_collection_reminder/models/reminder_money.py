from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..tools.ladder import BankLine, Credit

# Days an online payment that is not confirmed counts as on its way.
PENDING_DAYS = 5
# Days an unmatched bank line speaks for a customer, and a bank journal is in use.
BANK_DAYS = 60


class SaleCollectionReminder(models.Model):
    """Money that is there but matched to nothing: nobody is asked for it again."""

    _inherit = "sale.collection.reminder"

    @api.model
    def _collect_credits(self, company, partner_ids):
        """Return {customer: payments and credit notes not matched to anything}."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contact.commercial_partner_id, -line.amount_residual::float8,
                       move.reversed_entry_id
                  FROM account_move_line line
                  JOIN res_partner contact ON contact.id = line.partner_id
                  JOIN account_move move ON move.id = line.move_id
                 WHERE %s AND line.amount_residual < 0
              ORDER BY line.id
                """,
                self._get_scope(company, "infinity", partner_ids),
            )
        )
        credits = {}
        for partner_id, amount, move_id in rows:
            credits.setdefault(partner_id, []).append(Credit(amount, move_id))
        return credits

    @api.model
    def _collect_paying(self, company):
        """Return the invoices with an online payment that is not booked yet."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT link.invoice_id
                  FROM payment_transaction payment
                  JOIN account_invoice_transaction_rel link
                    ON link.transaction_id = payment.id
                 WHERE payment.company_id IN (%(companies)s)
                   AND (payment.state = 'authorized'
                        OR payment.state IN ('pending', 'done')
                           AND payment.payment_id IS NULL
                           AND payment.last_state_change
                               > %(now)s - %(days)s * INTERVAL '1 day')
                """,
                companies=self._get_tree_sql(company),
                now=self.env.cr.now(),
                days=PENDING_DAYS,
            )
        )
        return {row[0] for row in rows}

    # === THE BANK ===#

    @api.model
    def _collect_bank_lines(self, company, today):
        """Return the recent money on the bank that is not matched to anything."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT bank.amount::float8, contact.commercial_partner_id,
                       CONCAT_WS(' ', bank.payment_ref, move.ref)
                  FROM account_bank_statement_line bank
                  JOIN account_move move ON move.id = bank.move_id
             LEFT JOIN res_partner contact ON contact.id = bank.partner_id
                 WHERE bank.is_reconciled IS NOT TRUE
                   AND bank.amount > 0
                   AND move.state = 'posted'
                   AND move.date > %s
                   AND bank.company_id IN (%s)
                """,
                today - timedelta(BANK_DAYS),
                self._get_tree_sql(company),
            )
        )
        return [BankLine._make(row) for row in rows]

    @api.model
    def _is_bank_stale(self, company, today):
        """Tell whether somebody may have paid without our knowing.

        Each bank journal in use counts; a company without bank transactions has
        nothing to wait for.
        """
        limit = company.sudo().collection_stale_bank_days
        if not limit:
            return False
        rows = self.env.execute_query(
            SQL(
                """
                SELECT MAX(move.date)
                  FROM account_bank_statement_line bank
                  JOIN account_move move ON move.id = bank.move_id
                 WHERE bank.company_id IN (%s) AND move.state = 'posted'
              GROUP BY bank.journal_id
                """,
                self._get_tree_sql(company),
            )
        )
        days = [row[0] for row in rows]
        used = [day for day in days if day > today - timedelta(BANK_DAYS)]
        return bool(days) and min(used or days) < today - timedelta(limit)
