from odoo import models
from odoo.tools import str2bool


class AccountMoveLine(models.Model):
    """An instalment as the customer sees it on the portal."""

    _inherit = "account.move.line"

    def _collection_get_open_items(self):
        """Return the open items of these instalments, in superuser mode.

        In all their companies, whatever those of the user.
        """
        items = self.env["sale.collection.open.item"].sudo()
        if not self:
            return items
        companies = self.sudo().company_id
        return items.with_context(allowed_company_ids=companies.ids).search(
            [("id", "in", self.ids)]
        )

    def _collection_is_online_payment_on(self):
        """Tell whether customers may pay online at all: core's own setting."""
        setting = "account_payment.enable_portal_payment"
        return str2bool(self.env["ir.config_parameter"].sudo().get_param(setting))

    def _collection_get_payee(self):
        """Return the company that takes the money: their own, else the root of all."""
        companies = self.company_id
        return companies if len(companies) == 1 else companies.root_id[:1]
