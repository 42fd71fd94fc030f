from odoo import api, models

from ...exceptions import OrdersWait


class IrModuleModule(models.Model):
    """An addon that keeps goods back is not removed while orders wait.

    Nobody could release them afterwards: they would stay confirmed without delivery.
    """

    _inherit = "ir.module.module"

    def button_uninstall(self):
        # EXTENDS base
        result = super().button_uninstall()
        leaving = self.sudo().search_count(
            [
                ("name", "in", self._collection_get_supply_addons()),
                ("state", "=", "to remove"),
            ]
        )
        if leaving:
            self._collection_check_no_order_waits()
        return result

    @api.model
    def _collection_get_supply_addons(self):
        """Return the names of the addons that keep goods of orders back."""
        return ["sale_collection_hold"]

    @api.model
    def _collection_find_waiting(self):
        """Return the confirmed orders of all companies whose supply waits."""
        holds = self.env["sale.collection.hold"].sudo()
        holds = holds.search(
            [
                ("state", "in", ("active", "rejected", "released")),
                ("order_id.state", "=", "sale"),
            ]
        )
        return holds.filtered(lambda hold: hold._keeps_back()).order_id

    @api.model
    def _collection_check_no_order_waits(self):
        """Refuse to go on while orders wait.

        :raise OrdersWait: with a button to these orders
        """
        orders = self._collection_find_waiting()
        if not orders:
            return
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_orders")
        raise OrdersWait(
            self.env._(
                "Orders that wait to be supplied: %(count)s. Without this app nobody "
                "can release them: they would stay confirmed and never be delivered. "
                "Release or cancel them, or choose 'Supply the orders that wait' when "
                "you uninstall. Rejected orders and those whose supply cannot be "
                "launched wait even then.",
                count=len(orders),
            ),
            {**action, "domain": [("id", "in", orders.ids)], "context": {}},
            self.env._("Open the orders"),
        )

    @api.model
    def _collection_supply_waiting(self):
        """Release the orders that wait, but those rejected, and launch their supply.

        Running it twice supplies nothing twice.
        """
        orders = self._collection_find_waiting()
        reason = self.env._("Supplied because the app is uninstalled")
        for hold in orders.collection_hold_id.filtered(
            lambda hold: hold.state != "rejected" and hold._keeps_back()
        ):
            hold.write(
                {
                    **hold._prepare_decision("released", reason),
                    "release_until": False,
                    "release_amount": hold.amount,
                }
            )
        for company, group in orders.grouped("company_id").items():
            group.with_company(company)._collection_launch_supply()
