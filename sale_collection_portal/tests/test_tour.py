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
        self.start_tour(
            "/my/home", "sale_collection_portal_pay", login="portal-customer"
        )

    def test_in_chinese(self):
        self.load_language("zh_CN")
        user = self.env["res.users"].search([("login", "=", "portal-customer")])
        user.sudo().lang = "zh_CN"
        self.start_tour(
            "/my/home", "sale_collection_portal_pay", login="portal-customer"
        )
