from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collection_notice_days = fields.Integer(
        related="company_id.collection_notice_days", readonly=False
    )
