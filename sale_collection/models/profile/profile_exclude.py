from odoo import api, fields, models
from odoo.exceptions import ValidationError


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
