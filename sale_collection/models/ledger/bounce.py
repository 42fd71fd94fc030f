from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

REASONS = [
    ("funds", "Insufficient funds"),
    ("stopped", "Stopped by the payer"),
    ("closed", "Account closed or wrong"),
    ("formal", "Formal defect"),
    ("other", "Other"),
]


class SaleCollectionBounce(models.Model):
    """A customer payment the bank has taken back.

    The entry of the payment is reversed on the day of the bounce, so the invoices are
    open again and the ledger follows by itself. Grades count bounces only, never a
    wrong matching that was undone.
    """

    _name = "sale.collection.bounce"
    _description = "Bounced payment"
    _inherit = ["sale.collection.code.written", "sale.collection.titled"]
    _order = "date desc, id desc"
    _rec_name = "payment_id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    payment_id = fields.Many2one(
        "account.payment", required=True, readonly=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    date = fields.Date(required=True, readonly=True)
    reason = fields.Selection(REASONS, required=True)
    note = fields.Char()
    currency_id = fields.Many2one(related="payment_id.currency_id")
    amount = fields.Monetary(related="payment_id.amount")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    fee = fields.Monetary(
        readonly=True,
        currency_field="company_currency_id",
        help="What the bank charged us, put on a draft invoice to the customer.",
    )
    fee_move_id = fields.Many2one(
        "account.move", string="Fee invoice", readonly=True, ondelete="set null"
    )
    reversal_move_id = fields.Many2one(
        "account.move", string="Reversal", readonly=True, ondelete="restrict"
    )
    # What the payment had settled: to be settled by it again when undone.
    line_ids = fields.Many2many(
        "account.move.line",
        string="Opened instalments",
        readonly=True,
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    opened_names = fields.Char(
        string="Opened invoices",
        compute="_compute_opened_names",
        compute_sudo=True,
        help="Invoices that are open again, for those who may not open the entries.",
    )

    _payment_once = models.Constraint(
        "UNIQUE(payment_id)", "This payment has bounced already."
    )

    @api.depends("line_ids.move_id")
    def _compute_opened_names(self):
        for bounce in self:
            names = bounce.line_ids.move_id.mapped("display_name")
            bounce.opened_names = ", ".join(sorted(names))

    def _describe(self):
        """Return the bounce in one sentence."""
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        return self.env._(
            "%(amount)s bounced on %(date)s: %(reason)s.",
            amount=self.currency_id._collection_format(self.amount),
            date=format_date(self.env, self.date),
            reason=reasons[self.reason].lower(),
        )

    @api.model
    def _bounce(self, payment, date, reason, note=False, fee=0.0):
        """Take a customer payment back and record why.

        :param payment: one posted customer payment
        :param date: day of the bounce, not before the payment
        :param str reason: a value of `reason`
        :param float fee: bank fee to charge on, company currency
        :raise ValidationError: naming what is wrong with payment, date or fee
        """
        self._check_bounce(payment, date, fee)
        lines = payment._collection_settled_lines()
        reversal = payment._collection_reverse(date)
        payment.state = "rejected"
        # Nobody has the right to create bounces but through this method.
        bounce = self.sudo().create(
            {
                "company_id": payment.company_id.id,
                "payment_id": payment.id,
                "partner_id": payment.partner_id.commercial_partner_id.id,
                "date": date,
                "reason": reason,
                "note": note,
                "fee": fee,
                "fee_move_id": self._create_fee_invoice(payment, date, fee).id,
                "reversal_move_id": reversal.id,
                "line_ids": [Command.set(lines.ids)],
            }
        )
        return bounce.with_env(self.env)

    @api.model
    def _check_bounce(self, payment, date, fee):
        """Raise what is wrong with payment, date or fee of a bounce."""
        if not payment.collection_can_bounce:
            raise ValidationError(
                self.env._(
                    "Payment %(payment)s cannot bounce: only a posted payment of a "
                    "customer can.",
                    payment=payment.display_name,
                )
            )
        if date < payment.date:
            raise ValidationError(
                self.env._(
                    "Date: the payment is of %(date)s, it cannot bounce before.",
                    date=fields.Date.to_string(payment.date),
                )
            )
        today = payment.company_id._collection_today()
        if date > today:
            raise ValidationError(
                self.env._(
                    "Date: a payment cannot bounce after today, %(date)s.",
                    date=fields.Date.to_string(today),
                )
            )
        if payment.company_id.currency_id.compare_amounts(fee, 0.0) < 0:
            raise ValidationError(self.env._("Fee: enter zero or more."))

    @api.model
    def _create_fee_invoice(self, payment, date, fee):
        """Return a draft invoice that charges the bank's fee to the customer."""
        if payment.company_id.currency_id.is_zero(fee):
            return self.env["account.move"]
        label = self.env._(
            "Bank fee for returned payment %(payment)s", payment=payment.name
        )
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": payment.company_id.id,
                "partner_id": payment.partner_id.id,
                "currency_id": payment.company_id.currency_id.id,
                "invoice_date": date,
                "invoice_line_ids": [
                    Command.create({"name": label, "price_unit": fee, "tax_ids": []})
                ],
            }
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_by_undo(self):
        if self.reversal_move_id.filtered(lambda move: move.state == "posted"):
            raise ValidationError(
                self.env._("Undo the bounce instead of deleting its record.")
            )

    def action_undo(self):
        """Delete the bounce, as the payment did not bounce, and match it again."""
        self.ensure_one()
        self.check_access("write")
        payment, lines = self.payment_id, self.line_ids
        self.reversal_move_id.button_draft()
        self.reversal_move_id.button_cancel()
        if self.fee_move_id.state == "draft":
            self.fee_move_id.unlink()
        self.sudo().unlink()
        payment.state = "in_process"
        payment._collection_settle(lines)
        return payment._get_records_action()
