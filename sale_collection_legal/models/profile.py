from odoo import api, fields, models
from odoo.tools import format_date


class SaleCollectionProfile(models.Model):
    """What is with an agency or a court, and what can still be claimed."""

    _inherit = "sale.collection.profile"

    handover_notice = fields.Char(
        string="With an agency or a court", compute="_compute_handover_notice"
    )

    @api.depends("partner_id")
    @api.depends_context("lang")
    def _compute_handover_notice(self):
        handovers = self.env["sale.collection.handover"].sudo()
        domain = [("profile_id", "in", self.ids), ("state", "=", "handed")]
        found = handovers.search(domain).grouped("profile_id")
        for profile in self:
            mine = found.get(profile._origin, handovers)
            profile.handover_notice = " ".join(
                self.env._(
                    "%(amount)s is with %(receiver)s since %(day)s: do not ask for it.",
                    amount=one.currency_id.format(one.amount_open),
                    receiver=one.receiver_id.name,
                    day=format_date(self.env, one.date),
                )
                for one in mine
            )

    @api.model
    def _get_touched_steps(self):
        return [
            *super()._get_touched_steps(),
            (46, "_propose_reopening"),
            (47, "_refresh_limitation"),
        ]

    def _propose_reopening(self, today=None):
        """Propose to reopen written-off debts of customers whose money came."""
        for company, own in self.sudo().grouped("company_id").items():
            day = today or company._collection_today()
            self.env["sale.collection.write.off"]._propose_reopening(own, company, day)

    def _refresh_limitation(self, today=None):
        """Bring the limitation clocks of these customers up to date."""
        for company, own in self.sudo().grouped("company_id").items():
            clocks = self.env["sale.collection.limitation"]
            day = today or company._collection_today()
            clocks._refresh(company, day, own.partner_id.ids)

    def _find_reader(self):
        """Return the collector, or the controller, who may read this profile."""
        self.ensure_one()
        for user in (self.user_id, self.company_id._collection_get_controller()):
            here = (user.company_ids & self.company_id).ids
            seen = self.with_user(user).with_context(allowed_company_ids=here)
            if here and user.active and seen.has_access("read"):
                return user
        return self.env["res.users"]
