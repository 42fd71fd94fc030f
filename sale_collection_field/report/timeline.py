from odoo import api, fields, models
from odoo.tools import SQL


class SaleCollectionTimeline(models.Model):
    """Payments that reps reported, cheques and bills they took, visits."""

    _inherit = "sale.collection.timeline"
    _depends = {
        "sale.collection.bill": ["amount", "date", "profile_id", "state", "user_id"],
        "sale.collection.notice": ["amount", "date", "profile_id", "state", "user_id"],
        "sale.collection.visit": ["date", "profile_id", "state", "user_id"],
    }

    kind = fields.Selection(
        selection_add=[
            ("notice", "Payment notice"),
            ("bill", "Cheque or bill"),
            ("visit", "Visit"),
        ]
    )

    @api.model
    def _get_parts(self):
        # In words below: the amount has a currency of its own.
        nothing = SQL("NULL::numeric")
        notices = self._get_profile_sql("sale.collection.notice", nothing)
        bills = self._get_profile_sql("sale.collection.bill", nothing)
        # What was seen is told by its talk.
        visits = SQL(
            "%s WHERE own.state IN ('planned', 'missed')",
            self._get_profile_sql("sale.collection.visit", nothing),
        )
        return {
            **super()._get_parts(),
            "notice": (12, notices),
            "bill": (13, bills),
            "visit": (16, visits),
        }

    @api.model
    def _get_describers(self):
        return {
            **super()._get_describers(),
            "sale.collection.notice": self._say_handed,
            "sale.collection.bill": self._say_handed,
            "sale.collection.visit": lambda row: self._say(
                row, "purpose", "state", "note"
            ),
        }

    def _say_handed(self, record):
        amount = record.currency_id.format(record.amount)
        return ", ".join([amount, self._say(record, "number", "state")])
