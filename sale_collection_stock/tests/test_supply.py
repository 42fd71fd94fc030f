from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import SupplyCommon


@tagged("post_install", "-at_install")
class TestSupply(SupplyCommon):
    """What is not launched yet waits, and goes on by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.create_rule()
        cls.debt = cls.owe()

    def test_waits_outside_the_forecast_and_goes_on_with_the_money(self):
        order = self.create_order((self.goods, 20), (self.other, 3))
        self.assertEqual(order.state, "sale")
        self.assertFalse(order.picking_ids)
        self.assertHeld(order, 20, 3)
        self.assertEqual(self.goods.collection_held_qty, 20)
        self.assertEqual(self.other.product_tmpl_id.collection_held_qty, 3)
        self.assertEqual(self.goods.virtual_available, 1000)

        self.pay(self.debt)
        for _turn in range(2):
            order._collection_recheck()
            self.assertEqual(self.launched(order), [20, 3])
            self.assertHeld(order, 0, 0)
        self.assertEqual(len(order.picking_ids), 1)
        self.goods.invalidate_recordset()
        self.assertEqual(self.goods.collection_held_qty, 0)
        self.assertEqual(self.goods.virtual_available, 980)

    def test_column_of_what_waits_is_shown_where_something_does(self):
        order = self.create_order((self.goods, 20))
        self.assertTrue(order.collection_has_held)
        self.company.collection_services_hold = "confirm"
        service = self.env["product.product"].create(
            {"name": "Service", "type": "service"}
        )
        serving = self.create_order((service, 1))
        self.assertEqual(serving.collection_hold_state, "held")
        self.assertFalse(serving.collection_has_held)

    def test_deliveries_count_what_was_delivered(self):
        self.rule.action_archive()
        order = self.create_order((self.goods, 20))
        line = order.order_line
        text = (
            f"Goods is counted from deliveries: validate the delivery of {order.name}"
        )
        with self.assertRaisesRegex(AccessError, text):
            line.qty_delivered = 20

    def test_released_by_hand_once(self):
        order = self.create_order((self.goods, 20))
        controller = self.create_controller()
        hold = order.collection_hold_id.with_user(controller)
        hold.action_release("He called, the money is on its way")
        self.assertEqual(self.launched(order), [20])
        order._collection_launch_supply()
        self.assertEqual(self.launched(order), [20])

    def test_nobody_writes_what_waits(self):
        order = self.create_order((self.goods, 20))
        for vals in ({"collection_held_qty": 0}, {"qty_delivered": 20}):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                order.order_line.with_user(self.create_controller()).write(vals)
        self.assertHeld(order, 20)

    def test_rejected_stays(self):
        order = self.create_order((self.goods, 20))
        order.collection_hold_id.with_user(self.create_controller()).action_reject("No")
        order._collection_launch_supply()
        self.assertHeld(order, 20)
        self.assertIn("No", order._collection_get_wait_reason())

    def test_locked_orders_go_on_and_stay_locked(self):
        locking = self.env.ref("sale.group_auto_done_setting")
        self.env.ref("base.group_user").implied_ids += locking
        order = self.create_order((self.goods, 20))
        self.assertTrue(order.locked)
        self.assertHeld(order, 20)
        self.pay(self.debt)
        order._collection_recheck()
        self.assertEqual(self.launched(order), [20])
        self.assertTrue(order.locked)

    def test_more_and_less_while_it_waits(self):
        order = self.create_order((self.goods, 20))
        order.order_line.product_uom_qty = 25
        self.assertHeld(order, 25)
        order.order_line.product_uom_qty = 15
        self.assertHeld(order, 15)
        order.order_line = [
            Command.create({"product_id": self.other.id, "product_uom_qty": 2})
        ]
        self.assertHeld(order, 15, 2)
        self.assertFalse(order.picking_ids)

    def test_more_on_a_launched_order_waits_and_less_is_taken_back(self):
        order = self.create_order((self.goods, 20), partner=self.partner_a)
        self.assertEqual(self.launched(order), [20])
        self.owe(partner=self.partner_a)
        order.order_line.product_uom_qty = 30
        self.assertEqual(self.launched(order), [20])
        self.assertHeld(order, 10)
        order.order_line.product_uom_qty = 12
        self.assertEqual(self.launched(order), [12])
        self.assertHeld(order, 0)

    def test_cancel_and_confirm_again(self):
        order = self.create_order((self.goods, 20))
        order.action_cancel()
        self.assertHeld(order, 0)
        order.action_draft()
        order.action_confirm()
        self.assertHeld(order, 20)
        self.pay(self.debt)
        order.action_cancel()
        order.action_draft()
        order.action_confirm()
        self.assertHeld(order, 0)
        self.assertEqual(self.launched(order), [20])

    def test_units_of_the_line_and_of_the_product(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.create_order((self.goods, 2), confirm=False)
        order.order_line.product_uom_id = dozen
        order.action_confirm()
        self.assertEqual(order.order_line.collection_held_qty, 2)
        self.assertEqual(self.goods.collection_held_qty, 24)

    def test_services_never_wait_as_goods(self):
        service = self.env["product.product"].create(
            {"name": "Advice", "type": "service", "taxes_id": []}
        )
        order = self.create_order((self.goods, 20), (service, 1))
        self.assertHeld(order, 20, 0)

    def test_goods_nobody_can_procure_do_not_undo_the_release(self):
        order, fine = (self.create_order((self.goods, 20)) for _turn in range(2))
        order.order_line.route_ids = self.env["stock.route"].create(
            {"name": "Nowhere", "sale_selectable": True}
        )
        self.warehouse.delivery_route_id.rule_ids.active = False
        self.env["stock.rule"].search([]).active = False
        self.pay(self.debt)
        order._collection_recheck()
        self.assertFalse(order._collection_supply_waits())
        self.assertHeld(order, 20)
        kind = self.env.ref("sale_collection_stock.activity_not_launched")
        self.assertEqual(order.activity_ids.activity_type_id, kind)
        self.assertEqual(len(order.activity_ids), 1)
        self.env["stock.rule"].with_context(active_test=False).search([]).active = True
        (order | fine)._collection_recheck()
        self.assertEqual(self.launched(order) + self.launched(fine), [20, 20])
        self.assertFalse(order.activity_ids)

    def test_other_company_is_not_held(self):
        """A debt in one company holds no order of another one."""
        theirs = self.setup_other_company()["company"]
        product = self.goods.with_company(theirs)
        order = (
            self.env["sale.order"]
            .with_company(theirs)
            .create(
                {
                    "partner_id": self.customer.id,
                    "company_id": theirs.id,
                    "order_line": [
                        Command.create({"product_id": product.id, "product_uom_qty": 7})
                    ],
                }
            )
        )
        order.action_confirm()
        self.assertEqual(self.launched(order), [7])
        mine = self.create_order((self.goods, 20))
        self.assertHeld(mine, 20)
        rows = self.env["sale.collection.held.demand"].with_company(theirs)
        self.assertFalse(rows.with_context(allowed_company_ids=theirs.ids).search([]))

    @classmethod
    def create_controller(cls):
        return cls.env["res.users"].create(
            {
                "name": "Controller",
                "login": "supply_controller",
                "company_id": cls.company.id,
                "company_ids": [Command.set(cls.company.ids)],
                "group_ids": [
                    Command.link(
                        cls.env.ref("sale_collection.group_credit_controller").id
                    )
                ],
            }
        )
