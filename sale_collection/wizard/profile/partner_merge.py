from odoo import api, models
from odoo.exceptions import AccessError

from ...models.profile.profile import PROFILE_TERMS
from ...models.profile.res_partner import PARTNER_TERMS


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merges customers with all we know of them, unless their credit terms differ."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids).exists()
        self._check_same_credit_terms(partners)
        return super()._merge(partner_ids, dst_partner, extra_checks)

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        # Before core: its raw update meets the one-profile-per-customer rule and
        # would then delete the profile with all its history.
        customers = src_partners.filtered(lambda src: src.commercial_partner_id == src)
        owner = dst_partner.commercial_partner_id
        customers._collection_hand_over(owner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        owner._collection_queue()
        return result

    @api.model
    def _check_same_credit_terms(self, partners):
        """Refuse to merge different credit terms: that would change one of them."""
        owners = partners.commercial_partner_id
        if partners._may_edit_credit_terms() or not partners & owners:
            return
        terms = self._collect_credit_terms(owners)
        if any(len(set(values)) > 1 for values in terms):
            raise AccessError(
                self.env._(
                    "Credit limit, trust or payment terms of these customers differ. "
                    "Ask a credit controller to merge them."
                )
            )

    @api.model
    def _collect_credit_terms(self, owners):
        """Return lists of values that must be equal, one value a customer."""
        owners.flush_recordset(PARTNER_TERMS)
        return [
            *self._collect_partner_terms(owners),
            *self._collect_profile_terms(owners),
        ]

    @api.model
    def _collect_partner_terms(self, owners):
        query = owners.sudo().with_context(active_test=False)
        query = query._search([("id", "in", owners.ids)])
        columns = query.select(*(f'"res_partner"."{name}"' for name in PARTNER_TERMS))
        rows = self.env.execute_query(columns)
        for name, column in zip(PARTNER_TERMS, zip(*rows, strict=True), strict=True):
            for company_id in set().union(*(values or () for values in column)):
                company = self.env["res.company"].sudo().browse(int(company_id))
                default = owners.with_company(company)._get_company_terms(name)
                default = getattr(default, "id", default)
                yield [(values or {}).get(company_id, default) for values in column]

    @api.model
    def _collect_profile_terms(self, owners):
        profiles = self.env["sale.collection.profile"].sudo()
        profiles = profiles.search([("partner_id", "in", owners.ids)])
        for same_company in profiles.grouped("company_id").values():
            for name in PROFILE_TERMS:
                yield [profile[name] for profile in same_company]
