from odoo import Command
from odoo.tests import tagged

from .common import SupplyCommon


@tagged("post_install", "-at_install")
class TestNeighbours(SupplyCommon):
    """Applications this one does not depend on; run where they are installed.

    tests/test_alone.py installs them and runs this file.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.create_rule()

    def need(self, model):
        if model not in self.env:
            self.skipTest(f"{model} is not installed")

    def test_batch_leaves_the_held_one_out(self):
        self.need("stock.picking.batch")
        held = self.create_order((self.goods, 20))
        fine = [
            self.create_order((self.goods, 5), partner=partner)
            for partner in (self.partner_a, self.partner_b)
        ]
        deliveries = held.picking_ids | fine[0].picking_ids | fine[1].picking_ids
        batch = self.env["stock.picking.batch"].create(
            {"picking_ids": [Command.set(deliveries.ids)]}
        )
        batch.action_confirm()
        self.owe()
        held._collection_recheck()
        batch.action_done()
        self.assertEqual(deliveries.mapped("state"), ["assigned", "done", "done"])
        self.assertEqual(batch.state, "done")
        self.assertFalse(held.picking_ids.batch_id)
        self.assertIn(held.picking_ids.name, batch.message_ids[:3].mapped("body")[0])
        self.assertEqual(held.picking_ids.move_ids.quantity, 20)

    def test_batch_of_held_ones_only(self):
        self.need("stock.picking.batch")
        held = self.create_order((self.goods, 20))
        batch = self.env["stock.picking.batch"].create(
            {"picking_ids": [Command.set(held.picking_ids.ids)]}
        )
        batch.action_confirm()
        self.owe()
        held._collection_recheck()
        with self.assertRaisesRegex(Exception, held.picking_ids.name):
            batch.action_done()

    def test_drop_shipping_waits_and_its_return_never_does(self):
        self.need("purchase.order")
        vendor = self.env["res.partner"].create({"name": "Vendor"})
        route = self.env.ref("stock_dropshipping.route_drop_shipping")
        product = self.env["product.product"].create(
            {
                "name": "Shipped by the vendor",
                "is_storable": True,
                "list_price": 10,
                "taxes_id": [],
                "route_ids": [Command.set(route.ids)],
                "seller_ids": [Command.create({"partner_id": vendor.id, "price": 5})],
            }
        )
        debt = self.owe()
        order = self.create_order((product, 6))
        self.assertHeld(order, 6)
        self.assertFalse(order.order_line.purchase_line_ids)
        self.pay(debt)
        order._collection_recheck()
        purchase = order.order_line.purchase_line_ids.order_id
        self.assertEqual(purchase.order_line.product_qty, 6)
        purchase.button_confirm()
        drop = purchase.picking_ids
        self.owe()
        order._collection_recheck()
        self.assertTrue(order._collection_supply_waits())
        # What a vendor has shipped is a fact.
        drop.button_validate()
        self.assertEqual(drop.state, "done")
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=drop.id, active_model="stock.picking")
            .create({"picking_id": drop.id})
        )
        wizard.product_return_moves.quantity = 6
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        back.button_validate()
        self.assertEqual(back.state, "done")
