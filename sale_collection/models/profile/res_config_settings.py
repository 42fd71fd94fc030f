from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collection_aging_scheme_id = fields.Many2one(
        related="company_id.collection_aging_scheme_id", readonly=False
    )
