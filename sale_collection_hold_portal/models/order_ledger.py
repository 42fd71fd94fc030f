from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection_hold.tools.hold_facts import Figure

from .hold_condition import DAYS, DIFFERS


class SaleCollectionOrderLedger(models.AbstractModel):
    """Tell the supply rules what customers said of their balances."""

    _inherit = "sale.collection.order.ledger"

    @api.model
    def _read_figures(self, reach, rows):
        # EXTENDS
        figures = super()._read_figures(reach, rows)
        if not reach.needs.isdisjoint({DAYS, DIFFERS}):
            standing = self._read_standing(reach)
            for row in rows:
                own = standing.get(row["customer"], ())
                figures.setdefault(row["id"], []).extend(own)
        return figures

    @api.model
    def _read_standing(self, reach):
        """Return {customer: [Figure]}, in one query.

        Days count from the first invoice where no balance was ever confirmed.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT profile.partner_id, %s - COALESCE(
                           standing.agreed, profile.first_invoice_date) AS days,
                       COALESCE(standing.differ, 0) AS differ
                  FROM sale_collection_profile profile
             LEFT JOIN (%s) standing ON standing.profile_id = profile.id
                 WHERE profile.company_id = %s AND profile.partner_id = ANY(%s)
                """,
                SQL("%s::date", reach.today),
                self.env["sale.collection.confirmation"]._get_standing_sql(),
                reach.company.id,
                reach.partner_ids,
            )
        )
        return {
            partner_id: [
                Figure(DIFFERS, differ, "count"),
                *([] if days is None else [Figure(DAYS, days, "days")]),
            ]
            for partner_id, days, differ in rows
        }
