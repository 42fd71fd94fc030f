from math import inf

from odoo import models

# What makes the credit given in all, beside the limit on the customer form.
LINE_FIELDS = {
    "credit_policy",
    "temporary_limit",
    "temporary_limit_until",
    "guarantee_amount",
    "credit_limit_until",
}


class SaleCollectionProfile(models.Model):
    """The credit given to a customer in all, and who raises it."""

    _inherit = "sale.collection.profile"

    def write(self, vals):
        if vals.get("excluded") and not self.env.su:
            self._check_not_own_holds()
        if LINE_FIELDS.isdisjoint(vals):
            return super().write(vals)
        before = self._get_credit_lines()
        result = super().write(vals)
        after = self._get_credit_lines()
        for company, profiles in self.sudo().grouped("company_id").items():
            self.env["sale.collection.hold"]._note_raises(
                company,
                {
                    profile.partner_id.id: (before[profile.id], after[profile.id])
                    for profile in profiles
                },
            )
        return result

    def _check_not_own_holds(self):
        """Refuse who sells a held order to free it by excluding its customer."""
        holds = self.env["sale.collection.hold"].search(
            [("profile_id", "in", self.ids), ("state", "=", "active")]
        )
        for hold, approval in holds._plan_approvals().items():
            hold._check_not_own(approval)

    def _get_credit_lines(self):
        """Return {profile id: credit given today in all}, `inf` without a limit."""
        return {profile.id: profile._get_credit_line() for profile in self.sudo()}

    def _get_credit_line(self):
        if self.credit_policy != "limit":
            return inf if self.credit_policy == "unlimited" else 0.0
        today = self.company_id._collection_today()
        if self.credit_limit_until and self.credit_limit_until < today:
            return 0.0
        until = self.temporary_limit_until
        extra = self.temporary_limit if not until or until >= today else 0.0
        return self.credit_limit + self.guarantee_amount + extra
