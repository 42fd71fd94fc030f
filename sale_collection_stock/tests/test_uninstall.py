from odoo.tests import tagged

from odoo.addons.sale_collection_hold.exceptions import OrdersWait

from .. import post_init_hook
from .common import SupplyCommon


@tagged("post_install", "-at_install")
class TestUninstall(SupplyCommon):
    """What was held back is launched before the addon goes, and found when it comes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.create_rule()
        cls.debt = cls.owe()
        cls.modules = cls.env["ir.module.module"].with_user(
            cls.env.ref("base.user_admin")
        )
        cls.addon = cls.modules.search([("name", "=", "sale_collection_stock")])

    def test_refused_while_goods_wait(self):
        self.create_order((self.goods, 20))
        with self.assertRaises(OrdersWait):
            self.addon.button_uninstall()

    def test_goods_are_launched_once(self):
        order = self.create_order((self.goods, 20), (self.other, 3))
        for _turn in range(2):
            self.modules._collection_supply_waiting()
            self.assertEqual(self.launched(order), [20, 3])
        self.assertHeld(order, 0, 0)
        self.assertEqual(order.collection_hold_state, "released")
        self.addon.button_uninstall()
        self.assertEqual(self.addon.state, "to remove")

    def test_rest_of_a_part_is_launched(self):
        order = self.create_order((self.goods, 20))
        order.collection_hold_id.sudo().action_release("Half of it", amount=100)
        self.assertEqual(self.launched(order), [10])
        self.modules._collection_supply_waiting()
        self.assertEqual(self.launched(order), [20])

    def test_refused_while_goods_cannot_be_launched(self):
        order = self.create_order((self.goods, 20))
        self.env["stock.rule"].search([]).active = False
        self.modules._collection_supply_waiting()
        self.assertHeld(order, 20)
        with self.assertRaises(OrdersWait), self.env.cr.savepoint():
            self.addon.button_uninstall()
        order._action_cancel()
        self.addon.button_uninstall()
        self.assertEqual(self.addon.state, "to remove")

    # === INSTALLED LATER ===#

    def test_orders_held_before_the_addon_was_installed(self):
        order = self.create_order((self.goods, 20), (self.other, 3))
        launched = self.create_order((self.goods, 5))
        launched.collection_hold_id.sudo().action_release("Before it was installed")
        rows = (order | launched).order_line
        rows.sudo().collection_held_qty = 0
        order.order_line[1].sudo().qty_delivered = 2
        post_init_hook(self.env(su=True))
        self.assertHeld(order, 20, 1)
        self.assertHeld(launched, 0)
        order.collection_hold_id.sudo().action_release("Known")
        self.assertEqual(self.launched(order)[0], 20)
        self.assertHeld(order, 0, 0)
