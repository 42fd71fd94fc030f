from odoo import api, fields, models
from odoo.tools import SQL


class SaleCollectionTimeline(models.Model):
    """Promises of the customer."""

    _inherit = "sale.collection.timeline"
    _depends = {
        "sale.collection.promise": ["amount", "made_on", "state", "user_id"],
    }

    kind = fields.Selection(
        selection_add=[
            ("promise", "Promise"),
        ]
    )

    @api.model
    def _get_parts(self):
        return {
            **super()._get_parts(),
            "promise": (
                5,
                SQL(
                    """SELECT id, company_id, partner_id, made_on AS date, amount,
                              user_id, 'sale.collection.promise' AS res_model
                         FROM sale_collection_promise WHERE state <> 'draft'"""
                ),
            ),
        }

    @api.model
    def _get_describers(self):
        return {
            **super()._get_describers(),
            "sale.collection.promise": lambda row: self._say(row, "name", "state"),
        }
