from odoo import api, models


class SaleOrder(models.Model):
    """Each reader has their own list of an order's projects."""

    _inherit = "sale.order"

    @api.depends_context("uid")
    def _compute_project_ids(self):
        # EXTENDS: core cuts the list to what its reader sees and keeps it for all
        return super()._compute_project_ids()
