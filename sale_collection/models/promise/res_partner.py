from odoo import models


class ResPartner(models.Model):
    """A promise from the form of the customer."""

    _inherit = "res.partner"

    def action_new_promise(self):
        """Open the dialog for a promise of this customer."""
        return self._get_collection_profile().action_new_promise()
