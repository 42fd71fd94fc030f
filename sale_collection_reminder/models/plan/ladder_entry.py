from odoo import fields, models


class SaleCollectionLadderEntry(models.Model):
    """An old instalment somebody has put on the ladder by hand."""

    _name = "sale.collection.ladder.entry"
    _description = "Debt entered by hand"
    _inherit = ["sale.collection.code.written", "sale.collection.titled"]
    _order = "date desc, id desc"
    _rec_name = "line_id"
    _check_company_auto = True
    _created_with = frozenset({"profile_id", "line_id", "date"})

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
        ondelete="cascade",
    )
    date = fields.Date(required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )

    _line_unique = models.Constraint(
        "UNIQUE (line_id)", "This instalment is on the ladder already."
    )
