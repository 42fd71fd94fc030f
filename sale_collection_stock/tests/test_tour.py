from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import SupplyCommon


@tagged("post_install", "-at_install")
class TestWarehouseTour(SupplyCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_rule()
        cls.order = cls.create_order((cls.goods, 20))
        cls.debt = cls.owe()
        cls.create_order((cls.goods, 7))
        cls.order._collection_recheck()
        cls.keeper = cls.new_user("supply_tour_keeper", "stock.group_stock_user")

    def test_warehouse_sees_the_hold_and_ships_once_released(self):
        delivery = self.order.picking_ids
        page = f"/odoo/action-stock.action_picking_tree_all/{delivery.id}"
        with mute_logger("odoo.http"):  # the refusal is what the tour is about
            self.start_tour(page, "sale_collection_stock_held", login=self.keeper.login)
        self.assertEqual(delivery.state, "assigned")
        self.pay(self.debt)
        self.order._collection_recheck()
        self.start_tour(page, "sale_collection_stock_released", login=self.keeper.login)
        self.assertEqual(delivery.state, "done")
