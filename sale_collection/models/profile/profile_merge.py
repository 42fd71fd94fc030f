from odoo import models


class SaleCollectionProfile(models.Model):
    """Profiles of customers that become one."""

    _inherit = "sale.collection.profile"

    def _hand_over(self, customer):
        """Give these profiles to ``customer``.

        Where it has a profile already their scores, reviews and other children go
        to that one and the emptied profile is dropped.
        """
        taken = self.search([("partner_id", "=", customer.id)]).grouped("company_id")
        for company, profiles in (
            (self - self.browse().union(*taken.values())).grouped("company_id").items()
        ):
            kept = taken.get(company, profiles[:1])
            (profiles - kept)._move_children(kept)
            kept.partner_id = customer
            # Children moved by SQL read the customer from their new profile.
            kept.modified(["partner_id"])

    def _move_children(self, kept):
        """Move all that refers to these profiles to ``kept`` and drop them."""
        if not self:
            return
        merge = self.env["base.partner.merge.automatic.wizard"].sudo()
        self.env.flush_all()
        merge._update_foreign_keys_generic(self._name, self, kept)
        merge._update_reference_fields_generic(self._name, self, kept)
        self.env.invalidate_all()
        self.unlink()
