from odoo import api, fields, models
from odoo.tools import SQL

from ..grade.decision import Describer, Part


class SaleCollectionDecision(models.Model):
    """Who was given the work of a colleague, in one row each time."""

    _inherit = "sale.collection.decision"
    _depends = {
        "sale.collection.takeover": ["company_id", "date", "from_user_id", "user_id"],
    }

    kind = fields.Selection(selection_add=[("takeover", "Customers handed over")])

    @api.model
    def _get_parts(self):
        # EXTENDS with takeovers
        columns = {
            "company_id": SQL("own.company_id"),
            "date": SQL("own.date"),
            "decided_on": SQL("own.date"),
            "user_id": SQL("own.user_id"),
            "state": SQL("'accepted'"),
            "res_model": SQL("'sale.collection.takeover'"),
            "res_id": SQL("own.id"),
        }
        source = SQL("sale_collection_takeover own")
        return {**super()._get_parts(), "takeover": Part(15, columns, source)}

    @api.model
    def _get_describers(self):
        # EXTENDS
        return {
            **super()._get_describers(),
            "takeover": Describer(
                "sale.collection.takeover", lambda one: one._describe_whole()
            ),
        }
