from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SaleCollectionSnooze(models.Model):
    """A pause in the reminders of one instalment, up to a day and for a reason."""

    _name = "sale.collection.snooze"
    _description = "Snoozed instalment"
    _inherit = ["sale.collection.code.written", "sale.collection.titled"]
    _order = "until desc, id desc"
    _rec_name = "line_id"
    _check_company_auto = True
    _created_with = frozenset({"profile_id", "line_id"})

    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        related="profile_id.partner_id", string="Customer", store=True, index=True
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    line_id = fields.Many2one(
        "account.move.line",
        string="Instalment",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    until = fields.Date(required=True, help="Last day without reminders.")
    reason = fields.Char(required=True)
    user_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )

    @api.constrains("line_id", "profile_id", "reason")
    def _check_line(self):
        for snooze in self:
            line = snooze.sudo().line_id
            if line.partner_id.commercial_partner_id != snooze.partner_id:
                raise ValidationError(
                    self.env._(
                        "Instalment: %(name)s is not a debt of %(customer)s.",
                        name=line.display_name,
                        customer=snooze.partner_id.display_name,
                    )
                )
            if not snooze.reason.strip():
                raise ValidationError(
                    self.env._("Reason: say why nobody is to be reminded.")
                )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        snoozes = super().create(vals_list)
        if snoozes:
            snoozes.profile_id._rank_work()
        return snoozes

    def write(self, vals):
        result = super().write(vals)
        if self and "until" in vals:
            self.profile_id._rank_work()
        return result

    def unlink(self):
        profiles = self.profile_id
        result = super().unlink()
        if profiles:
            profiles._rank_work()
        return result
