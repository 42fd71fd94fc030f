from odoo import api, models
from odoo.fields import Domain

from odoo.addons.sale_collection.models.desk.takeover import Part


class SaleCollectionTakeover(models.Model):
    """Reminders that wait are signed by the successor."""

    _inherit = "sale.collection.takeover"

    @api.model
    def _get_parts(self, company, leaver):
        # EXTENDS
        return {
            **super()._get_parts(company, leaver),
            "reminder": Part(
                self.env._("Reminders that wait"),
                "sale.collection.reminder",
                Domain("company_id", "=", company.id)
                & Domain("state", "in", ("candidate", "ready")),
            ),
        }
