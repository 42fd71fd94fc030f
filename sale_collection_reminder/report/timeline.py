from odoo import api, fields, models
from odoo.tools import SQL


class SaleCollectionTimeline(models.Model):
    """Reminders that went to the customer."""

    _inherit = "sale.collection.timeline"
    _depends = {
        "sale.collection.reminder": ["amount_total", "date", "state"],
    }

    kind = fields.Selection(
        selection_add=[
            ("reminder", "Reminder"),
        ]
    )

    @api.model
    def _get_parts(self):
        return {
            **super()._get_parts(),
            "reminder": (
                8,
                SQL(
                    """SELECT id, company_id, partner_id, date, amount_total AS amount,
                              user_id, 'sale.collection.reminder' AS res_model
                         FROM sale_collection_reminder
                        WHERE state IN ('queued', 'sent', 'failed')"""
                ),
            ),
        }

    @api.model
    def _get_describers(self):
        return {
            **super()._get_describers(),
            "sale.collection.reminder": lambda row: self._say(
                row, "step_id", "channel", "recipient_id"
            ),
        }
