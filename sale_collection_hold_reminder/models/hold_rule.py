from odoo import api, models
from odoo.tools import SQL


class SaleCollectionHoldRule(models.Model):
    """Reminder steps ask for holds as rules do."""

    _inherit = "sale.collection.hold.rule"

    @api.model
    def _get_strict_sql(self):
        # OVERRIDE: a step of a reminder plan in use asks for a hold
        return SQL(
            """EXISTS (
                SELECT FROM sale_collection_ladder_step
                 WHERE hold_strength IS NOT NULL AND company_id IS NOT NULL
            )"""
        )
