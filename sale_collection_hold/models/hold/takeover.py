from odoo import api, models
from odoo.fields import Domain

from odoo.addons.sale_collection.models.desk.takeover import Part


class SaleCollectionTakeover(models.Model):
    """Open holds are decided by the successor, where that is a controller."""

    _inherit = "sale.collection.takeover"

    @api.model
    def _get_parts(self, company, leaver):
        # EXTENDS
        branches = self._get_branches(company)
        return {
            **super()._get_parts(company, leaver),
            "hold": Part(
                self.env._("Held orders to decide on"),
                "sale.collection.hold",
                Domain("company_id", "in", branches.ids)
                & Domain("state", "in", ("active", "ready")),
                owner="controller_id",
            ),
        }

    @api.model
    def _move(self, part, records, successor):
        # EXTENDS: what nobody is named for is decided by the company's controller
        controller = "sale_collection.group_credit_controller"
        if part.model == "sale.collection.hold" and not successor.has_group(controller):
            successor = successor.browse()
        return super()._move(part, records, successor)
