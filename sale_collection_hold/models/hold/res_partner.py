from odoo import api, models

from ...tools.credit_terms import is_raise


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _check_credit_changes(self, changes):
        # EXTENDS: nobody frees an own held order by raising its customer's limit
        result = super()._check_credit_changes(changes)
        raised = self.browse(
            partner.commercial_partner_id.id
            for partner, terms in changes.items()
            if is_raise("credit_limit", *terms.get("credit_limit", (0, 0)))
        )
        if raised:
            self.env["sale.collection.hold.approval"]._check_own_raise(
                self.env.company.sudo().root_id, raised
            )
        return result
