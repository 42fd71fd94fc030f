from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.sale_collection.report.grade.decision import Describer, Part


class SaleCollectionDecision(models.Model):
    """Held orders that people let go or turned down."""

    _inherit = "sale.collection.decision"
    _depends = {
        "sale.collection.hold": [
            "amount",
            "asked_by_id",
            "company_id",
            "first_at",
            "first_by_id",
            "order_id",
            "profile_id",
            "release_amount",
            "release_reason",
            "release_until",
            "released_at",
            "released_by_id",
            "state",
        ],
        "sale.order": ["name"],
    }

    kind = fields.Selection(selection_add=[("release", "Held order")])

    @api.model
    def _get_parts(self):
        # EXTENDS with what was decided on held orders
        return {**super()._get_parts(), "release": self._get_release_part()}

    @api.model
    def _get_release_part(self):
        model = "sale.collection.hold"
        columns = {
            **self._get_profile_columns(model),
            "company_id": SQL("profile.company_id"),
            "date": self._get_day(SQL("own.held_at"), SQL("profile.company_id")),
            "decided_on": self._get_day(
                SQL("own.released_at"), SQL("profile.company_id")
            ),
            "valid_until": SQL("own.release_until"),
            "amount": SQL(
                """CASE own.state WHEN 'rejected' THEN own.amount
                        ELSE own.release_amount END"""
            ),
            "user_id": SQL("own.released_by_id"),
            # One that still waits for a second person has decided nothing.
            "first_by_id": SQL(
                """CASE WHEN own.first_at IS NULL
                        THEN NULLIF(own.first_by_id, own.released_by_id) END"""
            ),
            "asked_by_id": SQL("own.asked_by_id"),
            "note": SQL("own.release_reason"),
            "document": SQL(
                "SELECT name FROM sale_order sold WHERE sold.id = own.order_id"
            ),
            "state": SQL(
                """CASE own.state WHEN 'released' THEN 'accepted'
                        WHEN 'rejected' THEN 'rejected' ELSE 'over' END"""
            ),
        }
        decided = SQL("own.released_by_id IS NOT NULL")
        return Part(8, columns, self._get_profile_source(model, decided))

    @api.model
    def _get_describers(self):
        return {
            **super()._get_describers(),
            "release": Describer("sale.collection.hold", lambda hold: hold.reason_line),
        }
