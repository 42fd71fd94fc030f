from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.sale_collection.models.desk.takeover import Part

from .notice import KEPT_DAYS


class SaleCollectionTakeover(models.Model):
    """The successor makes planned visits and sees to payments not confirmed yet."""

    _inherit = "sale.collection.takeover"

    @api.model
    def _get_parts(self, company, leaver):
        # EXTENDS
        awaited = company._collection_today() - timedelta(KEPT_DAYS)
        return {
            **super()._get_parts(company, leaver),
            "visit": Part(
                self.env._("Planned visits"),
                "sale.collection.visit",
                Domain("company_id", "=", company.id) & Domain("state", "=", "planned"),
            ),
            "notice": Part(
                self.env._("Payment notices"),
                "sale.collection.notice",
                Domain("company_id", "=", company.id)
                & Domain("state", "!=", "confirmed")
                & (Domain("state", "=", "open") | Domain("date", ">=", awaited)),
            ),
        }
