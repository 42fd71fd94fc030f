from odoo import api, models
from odoo.fields import Domain

from odoo.addons.sale_collection.models.desk.takeover import Part


class SaleCollectionTakeover(models.Model):
    """The successor sees to the open parts of contracts."""

    _inherit = "sale.collection.takeover"

    @api.model
    def _get_parts(self, company, leaver):
        # EXTENDS
        branches = self._get_branches(company)
        return {
            **super()._get_parts(company, leaver),
            "contract": Part(
                self.env._("Parts of contracts"),
                "sale.collection.contract.line",
                Domain("company_id", "in", branches.ids)
                & Domain("order_state", "in", ("draft", "sent", "sale"))
                & Domain("state", "!=", "collected"),
            ),
        }
