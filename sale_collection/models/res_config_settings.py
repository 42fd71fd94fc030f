from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collection_grace_days = fields.Integer(
        related="company_id.collection_grace_days", readonly=False
    )
    collection_review_warning_days = fields.Integer(
        related="company_id.collection_review_warning_days", readonly=False
    )
    collection_aging_scheme_id = fields.Many2one(
        related="company_id.collection_aging_scheme_id", readonly=False
    )
