from odoo import api, models


class ResPartner(models.Model):
    """Credit reviews follow a customer that becomes part of another one."""

    _inherit = "res.partner"

    @api.model
    def _get_collection_customer_tables(self):
        # EXTENDS: reviews name their customer
        return [*super()._get_collection_customer_tables(), "sale_collection_review"]
