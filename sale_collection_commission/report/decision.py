from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.sale_collection.report.grade.decision import Describer, Part


class SaleCollectionDecision(models.Model):
    """What settlements pay on top of what was earned, or keep back."""

    _inherit = "sale.collection.decision"
    _depends = {
        "sale.collection.settlement": ["confirmed_at", "confirmed_by_id", "state"],
        "sale.collection.settlement.line": [
            "amount",
            "company_id",
            "currency_id",
            "kind",
            "name",
            "settlement_id",
        ],
    }

    kind = fields.Selection(
        selection_add=[("adjustment", "Commission adjusted by hand")]
    )

    @api.model
    def _get_parts(self):
        # EXTENDS with the adjustments of settlements that count
        return {**super()._get_parts(), "adjustment": self._get_adjustment_part()}

    @api.model
    def _get_adjustment_part(self):
        columns = {
            "company_id": SQL("own.company_id"),
            "currency_id": SQL("own.currency_id"),
            "date": self._get_day(SQL("own.create_date"), SQL("own.company_id")),
            "decided_on": self._get_day(
                SQL("settlement.confirmed_at"), SQL("own.company_id")
            ),
            "amount": SQL("own.amount"),
            "user_id": SQL("settlement.confirmed_by_id"),
            "asked_by_id": SQL("own.create_uid"),
            "note": SQL("own.name"),
            "document": SQL("settlement.name"),
            "state": SQL("'accepted'"),
            "res_model": SQL("'sale.collection.settlement'"),
            "res_id": SQL("settlement.id"),
        }
        source = SQL(
            """sale_collection_settlement_line own
               JOIN sale_collection_settlement settlement
                 ON settlement.id = own.settlement_id
                AND settlement.state IN ('confirmed', 'paid')
              WHERE own.kind = 'adjustment' AND own.is_automatic IS NOT TRUE"""
        )
        return Part(9, columns, source)

    @api.model
    def _get_describers(self):
        return {
            **super()._get_describers(),
            "adjustment": Describer(
                "sale.collection.settlement.line",
                lambda line: (line.user_id or line.agent_id).display_name,
            ),
        }
