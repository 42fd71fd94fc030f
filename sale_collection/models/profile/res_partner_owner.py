from odoo import api, models
from odoo.tools import SQL


class ResPartner(models.Model):
    """What follows a customer that becomes part of another one."""

    _inherit = "res.partner"

    def write(self, vals):
        if "parent_id" not in vals:
            return super().write(vals)
        owners = {partner: partner.commercial_partner_id for partner in self}
        result = super().write(vals)
        for partner, owner in owners.items():
            if partner.commercial_partner_id != owner:
                partner._collection_follow_owner(owner)
        return result

    def _collection_follow_owner(self, old_owner):
        """Give what we know of a customer to the one it now belongs to.

        A contact that leaves its customer takes nothing along: accounting leaves
        the entries with the customer.
        """
        new_owner = self.commercial_partner_id
        if old_owner == self:
            self._collection_hand_over(new_owner)
        (old_owner | new_owner)._collection_queue()

    def _collection_hand_over(self, customer):
        """Move receipts, history and profiles of these customers to ``customer``."""
        for table in self._get_collection_customer_tables():
            # By SQL: the ledger has no other way to change, its owner alone moves.
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET partner_id = %s WHERE partner_id IN %s",
                    SQL.identifier(table),
                    customer.id,
                    self._ids,
                )
            )
        self.env.invalidate_all()
        profiles = self.env["sale.collection.profile"].sudo()
        profiles.search([("partner_id", "in", self.ids)])._hand_over(customer)

    @api.model
    def _get_collection_customer_tables(self):
        """Return the tables whose `partner_id` is the customer a row belongs to.

        Those that read it from their profile follow the profile.
        """
        return [
            "sale_collection_receipt",
            "sale_collection_history",
            "sale_collection_bounce",
            "sale_collection_review",
        ]

    def _collection_queue(self):
        """Have the figures of these customers refreshed within a minute."""
        profiles = self.env["sale.collection.profile"].sudo()
        profiles = profiles.search([("partner_id", "in", self.ids)])
        for company in profiles.company_id | self.env.company.root_id:
            self.env["sale.collection.queue"]._push("partner", self.ids, company)
