from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from odoo.addons.sale_collection.tests.statement.common import MoneyNoticeCommon


@tagged("post_install", "-at_install")
class TestThanks(MoneyNoticeCommon):
    """Customers who pay what a reminder asked for are thanked."""

    def remind(self, invoices, **values):
        contact = self.env["res.partner"].create(
            {"name": "Clerk", "email": "clerk@example.com"}
        )
        ladder = self.env["sale.collection.ladder"].sudo().create({"name": "Plan"})
        step = (
            self.env["sale.collection.ladder.step"]
            .sudo()
            .create(
                {"ladder_id": ladder.id, "name": "Call", "days": 3, "channel": "call"}
            )
        )
        return (
            self.env["sale.collection.reminder"]
            .sudo()
            .create(
                {
                    "company_id": self.company.id,
                    "profile_id": self.profile.id,
                    "partner_id": self.customer.id,
                    "recipient_id": contact.id,
                    "ladder_id": ladder.id,
                    "step_id": step.id,
                    "channel": "mail",
                    "date": self.today - timedelta(3),
                    "state": "sent",
                    "line_ids": [
                        Command.create(
                            {
                                "company_id": self.company.id,
                                "line_id": line.id,
                                "step_id": step.id,
                            }
                        )
                        for line in self.receivable_lines(invoices)
                    ],
                    **values,
                }
            )
        )

    def test_thanks_for_all_a_reminder_asked_for(self):
        self.company.collection_thank_you = True
        first, second = self.create_invoice(100), self.create_invoice(40)
        reminder = self.remind(first + second)
        self.receive(first)
        notice = self.tell()
        self.assertFalse(notice.thanked_id, "half of it is still open")
        self.make_earlier(notice, hours=2)
        self.receive(second)
        notice = self.tell()
        self.assertEqual(notice.thanked_id, reminder.recipient_id)
        message = self.profile.message_ids.filtered("partner_ids")[:1]
        self.assertEqual(message.partner_ids, reminder.recipient_id)
        self.assertIn("thank you", message.subject)
        self.assertIn(second.name, message.body)
        self.assertBearsCompany(message)

    def test_no_thanks(self):
        for name, setting, values in (
            ("not wanted", False, {}),
            ("nobody asked", True, {"state": "dropped"}),
            ("asked by phone", True, {"channel": "call"}),
            ("long ago", True, {"date": self.today - timedelta(90)}),
        ):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self.company.collection_thank_you = setting
                invoice = self.create_invoice(100)
                self.remind(invoice, **values)
                self.receive(invoice)
                self.assertFalse(self.tell().thanked_id)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_no_thanks_from_a_copy(self):
        self.company.collection_thank_you = True
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("database.is_neutralized", "true")
        invoice = self.create_invoice(100)
        self.remind(invoice)
        self.receive(invoice)
        self.assertFalse(self.tell().thanked_id)
