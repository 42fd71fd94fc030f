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
            if is_suspect and payment.payment_type == "inbound":
                payment._check_given_up()
        return payments

    def _check_given_up(self):
        """Refuse a payment of a customer that writes off above the tolerance.

        :raise UserError: naming what is given up and what may be
        """
        _money, owed, dropped = self._seek_for_lines()
        owed = abs(sum(owed.mapped("balance")))
        rest = sum(dropped.mapped("balance"))
        company = self.company_id
        if self.partner_type != "customer" or company._collection_may_drop(rest, owed):
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
