from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collection_notice_days = fields.Integer(
        related="company_id.collection_notice_days", readonly=False
    )
    collection_bill_days = fields.Integer(
        related="company_id.collection_bill_days", readonly=False
    )
    collection_bill_keeps = fields.Selection(
        related="company_id.collection_bill_keeps", readonly=False
    )
