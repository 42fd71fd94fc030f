from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

EXCLUDE_FIELDS = {"excluded", "excluded_reason"}


class SaleCollectionProfile(models.Model):
    """Customers nobody chases: intercompany, employees, public bodies, direct debit."""

    _inherit = "sale.collection.profile"

    excluded = fields.Boolean(
        string="Not chased",
        tracking=True,
        copy=False,
        index="btree_not_null",
        help="Gets no reminders and no holds, and counts nothing as collectable.",
    )
    excluded_reason = fields.Char(string="Why not chased", tracking=True, copy=False)

    @api.constrains("excluded", "excluded_reason")
    def _check_excluded_reason(self):
        for profile in self:
            if profile.excluded and not (profile.excluded_reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "Why not chased: say why %(customer)s is excluded.",
                        customer=profile.partner_id.display_name,
                    )
                )

    def write(self, vals):
        if not EXCLUDE_FIELDS.isdisjoint(vals):
            self._check_may_exclude()
        result = super().write(vals)
        if "excluded" in vals:
            for company, profiles in self.sudo().grouped("company_id").items():
                profiles._queue_refresh(company)
        return result

    def _check_may_exclude(self):
        if self.env.su:
            return
        if not self.env.user.has_group("sale_collection.group_credit_controller"):
            raise AccessError(
                self.env._("Only credit controllers exclude customers from chasing.")
            )

    def _queue_refresh(self, company):
        """Have the figures of these customers of one company refreshed."""
        queue = self.env["sale.collection.queue"].sudo()
        queue._push("partner", self.partner_id.ids, company)
