from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from .common import PortalCommon

LETTER = "sale_collection_reminder.report_reminder_letter"


@tagged("post_install", "-at_install")
class TestLetterConsumers(PortalCommon):
    """The code on a reminder letter, where reminders are installed."""

    def setUp(self):
        super().setUp()
        if "sale.collection.reminder" not in self.env:
            self.skipTest("reminders are not installed")
        both = self.customer + self.contact
        both.write({"street": "Road 1", "city": "Town"})
        self.asked = self.owe(100, -30, is_move_sent=True)
        self.also = self.owe(70, -30, is_move_sent=True)
        self.later = self.owe(50, 20, is_move_sent=True)
        ladder = self.env["sale.collection.ladder"].create(
            {
                "name": "Letters",
                "company_id": self.company.id,
                "step_ids": [
                    Command.create(
                        {
                            "name": "Letter",
                            "days": 5,
                            "channel": "letter",
                            "template_id": self.env.ref(
                                "sale_collection_reminder.mail_template_reminder_first"
                            ).id,
                        }
                    )
                ],
            }
        )
        ladder._go_live(date(2020, 1, 1))
        ladder._confirm_first_run()

    def print_letter(self):
        """Return the letter as text, and the addresses its codes were drawn from."""
        self.env.cr.flush()
        reminders = self.env["sale.collection.reminder"].sudo()
        letter = reminders._prepare(self.today)
        self.assertEqual((letter.channel, letter.amount_total), ("letter", 170))
        reports = self.env["ir.actions.report"].sudo()
        with patch.object(type(reports), "barcode", return_value=b"code") as draw:
            content, _kind = reports._render_qweb_html(LETTER, letter.ids)
        return content.decode(), [call.args[1] for call in draw.call_args_list]

    def test_code_opens_just_what_the_letter_asks_for(self):
        text, [address] = self.print_letter()
        self.assertIn("data:image/png;base64,Y29kZQ==", text)
        page = self.open(address.removeprefix(self.base_url()))
        rows = self.read_texts(page, "open_item")
        self.assertEqual(len(rows), 2)
        self.assertNotIn(self.later.name, page.text_content())
        self.assertIn("170.00", self.read_texts(page, "balance")[0])
        self.pay(self.also, date=self.today)
        page = self.open(address.removeprefix(self.base_url()))
        self.assertIn("100.00", self.read_texts(page, "balance")[0])

    def test_letter_names_the_ways_to_pay(self):
        self.provider.sudo().write({"state": "enabled", "is_published": True})
        alipay = self.env.ref("payment.payment_method_alipay").sudo()
        self.provider.sudo().payment_method_ids = alipay
        alipay.active = True
        text, _addresses = self.print_letter()
        self.assertIn("Alipay", text)
