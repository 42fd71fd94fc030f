from odoo import api, models
from odoo.tools import SQL


class SaleCollectionOrderFacts(models.AbstractModel):
    _inherit = "sale.collection.order.facts"

    @api.model
    def _get_unsupplied_sql(self):
        # EXTENDS: deliveries are recorded, what is billed may still have to leave
        return SQL(
            "(line.qty_delivered_method = 'stock_move' OR %s)",
            super()._get_unsupplied_sql(),
        )
