import re
from unittest.mock import patch

from lxml import html

from odoo.tests import tagged

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestMailLinks(PortalCommon):
    """Below a mailed statement: where what it lists is paid, and by which methods."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owed = cls.owe(100, -10)
        cls.provider.write({"state": "enabled", "is_published": True})

    def send(self):
        """Send the statement of the customer: return its mail as a tree."""
        self.profile.with_env(self.env)._send_statement()
        message = self.env["mail.scheduled.message"].search(
            [("model", "=", self.profile._name), ("res_id", "=", self.profile.id)],
            order="id desc",
            limit=1,
        )
        return html.fromstring(message.body)

    def find_link(self, mail):
        [link] = mail.xpath("//a[contains(@href, '/my/statement/open/')]/@href")
        return re.sub(r"^https?://[^/]+", "", link)

    def test_link_opens_what_the_statement_lists(self):
        link = self.find_link(self.send())
        self.owe(7, -1)  # invoiced after it was sent
        page = self.open(link)
        self.assertEqual(len(self.read_texts(page, "open_item")), 1)
        self.assertIn("100.00", self.read_texts(page, "balance")[0])
        page = self.open(self.find_link(self.send()))
        self.assertEqual(len(self.read_texts(page, "open_item")), 2)

    def test_link_that_would_be_too_long_opens_all(self):
        with patch("odoo.addons.sale_collection_portal.models.profile.MAIL_LENGTH", 9):
            link = self.find_link(self.send())
        self.assertTrue(self.profile._get_pay_link().endswith(link))

    def test_icons_that_a_mail_program_gets(self):
        """By an absolute address, without login; the name stands in for the picture."""
        icons = self.send().xpath("//img[contains(@src, 'payment.method')]")
        expected = self.payment_method.name
        self.assertIn(expected, [icon.get("alt") for icon in icons])
        self.authenticate(None, None)
        for icon in icons:
            address = icon.get("src")
            self.assertTrue(address.startswith(self.base_url()), address)
            answer = self.url_open(address.removeprefix(self.base_url()))
            self.assertEqual(answer.status_code, 200)
            self.assertTrue(answer.headers["Content-Type"].startswith("image/"))
            self.assertNotIn("placeholder", answer.headers["Content-Disposition"])

    def test_no_icons_where_nobody_pays_online(self):
        settings = self.env["ir.config_parameter"].sudo()
        settings.set_param("account_payment.enable_portal_payment", False)
        self.assertFalse(self.send().xpath("//img[contains(@src, 'payment.method')]"))

    def test_icons_on_the_page(self):
        self.login("customer")
        page = self.open("/my/statement")
        [icons] = page.xpath("//*[@name='icons']")
        self.assertIn(self.payment_method.name, icons.xpath("./img/@alt"))
        for address in icons.xpath("./img/@src"):
            self.assertEqual(self.url_open(address).status_code, 200)
