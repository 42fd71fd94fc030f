from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collection_services_hold = fields.Selection(
        related="company_id.collection_services_hold", readonly=False
    )
    collection_prepay_extent = fields.Selection(
        related="company_id.collection_prepay_extent", readonly=False
    )
    collection_used_rule_count = fields.Integer(
        string="Supply rules in use", compute="_compute_collection_used_rule_count"
    )

    @api.depends("company_id")
    def _compute_collection_used_rule_count(self):
        rules = self.env["sale.collection.hold.rule"]
        for settings in self:
            settings.collection_used_rule_count = rules.search_count(
                [
                    ("company_id", "in", (False, settings.company_id.root_id.id)),
                    ("kind", "=", "block"),
                ]
            )
