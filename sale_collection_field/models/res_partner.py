from odoo import api, models
from odoo.fields import Domain


class ResPartner(models.Model):
    """Whoever is sent to a customer sees it for the visit."""

    _inherit = "res.partner"

    @api.model
    def _get_own_customer_queries(self):
        # EXTENDS: customers one is sent to
        return [
            *super()._get_own_customer_queries(),
            self.env["sale.collection.visit"]._get_sent_query(self.env.companies),
        ]

    def _filter_collection_lasting(self):
        """Return the customers the user sees not for a visit alone."""
        if self.env.su or self._sees_all_customers():
            return self
        own = Domain.OR(
            Domain("commercial_partner_id", "in", customers)
            # pylint: disable=super-method-mismatch
            for customers in super()._get_own_customer_queries()
        )
        partners = self.sudo().with_context(active_test=False)
        return partners.search(Domain("id", "in", self.ids) & own).with_env(self.env)
