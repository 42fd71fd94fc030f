from odoo import api, models
from odoo.tools import SQL

from ..tools.commission_plan import is_cleared


class SaleCollectionCommissionEntry(models.Model):
    """Plans that count money when it is really there: what no longer is."""

    _inherit = "sale.collection.commission.entry"

    @api.model
    def _take_back_uncleared(self, today=None):
        """Take back what was earned on money whose bank line was unmatched since.

        :return: the invoices concerned, one item an entry
        """
        plans = self._get_all_plans([("clearing", "=", "cleared")])
        taken_back = []
        for plan in plans:
            rules = plan._get_rules()
            day = today or plan.company_id._collection_today()
            receipts = self._collect_receipts(self._get_unbanked_receipts(plan))
            lost = [row.id for row in receipts if not is_cleared(rules, row, day)]
            taken_back += self._reverse(self._get_pairs_sql(plan, lost))
        return taken_back

    @api.model
    def _get_pairs_sql(self, plan, receipt_ids):
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
                self._get_live_condition(),
            )
        )
        return [row[0] for row in rows]
