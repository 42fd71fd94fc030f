from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ...models.contact.account_payment import DECIDED
from ...models.contact.write_off import KINDS

GROUPS = "base.group_user"


class AccountPaymentRegister(models.TransientModel):
    """Less than was to be paid, marked as fully paid: why, and who may do so."""

    _inherit = "account.payment.register"

    collection_short_kind = fields.Selection(
        KINDS,
        string="Why less was paid",
        groups=GROUPS,
        help="Kept with what is written off. Bank fees do not count as short payments "
        "of the customer.",
    )
    collection_is_short = fields.Boolean(
        compute="_compute_collection_short",
        export_string_translation=False,
        groups=GROUPS,
    )
    collection_short_text = fields.Char(
        compute="_compute_collection_short",
        export_string_translation=False,
        groups=GROUPS,
    )

    @api.depends(
        "payment_difference",
        "payment_difference_handling",
        "currency_id",
        "payment_date",
        "writeoff_account_id",
        "writeoff_is_exchange_account",
        "early_payment_discount_mode",
        "can_edit_wizard",
        "group_payment",
    )
    def _compute_collection_short(self):
        for wizard in self:
            wizard.collection_is_short = wizard._is_short()
            wizard.collection_short_text = (
                wizard.collection_is_short
                and not wizard._may_drop_rest()
                and wizard._describe_short()
            )

    def _is_short(self):
        """Tell whether a rest of what a customer was to pay is given up."""
        return bool(
            self._closes_rest()
            and self._is_one_payment()
            and self.payment_type == "inbound"
            and self.line_ids[:1].account_type == "asset_receivable"
            and not self.early_payment_discount_mode
            and not (self.writeoff_is_exchange_account and self._is_near_rate())
            and not self.is_register_payment_on_draft
            and self.currency_id.compare_amounts(self.payment_difference, 0) > 0
        )

    def _closes_rest(self):
        """Tell whether core closes the rest; a forced rate does, whatever is chosen."""
        return self.payment_difference_handling == "reconcile" or (
            self.writeoff_is_exchange_account
            and self.currency_id == self.company_currency_id
        )

    def _is_one_payment(self):
        """Tell whether core makes one payment of what is entered, as it decides it."""
        return self.can_edit_wizard and (
            len(self.batches[0]["lines"]) == 1 or self.group_payment
        )

    def _is_near_rate(self):
        """Tell whether another rate of the bank may explain the difference."""
        owed = abs(sum(self.line_ids.mapped("amount_residual")))
        percent = self.company_id.sudo().root_id.collection_tail_percent
        return self._get_rest() <= owed * percent / 100

    def _forces_rate_on_draft(self):
        """Tell whether a draft of a customer would be paid at a rate no bank has."""
        return (
            self.is_register_payment_on_draft
            and self.payment_type == "inbound"
            and self.line_ids[:1].account_type == "asset_receivable"
            and self.writeoff_is_exchange_account
            and not self._is_near_rate()
        )

    def _get_rest(self):
        """Return what is given up, in company currency."""
        return self.currency_id._convert(
            self.payment_difference,
            self.company_id.currency_id,
            self.company_id,
            self.payment_date,
        )

    def _may_drop_rest(self):
        """Tell whether the user may give up the rest without asking."""
        owed = abs(sum(self.line_ids.mapped("amount_residual")))
        return self.company_id._collection_may_drop(self._get_rest(), owed)

    def _describe_short(self):
        company = self.company_id
        owed = abs(sum(self.line_ids.mapped("amount_residual")))
        amounts = [self._get_rest(), company._collection_get_short_limit(owed)]
        rest, limit = (
            formatLang(self.env, amount, currency_obj=company.currency_id)
            for amount in amounts
        )
        return self.env._(
            "More than the %(limit)s you may drop: %(rest)s stays open, and a credit "
            "controller is asked to write it off.",
            limit=limit,
            rest=rest,
        )

    def action_create_payments(self):
        # EXTENDS account: a client says why
        if self._is_short() and not self.collection_short_kind:
            raise UserError(
                self.env._(
                    "Why less was paid: choose tail, price, bank fee or dispute, or "
                    "keep the invoice open."
                )
            )
        return super().action_create_payments()

    def _create_payments(self):
        # EXTENDS account: what may not be dropped stays open and is asked for
        if self._forces_rate_on_draft():
            # Core keeps the rest of a draft open, yet forces the rate all the same.
            self.payment_difference_handling = "open"
            self.writeoff_account_id = False
        # What the payments give up is decided on here.
        wizard = self.with_context(collection_write_off=DECIDED)
        create = super(AccountPaymentRegister, wizard)._create_payments
        if not self._is_short():
            return create().with_env(self.env)
        # What is given up is no difference of rates.
        account = not self.writeoff_is_exchange_account and self.writeoff_account_id
        values = {
            "kind": self.collection_short_kind,
            "account_id": account and account.id,
        }
        if self._may_drop_rest():
            values["amount"] = self._get_rest()
        else:
            self.payment_difference_handling = "open"
            # Core forces the rate by the account alone.
            self.writeoff_account_id = False
        lines = self.line_ids.sorted(lambda line: (line._get_collection_due(), line.id))
        payments = create().with_env(self.env)
        self.env["sale.collection.write.off"]._note_short(payments, lines, values)
        return payments
