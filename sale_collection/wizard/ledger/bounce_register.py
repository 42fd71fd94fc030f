from odoo import api, fields, models

from ...models.ledger.bounce import REASONS


class SaleCollectionBounceRegister(models.TransientModel):
    """Asks for day, reason and fee of a payment that bounced."""

    _name = "sale.collection.bounce.register"
    _description = "Register a bounced payment"

    payment_id = fields.Many2one("account.payment", required=True, readonly=True)
    company_currency_id = fields.Many2one(related="payment_id.company_id.currency_id")
    date = fields.Date(
        required=True, compute="_compute_date", store=True, readonly=False
    )
    reason = fields.Selection(REASONS, required=True, default="funds")
    note = fields.Char()
    fee = fields.Monetary(
        currency_field="company_currency_id",
        help="Charged on by a draft invoice to the customer. Leave zero to bear it.",
    )

    @api.depends("payment_id")
    def _compute_date(self):
        for wizard in self:
            company = wizard.payment_id.company_id or self.env.company
            wizard.date = company._collection_today()

    def action_confirm(self):
        """Take the payment back and show what it had paid."""
        self.ensure_one()
        bounce = self.env["sale.collection.bounce"]._bounce(
            self._collection_get_given("payment_id", "write"),
            self.date,
            self.reason,
            self.note,
            self.fee,
        )
        return bounce._get_records_action()
