from odoo import api, fields, models
from odoo.tools import SQL


class SaleCollectionTimeline(models.Model):
    """Talks with the customer and its disputes."""

    _inherit = "sale.collection.timeline"
    _depends = {
        "sale.collection.contact": ["date", "profile_id", "user_id"],
        "sale.collection.dispute": ["date", "profile_id", "user_id"],
    }

    kind = fields.Selection(
        selection_add=[
            ("contact", "Follow-up"),
            ("dispute", "Dispute"),
        ]
    )

    @api.model
    def _get_parts(self):
        return {
            **super()._get_parts(),
            "contact": (
                4,
                self._get_profile_sql("sale.collection.contact", SQL("NULL::numeric")),
            ),
            "dispute": (
                6,
                self._get_profile_sql(
                    "sale.collection.dispute",
                    SQL(
                        """(SELECT SUM(line.amount)
                              FROM sale_collection_dispute_line line
                             WHERE line.dispute_id = own.id)"""
                    ),
                ),
            ),
        }

    @api.model
    def _get_describers(self):
        return {
            **super()._get_describers(),
            "sale.collection.contact": lambda row: self._say(
                row, "type", "result", "note"
            ),
            "sale.collection.dispute": lambda row: self._say(row, "reason_id", "state"),
        }
