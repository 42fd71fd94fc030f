from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collection_services_hold = fields.Selection(
        related="company_id.collection_services_hold", readonly=False
    )
    collection_prepay_extent = fields.Selection(
        related="company_id.collection_prepay_extent", readonly=False
    )
