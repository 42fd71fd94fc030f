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
        for payment, is_suspect in zip(payments, suspects, strict=True):
            if is_suspect:
                payment._check_given_up()
        return payments

    def write(self, vals):
        # Where the money goes; what is said of it on creation core works out anew.
        result = super().write(vals)
        if vals.get("outstanding_account_id"):
            for payment in self:
                payment._check_given_up()
        elif vals.get("state") in ("in_process", "paid"):
            # Amount, customer and direction may have come after the account.
            for payment in self.filtered(lambda one: one._is_spent()):
                payment._check_given_up()
        return result

    def _check_given_up(self):
        """Refuse a payment that writes off a customer's debt above the tolerance.

        Accounts say what is owed, not what a client writes beside them.

        :raise UserError: naming what is given up and what may be
        """
        if self.env.su or self.env.context.get("collection_write_off") is DECIDED:
            return
        company = self.company_id
        owed, rest = self._find_given_up()
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

    def _find_given_up(self):
        """Return what is taken off a customer's debt, and how much of it is no money.

        An agreed early-payment discount is nothing that is given up. Where the account
        that says where the money goes is none of money, there is no money.
        """
        others = self.move_id.line_ids.filtered(
            lambda line: not self._is_money(line.account_id)
        )
        debts = others.filtered(lambda line: line.account_type == "asset_receivable")
        owed = -sum(debts.mapped("balance"))
        if not self.move_id:
            is_debt = self.destination_account_id.account_type == "asset_receivable"
            owed = self.amount_company_currency_signed if is_debt else 0.0
        account = self.outstanding_account_id
        if account and not self._is_money(account):
            return owed, owed
        rest = sum((others - debts).mapped("balance"))
        return owed, rest - self._find_agreed_discount(others - debts, owed)

    def _is_money(self, account):
        """Return whether what is booked to an account is money, or on its way."""
        journal = self.journal_id
        methods = (
            journal.inbound_payment_method_line_ids
            | journal.outbound_payment_method_line_ids
            | self.payment_method_line_id
        )
        known = journal.default_account_id | methods.payment_account_id
        return (
            account in known
            or account.account_type in ("asset_cash", "liability_credit_card")
            # sudo: they are the root company's, whoever works in a branch alone
            or account == self.sudo()._get_outstanding_account("inbound")
            or account == self.sudo()._get_outstanding_account("outbound")
        )

    def _is_spent(self):
        """Return whether the account of the money says that there is none."""
        account = self.outstanding_account_id
        kinds = ("income", "expense", "equity")
        return account.internal_group in kinds or (
            account.account_type == "asset_receivable"
        )

    def _find_agreed_discount(self, lines, owed):
        """Return how much of these is the early-payment discount of open instalments.

        It goes to the company's account of such discounts, with the tax on it.

        :param float owed: what is taken off debts; others lend it no discount
        """
        account = self.company_id.account_journal_early_pay_discount_loss_account_id
        agreed = lines.filtered(
            lambda line: line.account_id == account or line.tax_repartition_line_id
        )
        if account not in agreed.account_id:
            return 0.0
        debts = agreed.sudo().search(
            [
                ("partner_id", "child_of", self.partner_id.commercial_partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("discount_date", ">=", self.date),
            ]
        )
        open_debts = debts.filtered(
            lambda line: line.move_id._is_eligible_for_early_payment_discount(
                line.currency_id, self.date
            )
        )
        most, compare = 0.0, self.company_id.currency_id.compare_amounts
        for line in open_debts.sorted("date_maturity"):
            if compare(line.balance, owed) <= 0:
                owed -= line.balance
                most += line.balance - line.discount_balance
        return max(0.0, min(sum(agreed.mapped("balance")), most))
