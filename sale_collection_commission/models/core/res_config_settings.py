from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collection_settlement_period = fields.Selection(
        related="company_id.collection_settlement_period", readonly=False
    )
    collection_late_booking_days = fields.Integer(
        related="company_id.collection_late_booking_days", readonly=False
    )
    collection_commission_product_id = fields.Many2one(
        related="company_id.collection_commission_product_id", readonly=False
    )
    collection_fee_account_ids = fields.Many2many(
        related="company_id.collection_fee_account_ids", readonly=False
    )
    collection_fee_from = fields.Date(
        related="company_id.collection_fee_from", readonly=False
    )
