from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class SaleCollectionSettlementPayout(models.AbstractModel):
    """Hands confirmed settlements over: the statement to the earner, and the payment.

    Agents get a vendor bill, employees a row in the file for payroll.
    """

    _name = "sale.collection.settlement.payout"
    _description = "Payout of settlements"

    # === STATEMENTS ===#

    @api.model
    def _send_statements(self, settlements):
        """Mail the statement of each settlement to its earner.

        :raise UserError: an earner without e-mail, or what is not confirmed
        """
        missing = settlements.filtered(lambda record: not record.earner_id.email)
        if missing:
            raise UserError(
                self.env._(
                    "E-mail: %(names)s has none. Enter it on the contact.",
                    names=", ".join(missing.earner_id.mapped("name")),
                )
            )
        if any(record.state not in ("confirmed", "paid") for record in settlements):
            raise UserError(self.env._("Confirm a settlement before you send it."))
        template = self.env.ref("sale_collection_commission.mail_template_settlement")
        template.sudo()._collection_draw(settlements)
        for record in settlements.sudo():
            record.message_post_with_source(
                template.sudo(), subtype_xmlid="mail.mt_comment"
            )
        settlements.sudo().sent_at = fields.Datetime.now()

    # === VENDOR BILLS OF AGENTS ===#

    @api.model
    def _create_bills(self, settlements):
        """Create one draft vendor bill for each settlement.

        :raise UserError: one of them is not to be billed
        """
        for record in settlements:
            self._check_bill(record)
        bills = self.env["account.move"].create(
            [self._get_bill_values(record) for record in settlements]
        )
        for record, bill in zip(settlements.sudo(), bills, strict=True):
            record.bill_id = bill
        return bills

    @api.model
    def _check_bill(self, settlement):
        """Raise UserError when a settlement is not to be billed."""
        if not settlement.agent_id:
            raise UserError(
                self.env._(
                    "%(settlement)s is of an employee: export it for payroll.",
                    settlement=settlement.display_name,
                )
            )
        if settlement.state != "confirmed" or settlement.currency_id.is_zero(
            settlement.amount_payable
        ):
            raise UserError(
                self.env._(
                    "%(settlement)s: only a confirmed settlement with an amount to pay "
                    "is billed.",
                    settlement=settlement.display_name,
                )
            )
        if settlement.bill_id and settlement.bill_id.state != "cancel":
            raise UserError(
                self.env._(
                    "%(settlement)s is billed already: %(bill)s.",
                    settlement=settlement.display_name,
                    bill=settlement.bill_id.display_name,
                )
            )

    @api.model
    def _get_bill_values(self, settlement):
        """Return the values of the vendor bill of one settlement."""
        agent = settlement.agent_id
        label = self.with_context(lang=agent.lang).env._(
            "Commission %(number)s, %(date_from)s to %(date_to)s",
            number=settlement.name,
            date_from=fields.Date.to_string(settlement.date_from),
            date_to=fields.Date.to_string(settlement.date_to),
        )
        line = {"name": label, "quantity": 1, "price_unit": settlement.amount_payable}
        product = settlement.company_id.collection_commission_product_id
        if product:
            line["product_id"] = product.id
        return {
            "move_type": "in_invoice",
            "company_id": settlement.company_id.id,
            "partner_id": agent.id,
            "currency_id": settlement.currency_id.id,
            "invoice_date": settlement.company_id._collection_today(),
            "invoice_origin": settlement.name,
            "invoice_line_ids": [Command.create(line)],
        }

    # === PAYROLL OF EMPLOYEES ===#

    @api.model
    def _check_payroll(self, settlements):
        """Raise UserError when a settlement is not for payroll."""
        wrong = settlements.filtered(
            lambda one: one.agent_id or one.state not in ("confirmed", "paid")
        )
        if wrong:
            raise UserError(
                self.env._(
                    "%(settlement)s is not for payroll: only confirmed settlements of "
                    "employees are. Agents send a bill.",
                    settlement=wrong[0].display_name,
                )
            )

    @api.model
    def _get_payroll_header(self):
        """Return the titles of the columns for payroll."""
        return [
            self.env._("Number"),
            self.env._("Login"),
            self.env._("Rep"),
            self.env._("Company"),
            self.env._("From"),
            self.env._("To"),
            self.env._("Currency"),
            self.env._("Earned"),
            self.env._("Adjustments"),
            self.env._("Reserve"),
            self.env._("Brought forward"),
            self.env._("Carried forward"),
            self.env._("To pay"),
        ]

    @api.model
    def _get_payroll_rows(self, settlements):
        """Return one row for each settlement: text, dates and amounts."""
        return [
            [
                record.name,
                record.user_id.login,
                record.user_id.name,
                record.company_id.name,
                record.date_from,
                record.date_to,
                record.currency_id.name,
                record.amount_earned,
                record.amount_other,
                record.amount_reserve,
                record.amount_brought,
                record.amount_forward,
                record.amount_payable,
            ]
            for record in settlements.sudo().sorted("name")
        ]

    # === PAID ===#

    @api.model
    def _mark_paid(self, settlements, date):
        """Note the day on which settlements were paid out.

        :raise UserError: one of them is not confirmed
        """
        self.env["sale.collection.settlement.confirmation"]._lock_earners(settlements)
        wrong = settlements.filtered(lambda record: record.state != "confirmed")
        if wrong:
            raise UserError(
                self.env._(
                    "%(settlement)s is not confirmed: only confirmed settlements are "
                    "paid.",
                    settlement=wrong[0].display_name,
                )
            )
        settlements.sudo().write({"state": "paid", "date_paid": date})
