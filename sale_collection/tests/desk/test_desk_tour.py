from odoo.tests import HttpCase, tagged

from ..clicks import count_clicks
from ..contact.common import ContactCommon

# Any page: the tours come to Today by the icon of the application.
HOME = "/odoo/credit-profiles"
TOURS = "sale_collection/static/tests/tours/desk.js"


class DeskTourCommon(ContactCommon, HttpCase):
    """Three customers on the list of a collector: 2,000, 1,000 and 500 overdue."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rules = cls.env["sale.collection.work.rule"]
        rules.search([]).action_archive()
        rules.create(
            [
                {"name": "Overdue", "code": "overdue_amount", "points": points}
                | {"threshold": threshold}
                for points, threshold in ((10, 1), (20, 800), (30, 1800))
            ]
        )
        cls.collector, cls.manager = cls.new_users(
            "desk",
            collector="sale_collection.group_all_customers",
            manager="sale_collection.group_manager",
        )
        cls.customer.name = "Middle Customer"
        cls.customer.phone = "+1 555 0100"
        partners = cls.env["res.partner"].create(
            [{"name": "First Customer"}, {"name": "Last Customer"}]
        )
        for partner, amount in zip(partners, (2000, 500), strict=True):
            cls.create_invoice(amount, "2026-01-01", "2026-01-31", partner)
        profiles = cls.env["sale.collection.profile"]
        cls.profiles = profiles._refresh_touched(partners | cls.customer)
        cls.profiles.user_id = cls.collector

    def profile_of(self, name):
        return self.profiles.filtered(lambda one: one.partner_id.name == name)


@tagged("post_install", "-at_install")
class TestDeskTour(DeskTourCommon):
    """The day of a collector with no other right, counted in clicks."""

    def test_a_call_with_a_promise_in_four_clicks(self):
        self.start_tour(HOME, "sale_collection_today", login="desk_collector")
        contact = self.profile_of("First Customer").contact_ids
        self.assertEqual(contact.result, "promised")
        self.assertEqual(contact.promise_id.state, "open")
        self.assertEqual(contact.promise_id.amount, 2000.0)
        self.assertFalse(self.profile_of("First Customer").priority)

    def test_the_next_customer_in_one_click(self):
        self.start_tour(HOME, "sale_collection_next", login="desk_collector")
        contact = self.profile_of("Middle Customer").contact_ids
        self.assertEqual(contact.result, "promised")
        contact = self.profile_of("Last Customer").contact_ids
        self.assertEqual(contact.result, "no_answer")

    def test_the_first_day_of_a_manager(self):
        self.start_tour(HOME, "sale_collection_first_day", login="desk_manager")
        self.assertFalse(self.company.collection_first_day)

    def test_a_controller_hands_customers_over(self):
        heir, controller = self.new_users(
            "desk",
            heir="sale_collection.group_user",
            controller="sale_collection.group_credit_controller",
        )
        self.start_tour(HOME, "sale_collection_takeover", login="desk_controller")
        owners = {one.partner_id.name: one.user_id for one in self.profiles}
        self.assertEqual(
            owners,
            {
                "First Customer": heir,
                "Middle Customer": heir,
                "Last Customer": self.collector,
            },
        )
        takeover = self.env["sale.collection.takeover"].search(
            [("from_user_id", "=", self.collector.id)]
        )
        self.assertEqual((takeover.customer_count, takeover.to_user_ids), (2, heir))
        self.assertEqual(takeover.user_id, controller)


@tagged("post_install", "-at_install")
class TestDeskPhone(DeskTourCommon):
    """The same on the way, with a thumb."""

    browser_size = "375x667"
    touch_enabled = True

    def test_a_call_with_a_promise_in_four_taps(self):
        url = "/odoo/collection-today"
        self.start_tour(url, "sale_collection_today_phone", login="desk_collector")
        contact = self.profile_of("First Customer").contact_ids
        self.assertEqual(contact.promise_id.state, "open")
        self.assertLessEqual(count_clicks(TOURS, "sale_collection_today_phone"), 4)
