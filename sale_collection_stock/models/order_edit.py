from odoo import api, models


class SaleCollectionOrderEdit(models.AbstractModel):
    _inherit = "sale.collection.order.edit"

    @api.model
    def _launch(self, quantities):
        # EXTENDS: ask for what the whole order needs now
        res = super()._launch(quantities)
        lines = self.env["sale.order.line"].browse(quantities).exists()
        if lines:
            lines._action_launch_stock_rule(previous_product_uom_qty=quantities)
        return res
