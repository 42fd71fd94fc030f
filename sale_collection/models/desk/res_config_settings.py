from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collection_first_day = fields.Boolean(
        related="company_id.collection_first_day", readonly=False
    )
