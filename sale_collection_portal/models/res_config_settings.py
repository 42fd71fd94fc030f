from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collection_link_days = fields.Integer(
        related="company_id.collection_link_days", readonly=False
    )
    collection_portal_promise_days = fields.Integer(
        related="company_id.collection_portal_promise_days", readonly=False
    )
    collection_portal_plan_parts = fields.Integer(
        related="company_id.collection_portal_plan_parts", readonly=False
    )
    collection_portal_plan_days = fields.Integer(
        related="company_id.collection_portal_plan_days", readonly=False
    )
    collection_portal_plan_first = fields.Float(
        related="company_id.collection_portal_plan_first", readonly=False
    )
    collection_portal_plan_grade_ids = fields.Many2many(
        related="company_id.collection_portal_plan_grade_ids", readonly=False
    )
