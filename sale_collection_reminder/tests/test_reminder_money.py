from datetime import date

from odoo import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import html2plaintext

from odoo.addons.mail.tests.common import MailCommon

from .common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminderMoney(ReminderCommon):
    """What is asked for in the currency of the invoice, and what is too little."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-02-02 09:00:00"))
        cls.euro = cls.setup_other_currency(
            "EUR", rates=[("2026-01-01", 0.80), ("2026-01-20", 0.816)]
        )

    def pay_unmatched(self, amount, currency, date="2026-01-25"):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": amount,
                "currency_id": currency.id,
                "date": date,
                "journal_id": self.bank_journal.id,
            }
        )
        payment.action_post()
        self.create_statementless_entry(payment)

    def create_statementless_entry(self, payment):
        """Book the payment where its journal books none by itself."""
        if payment.move_id:
            return
        amount = payment.amount
        balance = payment.currency_id._convert(
            amount, self.company.currency_id, self.company, payment.date
        )
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": payment.date,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.customer.id,
                            "currency_id": payment.currency_id.id,
                            "amount_currency": sign * amount,
                            "balance": sign * balance,
                        }
                    )
                    for account, sign in (
                        (self.receivable, -1),
                        (self.bank_journal.default_account_id, 1),
                    )
                ],
            }
        )
        entry.action_post()

    def test_paid_in_full_in_foreign_currency(self):
        self.create_invoice(1000, currency_id=self.euro.id)
        self.pay_unmatched(1000, self.euro)
        self.assertKeptBack("covered")

    def test_paid_in_full_before_sending(self):
        self.create_invoice(1000, currency_id=self.euro.id)
        reminder = self.night("2026-02-05")
        self.assertEqual(reminder.amount_text, "1,000.00\xa0€")
        self.pay_unmatched(1000, self.euro)
        self.assertDroppedAtSending("covered", reminder)

    def test_credit_note_of_another_rate(self):
        self.create_invoice(1000, currency_id=self.euro.id)
        self.create_invoice(
            100, "2026-01-25", None, move_type="out_refund", currency_id=self.euro.id
        )
        reminder = self.night("2026-02-05")
        self.assertEqual(reminder.amount_text, "900.00\xa0€")
        said = html2plaintext(reminder.body).replace("\xa0", " ")
        self.assertIn("your payment of *900.00 €*", said)
        self.assertIn("Payments and credit notes of 100.00 € that", said)
        self.assertNotIn("$", reminder.body)
        [sent] = self.send("2026-02-05", reminder)
        self.assertEqual(sent.amount_text, "900.00\xa0€")

    def test_credit_of_another_currency_is_for_what_is_left(self):
        self.create_invoice(1000, currency_id=self.euro.id)  # 1,250 dollars
        self.create_invoice(500)
        self.pay_unmatched(750, self.company.currency_id)
        found = self.night("2026-02-05")
        reminder = found.filtered(lambda row: row.state == "ready")
        self.assertEqual((found - reminder).mapped("reason"), ["covered"])
        self.assertEqual(reminder.amount_text, "800.00\xa0€")

    def test_a_cent_is_not_asked_for(self):
        invoice = self.create_invoice(1000)
        self.pay(invoice, 999.99)
        self.assertFalse(self.night("2026-02-05"))
        self.assertFalse(invoice.collection_reminder_date)
        self.company.collection_tolerance = 0
        self.assertEqual(self.night("2026-02-05").amount_total, 0.01)

    def test_a_cent_left_at_sending(self):
        invoice = self.create_invoice(1000, currency_id=self.euro.id)
        reminder = self.night("2026-02-05")
        self.pay(invoice, 999.95, currency_id=self.euro.id)
        self.assertDroppedAtSending("paid", reminder)

    def test_six_cents_are_asked_for(self):
        invoice = self.create_invoice(1000)
        self.pay(invoice, 999.94)
        self.assertEqual(self.night("2026-02-05").amount_text, "$\xa00.06")

    # === WHY IT DOES NOT GO ===#

    def test_redated_invoice_gets_no_notice(self):
        invoice = self.create_invoice(1000)
        reminder = self.night("2026-02-05")
        self.receivable_lines(invoice).date_maturity = "2027-12-31"
        self.assertDroppedAtSending("redated", reminder)

    def test_redated_invoice_is_left_out(self):
        invoice, other = self.create_invoice(1000), self.create_invoice(300)
        reminder = self.night("2026-02-05")
        self.receivable_lines(invoice).date_maturity = "2026-03-31"
        [sent] = self.send("2026-02-05", reminder)
        self.assertEqual(sent.line_ids.move_id, other)
        self.assertIn("Due date moved", sent.note)

    def test_earlier_due_date_is_shown(self):
        invoice = self.create_invoice(1000)
        reminder = self.night("2026-02-05")
        self.receivable_lines(invoice).date_maturity = "2026-01-20"
        [sent] = self.send("2026-02-05", reminder)
        self.assertEqual(sent.line_ids.due_date, date(2026, 1, 20))
        self.assertIn("01/20/2026", sent.mail_id.body_html)
        self.assertNotIn("01/31/2026", sent.mail_id.body_html)

    def test_cancelled_invoice_is_not_paid(self):
        invoice = self.create_invoice(1000)
        reminder = self.night("2026-02-05")
        invoice.button_draft()
        self.assertDroppedAtSending("cancelled", reminder)

    def test_night_says_why_nothing_is_wanted(self):
        self.step(5).automatic = False
        invoice = self.create_invoice(1000)
        reminder = self.night("2026-02-05")
        self.receivable_lines(invoice).date_maturity = "2026-05-31"
        self.night("2026-02-06")
        self.assertEqual((reminder.state, reminder.reason), ("dropped", "redated"))

    # === FROM WHICH DAY ===#

    def test_letter_printed_late_asks_from_then(self):
        self.step(5).channel = "letter"
        self.create_invoice(1000)
        letter = self.night("2026-02-05")
        self.send("2026-02-05", letter)
        self.assertIn("02/12/2026", letter.fixed_body)
        with freeze_time("2026-02-16 09:00:00"):
            letter.action_print_letters()
        self.assertEqual((letter.state, letter.date), ("sent", date(2026, 2, 16)))
        self.assertIn("02/23/2026", letter.fixed_body)
        self.assertNotIn("02/12/2026", letter.fixed_body)

    def test_days_between_messages_count_from_sending(self):
        self.ladder.gap_days = 5
        self.step(5).automatic = False
        self.create_invoice(1000)
        reminder = self.night("2026-02-05")
        self.assertEqual(reminder.state, "candidate")
        self.send("2026-02-19", reminder)
        self.assertEqual((reminder.state, reminder.date.day), ("queued", 19))
        found = self.walk("2026-02-20", "2026-02-26")
        self.assertEqual(found, [("2026-02-24", 20)])


@tagged("post_install", "-at_install")
class TestReminderMail(MailCommon, ReminderCommon):
    """What customers see when they open the mail."""

    def test_mail_names_the_company(self):
        self.create_invoice(1000)
        reminder = self.night("2026-02-05")
        self.send("2026-02-05", reminder)
        body = reminder.mail_id.body_html
        head = body.partition("<table")[2].partition("Dear")[0]
        self.assertIn(self.company.name, head)
        self.assertNotIn(self.customer.name, head)
        self.assertNotIn("redit profile", body)
        self.assertIn("1,000.00", body)
