from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import SupplyCommon


@tagged("post_install", "-at_install")
class TestLimitedSupply(SupplyCommon):
    """Under limited supply goods leave up to the free credit, or up to a cap."""

    def limit_by_credit(self, free):
        self.set_limit(free)
        return self.create_rule("limit", "over_limit", 0)

    def test_order_twenty_get_five(self):
        """Goods of 10 each and 50 of free credit."""
        self.limit_by_credit(50)
        order = self.create_order((self.goods, 20))
        self.assertEqual(self.launched(order), [5])
        self.assertHeld(order, 15)
        self.ship(order)
        order._collection_recheck()
        self.assertEqual(self.launched(order), [5])

    def test_goes_on_as_credit_frees(self):
        self.limit_by_credit(50)
        order = self.create_order((self.goods, 20))
        self.ship(order)
        invoice = order._create_invoices()
        invoice.action_post()
        order._collection_recheck()
        self.assertEqual(self.launched(order), [5])
        self.pay(invoice, 30)
        for _turn in range(2):
            order._collection_recheck()
            self.assertEqual(self.launched(order), [8])
            self.assertHeld(order, 12)
        self.set_limit(1000)
        order._collection_recheck()
        self.assertEqual(self.launched(order), [20])
        self.assertHeld(order, 0)

    def test_a_quarter_of_a_and_all_of_b(self):
        self.owe()
        self.create_rule(
            "limit",
            product_ids=[Command.set(self.goods.ids)],
            cap_type="quantity_percent",
            cap_value=25,
        )
        order = self.create_order((self.goods, 20), (self.other, 10))
        self.assertEqual(self.launched(order), [5, 10])
        self.assertHeld(order, 15, 0)

    def test_the_door_lets_out_what_is_allowed(self):
        """Launched in full before: five may leave, six may not."""
        order = self.create_order((self.goods, 20))
        self.limit_by_credit(50)
        order._collection_recheck()
        delivery = order.picking_ids
        self.assertTrue(delivery.collection_is_held)
        with self.assertRaises(UserError):
            delivery.button_validate()
        delivery.move_ids.quantity = 6
        with self.assertRaises(UserError):
            delivery.button_validate()
        delivery.move_ids.quantity = 5
        delivery.with_context(skip_backorder=True).button_validate()
        self.assertEqual(delivery.state, "done")
        with self.assertRaises(UserError):
            delivery.backorder_ids.button_validate()

    def test_a_cap_for_each_month(self):
        self.owe()
        self.create_rule("limit", cap_type="quantity", cap_value=5, cap_period="month")
        order = self.create_order((self.goods, 12))
        self.assertEqual(self.launched(order), [5])
        self.ship(order)
        order._collection_recheck()
        self.assertEqual(self.launched(order), [5])
        self.env.flush_all()
        with freeze_time(fields.Datetime.now() + timedelta(days=32)):
            order._collection_recheck()
            self.assertEqual(self.launched(order), [10])
            self.assertHeld(order, 2)

    def test_prepaid_as_far_as_it_is_paid(self):
        """Ordered 200, received 80: eight of twenty, or nothing until all is paid."""
        self.create_rule("prepay", "order_amount", 100)
        order = self.create_order((self.goods, 20))
        self.assertHeld(order, 20)
        self.pay(self.bill_down_payment(order, 40), date=fields.Date.today())
        order._collection_recheck()
        self.assertEqual(order.collection_hold_id.amount_received, 80)
        self.assertHeld(order, 20)
        self.company.collection_prepay_extent = "extent"
        order._collection_recheck()
        self.assertEqual(self.launched(order), [8])
        self.assertHeld(order, 12)
        self.pay(self.bill_down_payment(order, 60), date=fields.Date.today())
        order._collection_recheck()
        self.assertEqual(self.launched(order), [20])
        self.assertHeld(order, 0)

    def test_a_part_is_released(self):
        """Released up to 120 of 200: twelve of twenty, also at the door."""
        order = self.create_order((self.goods, 20))
        rule = self.create_rule("hold", "order_amount", 100)
        order._collection_recheck()
        fresh = self.create_order((self.goods, 20))
        self.assertEqual(fresh.collection_hold_id.rule_ids, rule)
        for one in (order, fresh):
            one.sudo().collection_hold_id.action_release(
                "As far as insured", amount=120
            )
        self.assertEqual(self.launched(fresh), [12])
        self.assertHeld(fresh, 8)
        delivery = order.picking_ids
        self.assertTrue(delivery.collection_is_held)
        self.assertIn("120", delivery.collection_hold_reason)
        with self.assertRaises(UserError):
            delivery.button_validate()
        delivery.move_ids.quantity = 12
        delivery.with_context(skip_backorder=True).button_validate()
        self.assertEqual(delivery.state, "done")

    def bill_down_payment(self, order, percent):
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": [Command.set(order.ids)],
                "advance_payment_method": "percentage",
                "amount": percent,
            }
        )
        invoice = wizard._create_invoices(order)
        invoice.action_post()
        return invoice

    def ship(self, order):
        order.picking_ids.filtered(
            lambda picking: picking.state == "assigned"
        ).button_validate()
