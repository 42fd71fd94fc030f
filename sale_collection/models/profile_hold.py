from odoo import fields, models

HOLD_STATES = [
    ("none", "None"),
    ("warn", "Warn"),
    ("limit", "Limited supply"),
    ("prepay", "Prepayment"),
    ("hold", "Hold"),
    ("refuse", "Refuse"),
]


class SaleCollectionProfile(models.Model):
    """What the supply rules say of a customer, whatever it orders."""

    _inherit = "sale.collection.profile"

    hold_ids = fields.One2many("sale.collection.hold", "profile_id")
    hold_state = fields.Selection(
        HOLD_STATES,
        string="Supply",
        readonly=True,
        default="none",
        help="What a new order of this customer would meet, as last compared.",
    )
