from odoo import models
from odoo.exceptions import AccessError, UserError


class SaleCollectionPromise(models.Model):
    """Withdrawing, closing and printing promises."""

    _inherit = "sale.collection.promise"

    # === ACTIONS ===#

    def action_cancel(self):
        """Withdraw open promises; what is past its grace is judged instead."""
        if not self:
            return
        self._check_mine()
        self.sudo()._evaluate()
        judged = self.filtered(lambda promise: promise.state not in ("draft", "open"))
        if judged:
            raise UserError(
                self.env._(
                    "%(promise)s is closed already and can no longer be cancelled.",
                    promise=judged[0].display_name,
                )
            )
        self.sudo()._close({"state": "cancelled", "cancelled_by_id": self.env.uid})
        self._message_log_batch(
            {promise.id: self.env._("Promise cancelled.") for promise in self}
        )
        self._queue_customers()

    def _check_mine(self):
        """Let people cancel or hand over their own promises, managers everybody's."""
        self.check_access("write")
        mine = self.filtered(
            lambda promise: self.env.user in (promise.create_uid, promise.user_id)
        )
        manager = self.env.user.has_group("sale_collection.group_manager")
        if self - mine and not (manager or self.env.su):
            raise AccessError(
                self.env._(
                    "Only the collector of %(promise)s or a manager can cancel it "
                    "or hand it over.",
                    promise=(self - mine)[0].display_name,
                )
            )

    def action_print_letter(self):
        """Print the promise, or the plan agreement, to be signed."""
        return self.env.ref("sale_collection.report_promise").report_action(self)

    def _close(self, vals):
        """Close open promises and let go of their instalments."""
        self.write({**vals, "next_date": False, "next_amount": 0})
        self.allocation_ids.filtered("is_live").write({"is_live": False})
        pending = self.plan_line_ids.filtered(
            lambda line: line.state in ("draft", "open")
        )
        pending.write({"state": "cancelled"})
        self.activity_unlink(
            [
                "sale_collection.mail_activity_promise_due",
                "sale_collection.mail_activity_promise_broken",
            ]
        )

    def _queue_customers(self):
        """Have the credit profiles of these customers refreshed."""
        for company, promises in self.sudo().grouped("company_id").items():
            queue = self.env["sale.collection.queue"].sudo()
            queue._push("partner", promises.partner_id.ids, company)
