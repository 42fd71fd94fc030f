from odoo import api, models


class ResPartner(models.Model):
    """Commission entries follow the customer that owns the debt."""

    _inherit = "res.partner"

    @api.model
    def _get_collection_customer_tables(self):
        tables = super()._get_collection_customer_tables()
        return [*tables, "sale_collection_commission_entry"]
