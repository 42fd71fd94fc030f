from odoo import api, fields, models
from odoo.tools import SQL


class SaleCollectionTimeline(models.Model):
    """Final demands, and what was handed over to agencies and courts."""

    _inherit = "sale.collection.timeline"
    _depends = {
        "sale.collection.handover": ["amount", "date", "demand_date", "state"],
    }

    kind = fields.Selection(
        selection_add=[("demand", "Final demand"), ("handover", "Handed over")]
    )

    @api.model
    def _get_parts(self):
        return {
            **super()._get_parts(),
            "demand": (14, self._get_handover_sql("demand_date")),
            "handover": (15, self._get_handover_sql("date")),
        }

    @api.model
    def _get_handover_sql(self, day):
        """Select the hand-overs that have this day: that of the letter, or their own.

        A day noted in a draft has not come yet.
        """
        column = SQL.identifier("own", day)
        return SQL(
            """SELECT own.id, own.company_id, own.partner_id, %s AS date, own.amount,
                      own.user_id, 'sale.collection.handover' AS res_model
                 FROM sale_collection_handover own
                WHERE %s IS NOT NULL AND %s""",
            column,
            column,
            SQL("TRUE") if day == "demand_date" else SQL("own.state <> 'draft'"),
        )

    @api.model
    def _get_describers(self):
        return {
            **super()._get_describers(),
            "sale.collection.handover": lambda row: self._say(
                row, "kind", "receiver_id", "reference", "state"
            ),
        }
