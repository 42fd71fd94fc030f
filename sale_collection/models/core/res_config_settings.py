from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Settings of collection, all of them stored on the company."""

    _inherit = "res.config.settings"

    collection_grace_days = fields.Integer(
        related="company_id.collection_grace_days", readonly=False
    )
    collection_tolerance = fields.Integer(
        related="company_id.collection_tolerance", readonly=False
    )
    collection_review_warning_days = fields.Integer(
        related="company_id.collection_review_warning_days", readonly=False
    )
    collection_dispute_days = fields.Integer(
        related="company_id.collection_dispute_days", readonly=False
    )
    collection_controller_id = fields.Many2one(
        related="company_id.collection_controller_id", readonly=False
    )
    collection_tail_percent = fields.Float(
        related="company_id.collection_tail_percent", readonly=False
    )
    collection_short_percent = fields.Float(
        related="company_id.collection_short_percent", readonly=False
    )
    collection_short_amount = fields.Monetary(
        related="company_id.collection_short_amount", readonly=False
    )
    collection_write_off_account_id = fields.Many2one(
        related="company_id.collection_write_off_account_id", readonly=False
    )
    collection_promise_grace_days = fields.Integer(
        related="company_id.collection_promise_grace_days", readonly=False
    )
    collection_promise_threshold = fields.Float(
        related="company_id.collection_promise_threshold", readonly=False
    )
    collection_promise_max_grace_days = fields.Integer(
        related="company_id.collection_promise_max_grace_days", readonly=False
    )
    collection_promise_min_threshold = fields.Float(
        related="company_id.collection_promise_min_threshold", readonly=False
    )
    collection_promise_backdate_days = fields.Integer(
        related="company_id.collection_promise_backdate_days", readonly=False
    )
    collection_plan_breach = fields.Selection(
        related="company_id.collection_plan_breach", readonly=False
    )
    collection_night_user_id = fields.Many2one(
        related="company_id.collection_night_user_id", readonly=False
    )
    collection_money_notice = fields.Boolean(
        related="company_id.collection_money_notice", readonly=False
    )
