from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import SupplyCommon


@tagged("post_install", "-at_install")
class TestOwnSupply(SupplyCommon):
    """Goods of a held order do not leave, whatever a client sends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.create_rule("hold", "over_limit", 0)
        cls.rep = new_test_user(
            cls.env,
            "supply_own_rep",
            "sales_team.group_sale_salesman,sale_collection.group_user,"
            "stock.group_stock_user",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.set_limit(500)

    def mine(self, order):
        return order.with_user(self.rep)

    def test_nothing_is_delivered_by_hand(self):
        order = self.create_order((self.goods, 60), user_id=self.rep.id)
        self.assertHeld(order, 60)
        line = self.mine(order).order_line
        for vals in (
            {"qty_delivered_method": "manual"},
            {"qty_delivered": 60},
            {"collection_held_qty": 0},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                line.write(vals)
        order._collection_recheck()
        self.assertHeld(order, 60)

    def test_nothing_is_said_to_be_delivered_before(self):
        small = self.create_order((self.goods, 1), user_id=self.rep.id)
        with self.assertRaises(AccessError):
            self.mine(small).order_line.qty_delivered = 60
        order = self.env["sale.order"].with_user(self.rep)
        order = order.create(
            {
                "partner_id": self.customer.id,
                "warehouse_id": self.warehouse.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.goods.id,
                            "product_uom_qty": 60,
                            "qty_delivered": 60,
                            "qty_delivered_method": "manual",
                        }
                    )
                ],
            }
        )
        self.assertEqual(order.order_line.qty_delivered, 0)
        self.assertEqual(order.order_line.qty_delivered_method, "stock_move")
        order.action_confirm()
        self.assertHeld(order.sudo(), 60)

    def test_delivery_is_no_return_of_itself(self):
        order = self.create_order((self.goods, 20), user_id=self.rep.id)
        delivery = order.picking_ids
        self.owe(450)
        order._collection_recheck()
        for said in (delivery, self.create_order((self.other, 1)).picking_ids):
            delivery.with_user(self.rep).return_id = said
            self.assertTrue(delivery.collection_is_held)
            with self.assertRaises(UserError):
                delivery.with_user(self.rep).button_validate()
        self.assertIn(
            delivery,
            self.env["stock.picking"].search([("collection_is_held", "=", True)]),
        )

    def test_delivery_stays_with_its_order(self):
        order = self.create_order((self.goods, 20), user_id=self.rep.id)
        delivery = order.picking_ids.with_user(self.rep)
        other = self.create_order((self.goods, 20))
        self.owe(450)
        order._collection_recheck()
        for act in (
            lambda: delivery.write({"sale_id": False}),
            lambda: delivery.write({"sale_id": other.id}),
            lambda: delivery.move_ids.write({"sale_line_id": False}),
            lambda: delivery.move_ids.write({"sale_line_id": other.order_line.id}),
        ):
            with self.assertRaises(AccessError):
                act()
        with self.assertRaises(UserError):
            delivery.button_validate()

    def test_one_save_launches_the_whole(self):
        order = self.create_order((self.goods, 30), (self.other, 10))
        self.assertEqual(self.launched(order), [30, 10])
        first, second = order.order_line
        self.mine(order.sudo()).sudo().write(
            {
                "order_line": [
                    Command.update(first.id, {"product_uom_qty": 40}),
                    Command.update(second.id, {"product_uom_qty": 5}),
                    Command.create({"product_id": self.goods.id, "product_uom_qty": 0}),
                ]
            }
        )
        self.assertEqual(order.amount_total, 500.0)
        self.assertEqual(order.collection_hold_state, "none")
        self.assertEqual(self.launched(order)[:1], [40])
        self.assertHeld(order, 0, 0, 0)
        order.write({"order_line": [Command.update(first.id, {"product_uom_qty": 50})]})
        self.assertEqual(self.launched(order)[:1], [40])
        self.assertHeld(order, 10, 0, 0)
