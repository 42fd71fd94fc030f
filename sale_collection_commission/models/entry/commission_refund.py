from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ...tools.pieces import Piece
from .bulk import ids_sql
from .commission_entry import IS_LIVE


class SaleCollectionCommissionRefund(models.AbstractModel):
    """Reads what the money of credited invoices has earned, for refunds to take back.

    A refund follows that money: when it is undone or comes anew, the refund is booked
    again.
    """

    _name = "sale.collection.commission.refund"
    _description = "Commission on refunds"

    @api.model
    def _collect_originals(self, receipts, todays):
        """Return {credit note: rows of the money its invoice was paid with}.

        Credit notes whose invoice nobody has paid stand there with an empty list;
        those that name no invoice do not.

        :param todays: {company: the day up to which money counts}
        """
        refunded = list({receipt.move_id for receipt in receipts if receipt.amount < 0})
        rows = refunded and self.env.execute_query(
            SQL(
                """
                SELECT note.id, paid.id
                  FROM account_move note
                  LEFT JOIN sale_collection_receipt paid
                         ON paid.move_id = note.reversed_entry_id
                        AND paid.kind = 'cash' AND paid.reversal_of_id IS NULL
                        AND NOT EXISTS (
                            SELECT FROM sale_collection_receipt undo
                             WHERE undo.reversal_of_id = paid.id)
                 WHERE note.id = ANY(%s) AND note.move_type = 'out_refund'
                   AND note.reversed_entry_id IS NOT NULL
                 ORDER BY note.id, paid.id
                """,
                refunded,
            )
        )
        ids = [receipt_id for _note, receipt_id in rows if receipt_id]
        facts = self.env["sale.collection.commission.facts"]
        money = {row.id: row for row in facts._collect_receipts(ids)} if ids else {}
        originals = {note_id: [] for note_id, _receipt in rows}
        for note_id, receipt_id in rows:
            row = money.get(receipt_id)
            if row and row.date <= todays.get(row.company_id, row.date):
                originals[note_id].append(row)
        return originals

    @api.model
    def _collect_earned(self, originals):
        """Return {row of money: the pieces booked on it}, those judged to earn nothing.

        Money that nobody has judged yet, or that waits, does not stand there.
        """
        ids = [row.id for rows in originals.values() for row in rows]
        earned = defaultdict(list)
        if not ids:
            return earned
        rows = self.env.execute_query(
            SQL(
                """
                SELECT receipt_id, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0
                  FROM sale_collection_commission_gap
                 WHERE receipt_id = ANY(%(ids)s) AND is_stale IS NOT TRUE
                   AND reason <> 'not_cleared'
                 UNION ALL
                SELECT receipt_id, kind, user_id, agent_id, plan_id, rate_id,
                       base_amount, share, rate, factor, exact, advanced
                  FROM sale_collection_commission_entry entry
                 WHERE receipt_id = ANY(%(ids)s) AND reversal_of_id IS NULL
                   AND kind IN ('accrual', 'override', 'bounty') AND %(is_live)s
                """,
                ids=ids,
                is_live=IS_LIVE,
            )
        )
        for receipt_id, kind, *earner, base, share, rate, factor, exact, setoff in rows:
            pieces = earned[receipt_id]
            if kind:
                # The base is shown rounded: what was paid on follows from the amount.
                worth = rate / 100 * factor
                own = (exact + float(setoff or 0)) / worth if worth else base * share
                whole = own / share if share else base
                pieces.append(
                    Piece(kind, tuple(earner), whole, own, rate, factor, setoff)
                )
        return dict(earned)

    @api.model
    def _find_refunds(self, move_ids=None):
        """Return the judged rows of refunded money of credited invoices.

        :param move_ids: only of these invoices
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT refund.id
                  FROM account_move note
                  JOIN sale_collection_receipt refund ON refund.move_id = note.id
                 WHERE %s AND note.move_type = 'out_refund' AND note.state = 'posted'
                   AND refund.kind = 'cash' AND refund.reversal_of_id IS NULL
                   AND refund.amount < 0
                   AND NOT EXISTS (
                       SELECT FROM sale_collection_receipt undo
                        WHERE undo.reversal_of_id = refund.id)
                   AND (EXISTS (
                            SELECT FROM sale_collection_commission_entry entry
                             WHERE entry.receipt_id = refund.id
                               AND entry.reversal_of_id IS NULL AND %s)
                        OR EXISTS (
                            SELECT FROM sale_collection_commission_gap gap
                             WHERE gap.receipt_id = refund.id
                               AND gap.reason = 'nothing'))
                 ORDER BY refund.id
                """,
                SQL("note.reversed_entry_id IS NOT NULL")
                if move_ids is None
                else SQL("note.reversed_entry_id = ANY(%s)", ids_sql(move_ids)),
                IS_LIVE,
            )
        )
        return [row[0] for row in rows]
