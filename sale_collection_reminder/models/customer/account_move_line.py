from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _get_collection_profiles(self):
        """Return the profiles of the customers of these lines.

        :raise AccessError: a customer the user may not see
        """
        profiles = self.env["sale.collection.profile"].sudo()
        found = profiles
        for company, lines in (
            self.sudo().grouped(lambda line: line.company_id.root_id).items()
        ):
            customers = lines.partner_id.commercial_partner_id
            found |= profiles.with_company(company)._for(customers)
        found = found.sudo(False).with_env(self.env(su=False))
        found.check_access("read")
        return found
