from datetime import timedelta

from odoo.tests import HttpCase, tagged

from ..clicks import count_clicks
from ..common import CollectionCommon

TOURS = "sale_collection/static/tests/tours/page.js"


@tagged("post_install", "-at_install")
class TestPageTour(CollectionCommon, HttpCase):
    """The page of a customer, as a collector with our one group clicks it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls.new_user("page_tour", "sale_collection.group_user")
        cls.customer.email = "customer@example.com"
        today = cls.company._collection_today()
        for amount in (1000, 500):
            cls.create_invoice(amount, today - timedelta(90), today - timedelta(60))
        cls.profile = cls.env["sale.collection.profile"].sudo()._for(cls.customer)
        cls.profile.user_id = cls.collector
        cls.profile._refresh()

    def tour(self, name, **options):
        self.start_tour(
            f"/odoo/credit-profiles/{self.profile.id}",
            name,
            login=self.collector.login,
            **options,
        )

    def test_promise_in_four_clicks(self):
        self.tour("sale_collection_page_promise")
        self.assertEqual(self.profile.promise_ids.state, "open")
        self.assertEqual(self.profile.promise_ids.amount, 1500)
        self.assertLessEqual(count_clicks(TOURS, "sale_collection_page_promise"), 4)

    def test_statement_in_two_clicks(self):
        self.tour("sale_collection_page_statement")
        message = self.env["mail.scheduled.message"].search(
            [("model", "=", self.profile._name), ("res_id", "=", self.profile.id)]
        )
        self.assertEqual(message.partner_ids, self.customer)
        self.assertIn("statement of account", message.subject)
        self.assertLessEqual(count_clicks(TOURS, "sale_collection_page_statement"), 3)

    def test_ticked_instalments_and_tabs(self):
        self.tour("sale_collection_page_tick")
