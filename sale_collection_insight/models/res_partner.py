from odoo import models


class ResPartner(models.Model):
    """The targets of a customer follow it to the customer it now belongs to."""

    _inherit = "res.partner"

    def _collection_hand_over(self, customer):
        # EXTENDS base
        result = super()._collection_hand_over(customer)
        lines = self.env["sale.collection.target.line"].sudo()
        known = [("partner_id", "in", (self | customer).ids)]
        lines.search(known)._hand_over(customer)
        return result
