from odoo import api, models
from odoo.exceptions import UserError

# Core's dialog has decided what is given up. No client can send this very object.
DECIDED = object()
# What brings journal items of its own into the entry of a payment.
ENTRIES = ("write_off_line_vals", "line_ids")


class AccountPayment(models.Model):
    """A payment that gives up more than its user may is not made past the dialog."""

    _inherit = "account.payment"

    @api.model_create_multi
    def create(self, vals_list):
        # Core takes them out of the values.
        suspects = [any(vals.get(name) for name in ENTRIES) for vals in vals_list]
        payments = super().create(vals_list)
        if self.env.su or self.env.context.get("collection_write_off") is DECIDED:
            return payments
        for payment, is_suspect in zip(payments, suspects, strict=True):
            if is_suspect:
                payment._check_given_up()
        return payments

    def _check_given_up(self):
        """Refuse a payment that writes off a customer's debt above the tolerance.

        Accounts say what is owed, not what a client writes beside them.

        :raise UserError: naming what is given up and what may be
        """
        money = self._get_valid_liquidity_accounts()
        lines = self.move_id.line_ids.filtered(lambda one: one.account_id not in money)
        debts = lines.filtered(lambda one: one.account_type == "asset_receivable")
        company = self.company_id
        owed = -sum(debts.mapped("balance"))
        rest = sum((lines - debts).mapped("balance"))
        is_owed = company.currency_id.compare_amounts(owed, 0) > 0
        if not is_owed or company._collection_may_drop(rest, owed):
            return
        raise UserError(
            self.env._(
                "This payment writes off %(rest)s, more than the %(limit)s you may "
                "drop. Register it on the invoice: the rest stays open there, and a "
                "credit controller is asked to write it off.",
                rest=company.currency_id.format(rest),
                limit=company.currency_id.format(
                    company._collection_get_short_limit(owed)
                ),
            )
        )
