from odoo import models


class AccountPaymentRegister(models.TransientModel):
    """Core's dialog filled in from a payment notice or a bill."""

    _inherit = "account.payment.register"

    def _get_communication(self, lines):
        # EXTENDS account: what the rep reported, where it is known
        memo = self.env.context.get("collection_notice_memo")
        return memo or super()._get_communication(lines)
