from odoo import api, models


class SaleCollectionProfile(models.Model):
    """Money that came in is told of once the figures are fresh."""

    _inherit = "sale.collection.profile"

    @api.model
    def _refresh_touched(self, partners, today=None):
        profiles = super()._refresh_touched(partners, today)
        self.env["sale.collection.money.notice"].sudo()._wake()
        return profiles
