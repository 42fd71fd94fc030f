from odoo import api, models

from odoo.addons.sale_collection.tools.night import Phase

# Orders judged, and committed by the nightly run, at once.
BATCH = 200


class SaleCollectionRun(models.Model):
    """The night's part of the supply holds."""

    _inherit = "sale.collection.run"

    @api.model
    def _get_phases(self):
        # EXTENDS: judged by the grades of this night
        return [
            *super()._get_phases(),
            Phase(
                "holds",
                self.env._("Judge open orders"),
                after="score",
                counts={
                    "orders": self.env._("orders judged"),
                    "stopped": self.env._("orders stopped"),
                    "freed": self.env._("orders freed"),
                    "supply": self.env._("customers with another supply"),
                },
            ),
        ]

    def _phase_holds(self, today):
        facts = self.env["sale.collection.order.facts"]
        orders = facts._find_open_orders(self.company_id)
        self._get_phase_at_work()._each(
            orders,
            lambda batch: self._judge_orders(batch, today),
            key="orders",
            size=BATCH,
            keep_order=True,
        )
        profiles = self.env["sale.collection.profile"].sudo()
        customers = profiles.search([("company_id", "=", self.company_id.id)])
        return {"supply": customers._refresh_hold_state(today)}

    @api.model
    def _judge_orders(self, orders, today):
        """Judge orders together and return what became of them."""
        before = orders.filtered(_is_held)
        orders._collection_recheck(today)
        after = orders.filtered(_is_held)
        return {
            "orders": len(orders),
            "stopped": len(after - before),
            "freed": len(before - after),
        }


def _is_held(order):
    return order.collection_hold_state == "held"
