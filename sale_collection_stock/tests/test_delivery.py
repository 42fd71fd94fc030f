from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SupplyCommon

REASON = "Days overdue"


@tagged("post_install", "-at_install")
class TestDelivery(SupplyCommon):
    """What was launched before the hold stays reserved and is stopped at the door."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.create_rule()
        cls.order = cls.create_order((cls.goods, 20))
        cls.delivery = cls.order.picking_ids
        cls.fine = cls.create_order((cls.goods, 5), partner=cls.partner_a)
        cls.keeper = cls.new_user("supply_keeper", "stock.group_stock_user")

    def put_on_hold(self):
        """Let the customer fall behind, as a night run finds it."""
        debt = self.owe()
        self.order._collection_recheck()
        self.assertTrue(self.order._collection_supply_waits())
        return debt

    def test_stopped_with_reasons_and_reserved(self):
        debt = self.put_on_hold()
        delivery = self.delivery.with_user(self.keeper)
        for action in (delivery.button_validate, delivery._action_done):
            with self.assertRaisesRegex(UserError, REASON) as stopped:
                action()
            self.assertIn(self.delivery.name, str(stopped.exception))
            self.assertIn(self.order.name, str(stopped.exception))
        self.env["stock.rule"].run_scheduler(company_id=self.company.id)
        self.assertEqual(self.delivery.state, "assigned")
        self.assertEqual(self.delivery.move_ids.quantity, 20)

        self.pay(debt)
        self.order._collection_recheck()
        delivery.button_validate()
        self.assertEqual(self.delivery.state, "done")
        self.assertEqual(self.order.order_line.qty_delivered, 20)

    def test_found_at_the_door(self):
        """Nobody has judged the order since the debt fell due: the door does."""
        self.owe()
        delivery = self.delivery.with_user(self.keeper)
        action = delivery.button_validate()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn(REASON, action["params"]["message"])
        self.assertEqual(self.delivery.state, "assigned")
        self.assertEqual(self.order.collection_hold_state, "held")
        with self.assertRaises(UserError):
            delivery.button_validate()

    def test_found_at_the_door_by_a_program(self):
        self.owe()
        with self.assertRaisesRegex(UserError, REASON):
            self.delivery._action_done()
        self.assertEqual(self.delivery.state, "assigned")

    def test_others_go_on(self):
        self.put_on_hold()
        both = self.delivery | self.fine.picking_ids
        self.assertIs(both.button_validate(), True)
        self.assertEqual(both.mapped("state"), ["assigned", "done"])

    def test_others_go_on_when_a_program_ships(self):
        """As a scheduled action or a barcode reader does."""
        self.put_on_hold()
        both = self.delivery | self.fine.picking_ids
        both.move_ids.picked = True
        both._action_done()
        self.assertEqual(both.mapped("state"), ["assigned", "done"])

    def test_a_rest_is_stopped_what_left_is_invoiced(self):
        self.delivery.move_ids.quantity = 8
        self.delivery.with_context(skip_backorder=True).button_validate()
        rest = self.delivery.backorder_ids
        self.put_on_hold()
        with self.assertRaises(UserError):
            rest.button_validate()
        invoice = self.order._create_invoices()
        invoice.action_post()
        self.assertEqual(invoice.invoice_line_ids.quantity, 8)

    def test_returns_and_receipts_pass(self):
        self.delivery.move_ids.quantity = 8
        self.delivery.with_context(skip_backorder=True).button_validate()
        self.put_on_hold()
        back = self.give_back(self.delivery)
        self.assertEqual(back.picking_type_id.code, "incoming")
        back.button_validate()
        again = self.give_back(back)
        again.button_validate()
        self.assertEqual((back | again).mapped("state"), ["done", "done"])

    def test_steps_inside_the_warehouse_pass(self):
        self.warehouse.delivery_steps = "pick_ship"
        self.owe(partner=self.partner_b)
        order = self.create_order((self.goods, 4), partner=self.partner_b)
        self.assertHeld(order, 4)
        hold = order.collection_hold_id
        self.rule.active = False
        order._collection_recheck()
        self.assertEqual(hold.state, "ready")
        self.rule.active = True
        order._collection_recheck()
        pick = order.picking_ids
        self.assertEqual(pick.picking_type_id.code, "internal")
        self.assertFalse(pick.collection_is_held)
        pick.button_validate()
        ship = order.picking_ids - pick
        self.assertTrue(ship.collection_is_held)
        with self.assertRaises(UserError):
            ship.button_validate()

    def test_goods_added_by_hand_wait_too(self):
        self.put_on_hold()
        self.delivery.move_ids = [
            Command.create(
                {
                    "product_id": self.other.id,
                    "product_uom_qty": 1,
                    "quantity": 1,
                    "location_id": self.delivery.location_id.id,
                    "location_dest_id": self.delivery.location_dest_id.id,
                }
            )
        ]
        self.delivery.move_ids[0].quantity = 0
        with self.assertRaises(UserError):
            self.delivery.button_validate()

    def test_warehouse_sees_why_and_nothing_else(self):
        self.put_on_hold()
        delivery = self.delivery.with_user(self.keeper)
        self.assertTrue(delivery.collection_is_held)
        self.assertIn(REASON, delivery.collection_hold_reason)
        found = self.env["stock.picking"].with_user(self.keeper)
        self.assertEqual(found.search([("collection_is_held", "=", True)]), delivery)
        others = found.search([("collection_is_held", "=", False)])
        self.assertIn(self.fine.picking_ids, others)
        self.assertNotIn(delivery, others)
        with self.assertRaises(AccessError):
            self.order.collection_hold_id.with_user(self.keeper).check_access("read")
        waiting = self.create_order((self.goods, 3))
        row = (
            self.env["sale.collection.held.demand"]
            .with_user(self.keeper)
            .search([("order_id", "=", waiting.id)])
        )
        self.assertEqual((row.product_id, row.quantity), (self.goods, 3))
        self.assertIn(REASON, row.reason)
        self.assertEqual(self.goods.with_user(self.keeper).collection_held_qty, 3)

    def test_who_may_see_held_demand(self):
        self.owe()
        self.create_order((self.goods, 3))
        rep, stranger, clerk = self.new_users(
            "supply",
            rep="sales_team.group_sale_salesman",
            stranger="sales_team.group_sale_salesman",
            clerk="base.group_user",
        )
        self.order.user_id = rep
        self.create_order((self.goods, 4), user_id=rep.id)
        rows = self.env["sale.collection.held.demand"]
        self.assertEqual(rows.with_user(rep).search([]).mapped("quantity"), [4])
        self.assertFalse(rows.with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            rows.with_user(clerk).search([])

    def give_back(self, picking):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({"picking_id": picking.id})
        )
        for line, move in zip(
            wizard.product_return_moves, picking.move_ids, strict=True
        ):
            line.quantity = move.quantity
        return self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
