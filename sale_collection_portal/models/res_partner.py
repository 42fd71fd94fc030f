from odoo import fields, models

SCOPES = [
    ("all", "The whole account"),
    ("own", "What was invoiced to them"),
    ("none", "Nothing"),
]


class ResPartner(models.Model):
    """Whose account a person sees on the portal."""

    _inherit = "res.partner"

    collection_portal_scope = fields.Selection(
        SCOPES,
        string="Contacts see on the portal",
        default="all",
        groups="sale_collection.group_user,account.group_account_invoice,"
        "account.group_account_readonly",
        help="What the contacts of this customer see and pay under “Account "
        "statement” of the portal. Its own login always sees the whole account.",
    )

    def _collection_get_portal_scope(self):
        """Return `all`, `own` or `none`: what this person sees of its customer."""
        customer = self.sudo().commercial_partner_id
        if customer == self:
            return "all"
        return customer.collection_portal_scope or "all"

    def _collection_find_portal_profiles(self, companies):
        """Return in superuser mode the profiles whose account this person sees.

        That of its customer first, then those of the branches below it: companies of
        their own for which the customer is the parent, as on core's portal.

        :param companies: those the person works with, each root company once
        """
        profiles = self.env["sale.collection.profile"].sudo()
        if self._collection_get_portal_scope() == "none":
            return profiles
        customer = self.sudo().commercial_partner_id
        family = customer.with_context(active_test=False).search(
            [("id", "child_of", customer.id)]
        )
        customers = family.commercial_partner_id & family
        found = profiles.search(
            [
                ("partner_id", "in", (customer | customers).ids),
                ("company_id", "in", companies.root_id.ids),
            ]
        )
        return found.sorted(
            lambda profile: (profile.partner_id != customer, profile.partner_id.name)
        )

    def _collection_get_contact_of(self, customer):
        """Return the id of this person if they belong to a customer, else False."""
        return self.commercial_partner_id == customer and self.id
