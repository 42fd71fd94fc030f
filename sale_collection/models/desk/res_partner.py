from odoo import api, models
from odoo.tools import SQL


class ResPartner(models.Model):
    """The customers of somebody who is away are those of the substitute as well."""

    _inherit = "res.partner"

    @api.model
    def _get_own_customer_queries(self):
        # EXTENDS: customers one stands in for
        represented = self.env.user._collection_get_represented_query()
        profiles = self.env["sale.collection.profile"].sudo()
        roots = self.env.companies.root_id
        found = profiles._search(
            [("user_id", "in", represented), ("company_id", "in", roots.ids)]
        )
        customers = found.subselect(SQL.identifier(profiles._table, "partner_id"))
        return [*super()._get_own_customer_queries(), customers]
