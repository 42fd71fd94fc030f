from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collection_ladder_id = fields.Many2one(
        related="company_id.collection_ladder_id",
        readonly=False,
        domain="[('company_id', '=', company_id)]",
    )
    collection_reminder_from_hour = fields.Float(
        related="company_id.collection_reminder_from_hour", readonly=False
    )
    collection_reminder_to_hour = fields.Float(
        related="company_id.collection_reminder_to_hour", readonly=False
    )
    collection_quiet_calendar_id = fields.Many2one(
        related="company_id.collection_quiet_calendar_id", readonly=False
    )
    collection_stale_bank_days = fields.Integer(
        related="company_id.collection_stale_bank_days", readonly=False
    )
    collection_unsent_is_sent = fields.Boolean(
        related="company_id.collection_unsent_is_sent", readonly=False
    )
    collection_thank_you = fields.Boolean(
        related="company_id.collection_thank_you", readonly=False
    )
    collection_live_ladder_count = fields.Integer(
        string="Live reminder plans", compute="_compute_collection_live_ladder_count"
    )

    @api.depends("company_id")
    def _compute_collection_live_ladder_count(self):
        ladders = self.env["sale.collection.ladder"]
        for settings in self:
            settings.collection_live_ladder_count = ladders.search_count(
                [("company_id", "=", settings.company_id.id), ("is_live", "=", True)]
            )
