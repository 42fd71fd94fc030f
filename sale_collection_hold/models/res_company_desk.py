from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _collection_get_controllers(self):
        """Return everybody who may decide on credit in this company."""
        self.ensure_one()
        domain = self._get_collection_controller_domain()
        return (
            self.env["res.users"]
            .sudo()
            .search([*domain, ("company_ids", "in", self.id)], order="id")
        )
