from odoo import api, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _queue_changed_limits(self, changes):
        # EXTENDS: who sells an order does not free it by raising the limit
        company = self.env.company.sudo().root_id
        limits = {
            partner.commercial_partner_id: terms["credit_limit"]
            for partner, terms in changes.items()
            if "credit_limit" in terms
        }
        profiles = self.env["sale.collection.profile"].sudo()
        profiles = profiles.search(
            [
                ("company_id", "=", company.id),
                ("partner_id", "in", self.browse().union(*limits).ids),
            ]
        )
        lines = {}
        for profile in profiles:
            before, after = limits[profile.partner_id]
            line = profile._get_credit_line()
            lines[profile.partner_id.id] = (
                line - (after or 0.0) + (before or 0.0),
                line,
            )
        self.env["sale.collection.hold"]._note_raises(company, lines)
        return super()._queue_changed_limits(changes)
