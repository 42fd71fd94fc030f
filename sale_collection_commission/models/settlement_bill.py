from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class SaleCollectionSettlement(models.Model):
    """Agents are paid by vendor bill."""

    _inherit = "sale.collection.settlement"

    bill_id = fields.Many2one(
        "account.move",
        string="Vendor bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    bill_state = fields.Selection(related="bill_id.state", string="State of the bill")
    bill_payment_state = fields.Selection(
        related="bill_id.payment_state", string="Payment of the bill"
    )

    def action_create_bill(self):
        """Make draft vendor bills of confirmed settlements of agents.

        Paying the bill marks the settlement as paid.
        """
        self.check_access("write")
        self.env["account.move"].check_access("create")
        self._lock_earners()
        for record in self:
            record._check_bill()
        bills = self.env["account.move"].create(
            [record._get_bill_values() for record in self]
        )
        for record, bill in zip(self.sudo(), bills, strict=True):
            record.bill_id = bill
        return bills._get_records_action(name=self.env._("Vendor bills"))

    def _check_bill(self):
        self.ensure_one()
        if not self.agent_id:
            raise UserError(
                self.env._(
                    "%(settlement)s is of an employee: export it for payroll.",
                    settlement=self.display_name,
                )
            )
        if self.state != "confirmed" or self.currency_id.is_zero(self.amount_payable):
            raise UserError(
                self.env._(
                    "%(settlement)s: only a confirmed settlement with an amount to pay "
                    "is billed.",
                    settlement=self.display_name,
                )
            )
        if self.bill_id and self.bill_id.state != "cancel":
            raise UserError(
                self.env._(
                    "%(settlement)s is billed already: %(bill)s.",
                    settlement=self.display_name,
                    bill=self.bill_id.display_name,
                )
            )

    def _get_bill_values(self):
        """Return the values of the vendor bill of one settlement."""
        self.ensure_one()
        label = self.with_context(lang=self.agent_id.lang).env._(
            "Commission %(number)s, %(date_from)s to %(date_to)s",
            number=self.name,
            date_from=fields.Date.to_string(self.date_from),
            date_to=fields.Date.to_string(self.date_to),
        )
        line = {"name": label, "quantity": 1, "price_unit": self.amount_payable}
        product = self.company_id.collection_commission_product_id
        if product:
            line["product_id"] = product.id
        return {
            "move_type": "in_invoice",
            "company_id": self.company_id.id,
            "partner_id": self.agent_id.id,
            "currency_id": self.currency_id.id,
            "invoice_date": self.company_id._collection_today(),
            "invoice_origin": self.name,
            "invoice_line_ids": [Command.create(line)],
        }

    def action_open_bill(self):
        """Show the vendor bill."""
        self.ensure_one()
        return self.bill_id._get_records_action()

    def _is_paid_out(self):
        """EXTENDS: a posted bill is owed; the next settlement makes up for it.

        One reversed by a credit note is not.
        """
        bill = self.sudo().bill_id
        owed = bill.state == "posted" and bill.payment_state != "reversed"
        return super()._is_paid_out() or owed

    def _reopen(self, reason):
        """EXTENDS: a bill nobody has posted falls with its settlement."""
        reversals = super()._reopen(reason)
        bills = reversals.reversal_of_id.sudo().bill_id
        bills.filtered(lambda bill: bill.state == "draft").button_cancel()
        return reversals
