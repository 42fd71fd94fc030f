from odoo import api, models


class SaleCollectionProfile(models.Model):
    """Money that came in is told of once the figures are fresh."""

    _inherit = "sale.collection.profile"

    @api.model
    def _get_touched_steps(self):
        return [*super()._get_touched_steps(), (40, "_wake_money_notices")]

    def _wake_money_notices(self, today=None):
        """Have money that is news told of."""
        self.env["sale.collection.money.notice"].sudo()._wake()
