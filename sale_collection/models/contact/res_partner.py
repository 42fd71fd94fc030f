from odoo import models
from odoo.exceptions import AccessError


class ResPartner(models.Model):
    """Customers as people we talk to about money."""

    _inherit = "res.partner"

    def _get_collection_profile(self):
        """Return the credit profile of this customer, made when there is none."""
        self.ensure_one()
        visible = self._filter_collection_visible().commercial_partner_id
        if not visible:
            raise AccessError(
                self.env._(
                    "%(customer)s is not one of your customers.",
                    customer=self.display_name,
                )
            )
        profile = self.env["sale.collection.profile"].sudo()._for(visible)
        return profile.sudo(False)

    def action_log_contact(self):
        """Log a contact with this customer."""
        return self._get_collection_profile()._open_contact_log()
