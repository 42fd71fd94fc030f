from odoo import api, fields, models
from odoo.tools import SQL


class SaleCollectionTimeline(models.Model):
    """Holds of the orders of the customer."""

    _inherit = "sale.collection.timeline"
    _depends = {
        "sale.collection.hold": ["amount", "held_at", "partner_id", "user_id"],
    }

    kind = fields.Selection(
        selection_add=[
            ("hold", "Supply hold"),
        ]
    )

    @api.model
    def _get_parts(self):
        return {
            **super()._get_parts(),
            "hold": (
                7,
                SQL(
                    """SELECT id, company_id, partner_id, held_at::date AS date, amount,
                              user_id, 'sale.collection.hold' AS res_model
                         FROM sale_collection_hold"""
                ),
            ),
        }

    @api.model
    def _get_describers(self):
        return {
            **super()._get_describers(),
            "sale.collection.hold": lambda row: self._say(
                row, "order_id", "strength", "state"
            ),
        }
