from odoo import api, models
from odoo.tools import SQL


class SaleCollectionBehaviour(models.AbstractModel):
    """Fees of the bank are no short payment where the company says which they are."""

    _inherit = "sale.collection.behaviour"

    @api.model
    def _get_short_sql(self):
        facts = self.env["sale.collection.commission.facts"]
        return SQL(
            "(%s AND %s IS NOT TRUE)",
            super()._get_short_sql(),
            facts._get_fee_sql("receipt", of_any_day=True),
        )
