from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.window import open_dialog


class AccountPayment(models.Model):
    """Customer payments can bounce."""

    _inherit = "account.payment"

    collection_can_bounce = fields.Boolean(
        compute="_compute_collection_can_bounce",
        export_string_translation=False,
        groups="base.group_user",
    )

    @api.depends("state", "payment_type", "partner_type", "partner_id")
    def _compute_collection_can_bounce(self):
        for payment in self:
            payment.collection_can_bounce = bool(
                payment.partner_type == "customer"
                and payment.partner_id
                and payment.payment_type == "inbound"
                and payment.state in ("in_process", "paid")
            )

    def action_collection_bounce(self):
        """Ask for date, reason and fee of a bounced payment."""
        self.ensure_one()
        return open_dialog(
            self.env._("Bounced payment"),
            "sale.collection.bounce.register",
            default_payment_id=self.id,
        )

    def _collection_receivable_lines(self):
        """Return the receivable lines of the payment's entry."""
        return self.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def _collection_settled_lines(self):
        """Return the receivable lines the payment is matched with."""
        lines = self._collection_receivable_lines()
        return lines.matched_debit_ids.debit_move_id

    def _collection_settle(self, lines):
        """Match the payment with receivable lines that are still open."""
        mine = self._collection_receivable_lines()
        lines = lines.filtered(
            lambda line: not line.reconciled and line.parent_state == "posted"
        )
        for account, group in (mine + lines).grouped("account_id").items():
            if account in mine.account_id and account in lines.account_id:
                group.reconcile()

    def _collection_reverse(self, date):
        """Book the entry backwards on a day; the invoices it settled open again.

        A bank line already matched to the payment stays matched: the money did
        come, and goes out again by another line.

        :return: the reversal, empty for a payment without entry
        """
        if not self.move_id:
            return self.move_id
        self._collection_receivable_lines().remove_move_reconcile()
        reversal = self.move_id._reverse_moves(
            [
                {
                    "date": date,
                    "ref": self.env._("Bounced: %(name)s", name=self.name),
                }
            ]
        )
        reversal.action_post()
        lines = (self.move_id + reversal).line_ids.filtered(
            lambda line: line.account_id.reconcile and not line.reconciled
        )
        for pair in lines.grouped("account_id").values():
            if len(pair.move_id) == 2:
                pair.reconcile()
        return reversal

    @api.model
    def _collection_find_rejected(self):
        """Return customer payments marked rejected that still settle invoices.

        :return: dicts like those of `receipt._audit`
        """
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
