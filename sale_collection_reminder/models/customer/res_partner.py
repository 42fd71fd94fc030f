from odoo import models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    """Reminders from the list and the form of customers."""

    _inherit = "res.partner"

    def action_collection_remind(self):
        """Ask how to remind these customers of all that is overdue."""
        return self._get_visible_profiles().action_remind_now()

    def action_collection_snooze(self):
        """Ask until when these customers are not to be reminded."""
        return self._get_visible_profiles().action_open_snooze()

    def action_collection_timeline(self):
        """Show all that happened between the customer and us about money."""
        self.ensure_one()
        return self._get_visible_profiles().action_open_timeline()

    def _get_visible_profiles(self):
        customers = self._filter_collection_visible().commercial_partner_id
        if not customers:
            raise UserError(
                self.env._(
                    "These are customers of others. Their collectors can remind them."
                )
            )
        profiles = self.env["sale.collection.profile"].sudo()._for(customers)
        return profiles.sudo(False)
