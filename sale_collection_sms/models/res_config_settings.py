from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collection_sms_price = fields.Float(
        related="company_id.collection_sms_price", readonly=False
    )
