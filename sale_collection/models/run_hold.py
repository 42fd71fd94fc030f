from odoo import api, models
from odoo.tools import split_every

# Orders judged, and committed by the nightly run, at once.
BATCH = 200


class SaleCollectionRun(models.Model):
    """The night's part of the supply holds."""

    _inherit = "sale.collection.run"

    @api.model
    def _get_phases(self):
        # EXTENDS: judged by what the night found before
        return super()._get_phases() + [("holds", self.env._("Judge open orders"))]

    @api.model
    def _get_count_labels(self):
        return {
            **super()._get_count_labels(),
            "orders": self.env._("orders judged"),
            "stopped": self.env._("orders stopped"),
            "freed": self.env._("orders freed"),
            "supply": self.env._("customers with another supply"),
        }

    def _phase_holds(self, today):
        company = self.company_id
        Order = self.env["sale.order"].sudo()
        profiles = self.env["sale.collection.profile"].sudo()
        orders = Order._collection_find_open(company)
        counts = {"orders": len(orders), "stopped": 0, "freed": 0}
        for batch in split_every(BATCH, orders.ids, Order.browse):
            before = batch.filtered(_is_held)
            batch._collection_recheck(today)
            after = batch.filtered(_is_held)
            counts["stopped"] += len(after - before)
            counts["freed"] += len(before - after)
            profiles._commit_batch()
        customers = profiles.search([("company_id", "=", company.id)])
        return counts | {"supply": customers._refresh_hold_state(today)}


def _is_held(order):
    return order.collection_hold_state == "held"
