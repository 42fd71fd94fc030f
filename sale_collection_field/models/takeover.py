from odoo import api, models
from odoo.fields import Domain

from odoo.addons.sale_collection.models.desk.takeover import Part


class SaleCollectionTakeover(models.Model):
    """The successor makes the visits that are planned."""

    _inherit = "sale.collection.takeover"

    @api.model
    def _get_parts(self, company, leaver):
        # EXTENDS
        return {
            **super()._get_parts(company, leaver),
            "visit": Part(
                self.env._("Planned visits"),
                "sale.collection.visit",
                Domain("company_id", "=", company.id) & Domain("state", "=", "planned"),
            ),
        }
