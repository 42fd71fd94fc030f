from odoo import api, models
from odoo.exceptions import UserError


class SaleCollectionExtension(models.Model):
    """Extensions are asked for by those who see the customer."""

    _inherit = "sale.collection.extension"

    @api.model
    def _check_customer(self, line):
        """Check that the user may read the customer of an instalment.

        :raise AccessError: the customer is somebody else's
        :raise UserError: the instalment is nobody's
        """
        profiles = self.env["sale.collection.profile"].sudo()
        profile = profiles.with_company(line.company_id)._for(line.partner_id)
        if not profile:
            raise UserError(self.env._("Choose an instalment of a customer."))
        profile.sudo(False).check_access("read")
        return super()._check_customer(line)
