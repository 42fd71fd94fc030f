from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from ..exceptions import OrdersWait
from .desk_common import HoldDeskCommon


@tagged("post_install", "-at_install")
class TestUninstall(HoldDeskCommon):
    """No order is left waiting for a release that nobody can give any more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.modules = cls.env["ir.module.module"].with_user(
            cls.env.ref("base.user_admin")
        )
        cls.addon = cls.modules.search([("name", "=", "sale_collection_hold")])

    def uninstall(self, addon, supply):
        """Press the button of the dialog; return the dialog."""
        dialog = self.env["base.module.uninstall"].with_user(self.modules.env.user)
        dialog = dialog.create(
            {
                "module_ids": [Command.set(addon.ids)],
                "collection_supply_waiting": supply,
            }
        )
        # A test cannot load the registry anew; all before it is the same.
        with patch.object(
            type(addon), "button_immediate_uninstall", type(addon).button_uninstall
        ):
            dialog.action_uninstall()
        return dialog

    def test_refused_while_orders_wait(self):
        self.create_order(50, confirm=True)
        order, _hold = self.create_held()
        with self.assertRaisesRegex(OrdersWait, "supplied: 1") as caught:
            self.addon.button_uninstall()
        _message, action, button, _context = caught.exception.args
        found = self.env["sale.order"].search(action["domain"])
        self.assertEqual((found, bool(button)), (order, True))

    def test_refused_when_what_it_needs_is_uninstalled(self):
        self.create_held()
        base = self.modules.search([("name", "=", "sale_collection")])
        with self.assertRaises(OrdersWait):
            self.uninstall(base, supply=False)

    def test_supplied_then_uninstalled(self):
        order, hold = self.create_held()
        dialog = self.uninstall(self.addon, supply=True)
        self.assertEqual(self.addon.state, "to remove")
        self.assertEqual(hold.state, "released")
        self.assertFalse(order._collection_supply_waits())
        self.assertFalse(self.modules._collection_find_waiting())
        self.assertTrue(dialog)

    def test_the_dialog_says_how_many_wait(self):
        self.create_held()
        dialogs = self.env["base.module.uninstall"].with_user(self.modules.env.user)
        dialog = dialogs.create({"module_ids": [Command.set(self.addon.ids)]})
        self.assertEqual(dialog.collection_waiting_count, 1)
        other = self.modules.search([("name", "=", "auth_totp_mail")])
        dialog = dialogs.create({"module_ids": [Command.set(other.ids)]})
        self.assertEqual(dialog.collection_waiting_count, 0)

    def test_rejected_orders_are_not_supplied(self):
        order, hold = self.create_held()
        hold.with_user(self.controller).action_reject("No more credit")
        with self.assertRaises(OrdersWait), self.env.cr.savepoint():
            self.uninstall(self.addon, supply=True)
        self.assertEqual(hold.state, "rejected")
        order._action_cancel()
        self.addon.button_uninstall()
        self.assertEqual(self.addon.state, "to remove")

    def test_nothing_waits(self):
        self.create_order(50, confirm=True)
        self.addon.button_uninstall()
        self.assertEqual(self.addon.state, "to remove")
