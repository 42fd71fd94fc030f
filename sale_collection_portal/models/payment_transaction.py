from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# A payment begun keeps others from paying the same while it may still be sent.
DRAFT_HOLD = timedelta(minutes=2)


class PaymentTransaction(models.Model):
    """One payment of several instalments, settled as the customer chose them."""

    _inherit = "payment.transaction"

    collection_line_ids = fields.Many2many(
        "account.move.line",
        "sale_collection_transaction_line_rel",
        "transaction_id",
        "line_id",
        string="Instalments chosen",
        readonly=True,
        copy=False,
        groups="sale_collection.group_user,account.group_account_readonly,"
        "account.group_account_invoice",
    )

    # === WHAT MAY BE PAID ===#

    @api.model
    def _collection_find_busy(self, lines):
        """Return those instalments that an unfinished payment is about to settle.

        A bank transfer that a customer merely announced keeps nobody from paying.
        """
        since = fields.Datetime.now() - DRAFT_HOLD
        unfinished = (
            Domain("state", "in", ("pending", "authorized"))
            & Domain("provider_code", "!=", "custom")
            | Domain("state", "=", "done") & Domain("is_post_processed", "=", False)
            | Domain("state", "=", "draft") & Domain("create_date", ">", since)
        )
        about = Domain("collection_line_ids", "in", lines.ids) | Domain(
            "invoice_ids", "in", lines.move_id.ids
        )
        payments = self.sudo().search(unfinished & about)
        whole = payments.filtered(lambda payment: not payment.collection_line_ids)
        return lines & (payments.collection_line_ids | whole.invoice_ids.line_ids)

    @api.model
    def _collection_reserve(self, lines, amount):
        """Make sure that an amount may be taken for instalments, until the commit.

        Whoever pays for the same customer at the same time fails after us and is
        retried, and sees the payment we begin.

        :param float amount: in the currency of the instalments
        :raise UserError: more than is open, or being paid already
        """
        lines = lines.sudo()
        for company, group in lines.grouped(
            lambda line: line.company_id.root_id
        ).items():
            customers = group.partner_id.commercial_partner_id
            keys = [f"online-payment:{customer.id}" for customer in customers]
            self.env["sale.collection.lock"].sudo()._take(company, keys)
        if self._collection_find_busy(lines):
            raise UserError(
                self.env._(
                    "A payment of this is already on its way. Please look again in a "
                    "few minutes."
                )
            )
        currency = lines.currency_id
        open_amounts = self.env["sale.collection.profile"]._collect_open_amounts(lines)
        total = sum(open_amounts.values())
        if not amount > 0 or currency.compare_amounts(amount, total) > 0:
            raise UserError(
                self.env._(
                    "Something was paid in the meantime: %(amount)s is open now. "
                    "Please choose again.",
                    amount=currency.format(total),
                )
            )

    @api.model
    def _collection_prepare_values(self, lines):
        """Return what a payment of these instalments is created with."""
        return {
            "collection_line_ids": [Command.set(lines.ids)],
            "invoice_ids": [
                Command.set(lines.move_id.filtered(lambda m: m.is_invoice()).ids)
            ],
        }

    # === AFTER THE PAYMENT ===#

    def _create_payment(self, **extra_create_values):
        # EXTENDS account_payment
        holders = self.sudo()
        if self.source_transaction_id.operation == self.operation:
            holders |= self.sudo().source_transaction_id  # a part of it was captured
        lines = holders.collection_line_ids
        if not lines:
            return super()._create_payment(**extra_create_values)
        # Core would settle the oldest instalments of the invoices, chosen or not.
        linked = {holder: holder.invoice_ids for holder in holders}
        holders.invoice_ids = False
        invoices = lines.move_id.filtered(lambda move: move.is_invoice())
        customers = lines.partner_id.commercial_partner_id
        values = {
            "invoice_ids": [Command.set(invoices.ids)],
            "destination_account_id": lines.account_id[:1].id,
            **extra_create_values,
        }
        if len(customers) == 1:
            values["partner_id"] = customers.id
        payment = super()._create_payment(**values)
        for holder, before in linked.items():
            holder.invoice_ids = before
        self._collection_settle(payment, lines)
        return payment

    def _collection_settle(self, payment, lines):
        """Match a payment with the instalments it was made for."""
        money = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == payment.destination_account_id
        )
        owed = lines.filtered(
            lambda line: (
                line.parent_state == "posted"
                and not line.reconciled
                and line.account_id == payment.destination_account_id
            )
        )
        if owed:
            (money | owed).reconcile()
        if not money.reconciled:
            self._collection_report_rest(money, lines)

    def _collection_report_rest(self, money, lines):
        """Tell the collector of money for which nothing was open any more."""
        company = lines.company_id.root_id
        customer = money.partner_id.commercial_partner_id
        profile = self.env["sale.collection.profile"].sudo().with_company(company)
        profile = profile._for(customer)
        profile.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=profile._get_portal_owner().id,
            summary=self.env._("Paid online, but no longer open"),
            note=self.env._(
                "%(amount)s of the payment %(payment)s found nothing open any more: it "
                "was paid in another way meanwhile. Match it with other invoices, or "
                "pay it back.",
                amount=self.currency_id.format(abs(money.amount_residual_currency)),
                payment=self.payment_id.name or self.reference,
            ),
        )
