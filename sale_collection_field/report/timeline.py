from odoo import api, fields, models
from odoo.tools import SQL


class SaleCollectionTimeline(models.Model):
    """Payments that reps reported."""

    _inherit = "sale.collection.timeline"
    _depends = {
        "sale.collection.notice": ["amount", "date", "profile_id", "state", "user_id"],
    }

    kind = fields.Selection(selection_add=[("notice", "Payment notice")])

    @api.model
    def _get_parts(self):
        # In words below: the amount has a currency of its own.
        notices = self._get_profile_sql("sale.collection.notice", SQL("NULL::numeric"))
        return {**super()._get_parts(), "notice": (12, notices)}

    @api.model
    def _get_describers(self):
        return {
            **super()._get_describers(),
            "sale.collection.notice": lambda row: ", ".join(
                [row.currency_id.format(row.amount), self._say(row, "number", "state")]
            ),
        }
