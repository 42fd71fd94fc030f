from odoo.tests import HttpCase, tagged

from odoo.addons.sale_collection.tests.clicks import count_clicks

from .desk_common import HoldDeskCommon

TOURS = "sale_collection_hold/static/tests/tours/hold.js"


@tagged("post_install", "-at_install")
class TestHoldTour(HoldDeskCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.customer.name = "Tour customer"

    def test_rep_asks_and_controller_releases(self):
        order, hold = self.create_held()
        self.start_tour(
            f"/odoo/action-sale.action_orders/{order.id}",
            "sale_collection_hold_rep",
            login=self.rep.login,
        )
        self.assertEqual(hold.asked_by_id, self.rep)
        self.start_tour(
            "/odoo/held-orders",
            "sale_collection_hold_controller",
            login=self.controller.login,
        )
        self.assertRecordValues(
            hold,
            [
                {
                    "state": "released",
                    "released_by_id": self.controller.id,
                    "release_reason": "Agreed with sales",
                }
            ],
        )

    def test_three_clicks_release_an_order(self):
        hold = self.create_held()[1]
        tour = "sale_collection_hold_three_clicks"
        self.start_tour("/odoo/held-orders", tour, login=self.controller.login)
        self.assertEqual(hold.state, "released")
        self.assertLessEqual(count_clicks(TOURS, tour), 3)

    def test_manager_sets_up(self):
        self.limit_rule.action_archive()
        order = self.create_order(150, confirm=True)
        manager = self.new_user(
            "hold_tour_manager",
            "sale_collection.group_manager,sales_team.group_sale_manager",
        )
        self.start_tour(
            "/odoo/supply-setup",
            "sale_collection_hold_manager",
            login=manager.login,
        )
        switch = self.env["sale.collection.hold.switch"].search([], limit=1)
        self.assertEqual(switch.state, "undone")
        self.assertFalse(order._collection_supply_waits())

    def test_portal_says_nothing_of_credit(self):
        order, hold = self.create_held()
        page = self.url_open(order.get_portal_url()).text
        self.assertIn("get in touch about the delivery", page)
        for secret in ("credit limit", "Over the limit", hold.controller_id.name):
            self.assertNotIn(secret, page)
        hold.sudo().strength = "prepay"
        page = self.url_open(order.get_portal_url()).text
        self.assertIn("as soon as your payment has arrived", page)
        hold.with_user(self.controller).action_release("Known")
        self.assertNotIn(
            "Thank you for your order. We", self.url_open(order.get_portal_url()).text
        )
