from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Settings of the figures."""

    _inherit = "res.config.settings"

    collection_cost_rate = fields.Float(
        related="company_id.collection_cost_rate", readonly=False
    )
    collection_board_partner_ids = fields.Many2many(
        related="company_id.collection_board_partner_ids", readonly=False
    )
