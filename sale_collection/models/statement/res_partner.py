from odoo import models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    """Statements of account from the list of customers."""

    _inherit = "res.partner"

    def action_open_collection_statement(self):
        """Ask for the period, then print, download or send their statements."""
        customers = self._filter_collection_visible().commercial_partner_id
        if not customers:
            raise UserError(
                self.env._(
                    "These are customers of others. Their collectors can send the "
                    "statements of account."
                )
            )
        profiles = self.env["sale.collection.profile"].sudo()._for(customers)
        return profiles.sudo(False).action_open_statement()
