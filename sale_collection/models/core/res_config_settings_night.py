from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Settings of the night, and of what follows a payment."""

    _inherit = "res.config.settings"

    collection_night_user_id = fields.Many2one(
        related="company_id.collection_night_user_id", readonly=False
    )
    collection_money_notice = fields.Boolean(
        related="company_id.collection_money_notice", readonly=False
    )
