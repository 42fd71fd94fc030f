from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.schedule import Instalment, pair_instalments


class SaleCollectionSchedule(models.Model):
    """The instalments of an invoice when it was set to draft, or lost one of them.

    Kept until it is posted again. Only then it is seen whether a due date has moved,
    and core may have made new instalments by then.
    """

    _name = "sale.collection.schedule"
    _description = "Due dates of an invoice before it was changed"
    _log_access = False

    move_id = fields.Many2one(
        "account.move", required=True, readonly=True, index=True, ondelete="cascade"
    )
    line_ref = fields.Integer(
        required=True, readonly=True, export_string_translation=False
    )
    due_date = fields.Date(required=True, readonly=True)
    amount = fields.Float(required=True, readonly=True)

    @api.model
    def _keep(self, moves, moved):
        """Keep the due dates of posted invoices that have none kept yet.

        :param dict moved: {instalment: due date before} of this transaction
        """
        self.env["account.move.line"].flush_model(
            ["balance", "date", "date_maturity", "display_type", "move_id"]
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO sale_collection_schedule (
                    move_id, line_ref, due_date, amount)
                SELECT line.move_id, line.id,
                       COALESCE(line.date_maturity, line.date), line.balance
                  FROM account_move_line line
                 WHERE line.move_id = ANY(%s)
                   AND line.display_type = 'payment_term' AND line.balance > 0
                   AND NOT EXISTS (
                       SELECT FROM sale_collection_schedule kept
                        WHERE kept.move_id = line.move_id)
                """,
                moves.ids,
            )
        )
        self.invalidate_model(flush=False)
        known = [("move_id", "in", moves.ids), ("line_ref", "in", list(moved))]
        for row in self.search(known) if moved else ():
            row.due_date = moved.pop(row.line_ref)

    @api.model
    def _take(self, moves):
        """Return what was kept of invoices, as instalments of now; keep it no longer.

        :return: ({instalment of now: due date before}, {instalment of now: the other
            one before that it stands for})
        """
        kept = self.search([("move_id", "in", moves.ids)])
        dues, followers = {}, {}
        for move, rows in kept.grouped("move_id").items():
            lines = move.line_ids._filter_instalments()
            before = {
                row.line_ref: Instalment(row.line_ref, row.due_date, row.amount)
                for row in rows
            }
            after = [
                Instalment(line.id, line.date_maturity or line.date, line.balance)
                for line in lines
            ]
            pairs = pair_instalments(before.values(), after)
            for line_id, old_id in pairs.items():
                dues[line_id] = before[old_id].due
                if old_id != line_id:
                    followers[line_id] = old_id
        kept.unlink()
        return dues, followers
