from odoo import fields, models


class SaleCollectionSnooze(models.Model):
    """An instalment nobody is reminded of until a day, and why."""

    _name = "sale.collection.snooze"
    _description = "Snoozed instalment"
    _order = "until desc, id desc"
    _rec_name = "line_id"
    _check_company_auto = True

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
