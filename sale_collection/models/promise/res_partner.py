from odoo import models


class ResPartner(models.Model):
    """A promise from the customer form."""

    _inherit = "res.partner"

    def action_new_promise(self):
        """Open the dialog for a promise of this customer."""
        self.ensure_one()
        customer = self._filter_collection_visible().commercial_partner_id
        profile = self.env["sale.collection.profile"].sudo()._for(customer)
        return profile.sudo(False).action_new_promise()
