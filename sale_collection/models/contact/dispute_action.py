from odoo import api, models
from odoo.exceptions import UserError


class SaleCollectionDispute(models.Model):
    """What people do with a dispute: agree, disagree, credit."""

    _inherit = "sale.collection.dispute"

    # === ACTIONS ===#

    def action_accept(self):
        """Agree with the customer."""
        return self.write({"state": "accepted"})

    def action_reject(self):
        """Disagree: then it was not our fault."""
        ours = self.filtered(lambda dispute: dispute.side_at_fault == "us")
        ours.write({"state": "rejected", "side_at_fault": "customer"})
        return (self - ours).write({"state": "rejected"})

    def action_cancel(self):
        """Withdraw it, as if it had never been there."""
        return self.write({"state": "cancelled"})

    def action_reopen(self):
        """Look at it again."""
        return self.write({"state": "open", "escalated_on": False})

    def action_create_credit_note(self):
        """Draft credit notes over the disputed amounts and accept the dispute.

        Asked for once more, as from a page opened before, it shows the first one.
        """
        self.ensure_one()
        if self.credit_note_id:
            return self._open_moves(self.credit_note_id, self.env._("Credit notes"))
        if not self.amount:
            raise UserError(
                self.env._(
                    "Enter the disputed amounts before you create a credit note."
                )
            )
        notes = self.line_ids._create_credit_notes()
        if not notes:
            raise UserError(
                self.env._("None of the disputed instalments is of an invoice.")
            )
        self.credit_note_id = notes[:1]
        if self.state == "open":
            self.action_accept()
        return self._open_moves(notes, self.env._("Credit notes"))

    @api.model
    def _open_moves(self, moves, name):
        action = {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("id", "in", moves.ids)],
        }
        if len(moves) == 1:
            action |= {"view_mode": "form", "res_id": moves.id}
        return action
