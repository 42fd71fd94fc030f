from odoo.tests import tagged

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalTour(PortalCommon):
    """A customer on a phone, in English and in Chinese."""

    browser_size = "375x667"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owe(100, -30)
        cls.owe(50, -10)
        cls.owe(40, 20)

    def test_choose_and_look(self):
        self.choose_and_look()

    def test_in_chinese(self):
        self.speak_chinese()
        self.choose_and_look()
        self.authenticate("portal-customer", "portal-customer")
        page = self.url_open("/my/statement").text
        for words in ("客户对账单", "稍后付款，或有疑问", "天前到期"):
            self.assertIn(words, page)
        page = self.url_open("/my/statement/period").text
        for words in ("期初余额", "期末余额"):
            self.assertIn(words, page)

    def choose_and_look(self):
        """Walk from the account to the page of payment; the steps look at amounts."""
        self.start_tour(
            "/my/home", "sale_collection_portal_pay", login="portal-customer"
        )

    def test_plan(self):
        self.ask_and_sign()

    def test_plan_in_chinese(self):
        self.speak_chinese()
        self.ask_and_sign()

    def speak_chinese(self):
        self.load_language("zh_CN")
        user = self.env["res.users"].search([("login", "=", "portal-customer")])
        user.sudo().lang = "zh_CN"

    def ask_and_sign(self):
        """The plan is the one asked for, signed by the user."""
        self.start_tour(
            "/my/statement", "sale_collection_portal_plan", login="portal-customer"
        )
        plan = self.env["sale.collection.promise"].search(
            [("profile_id", "=", self.profile.id)]
        )
        self.assertEqual((plan.state, plan.amount), ("open", 150))
        self.assertEqual(plan.plan_line_ids.mapped("amount"), [50, 50, 50])
        self.assertEqual(plan.signed_by, self.customer.name)
        self.assertTrue(plan.signature and plan.signed_ip)
