from odoo import api, models
from odoo.fields import Domain

from odoo.addons.sale_collection.models.desk.takeover import Part


class SaleCollectionTakeover(models.Model):
    """Measures under way are the successor's."""

    _inherit = "sale.collection.takeover"

    @api.model
    def _get_parts(self, company, leaver):
        # EXTENDS
        branches = self._get_branches(company)
        return {
            **super()._get_parts(company, leaver),
            "measure": Part(
                self.env._("Measures"),
                "sale.collection.measure",
                Domain("target_id.company_id", "in", branches.ids)
                & Domain("result", "=", False),
            ),
        }
