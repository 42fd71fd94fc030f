from datetime import date

from odoo import Command
from odoo.tests import freeze_time, new_test_user, tagged
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
        said = " ".join(html2plaintext(reminder.body).split())
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

    def write_off(self, invoice, amount):
        line = self.receivable_lines(invoice)
        owed, loss = (line.account_id, -amount), (self.revenue, amount)
        entry = self.create_entry([loss, owed], "2026-02-04")
        (entry.line_ids.filtered("credit") + line).reconcile()
        self.env.cr.flush()

    def test_what_was_written_off_is_not_paid(self):
        invoice = self.create_invoice(1000)
        reminder = self.night("2026-02-05")
        self.write_off(invoice, 1000)
        self.assertEqual(invoice.payment_state, "paid", "core calls it so")
        self.assertDroppedAtSending("written_off", reminder)

    def test_a_cent_left_of_what_was_written_off(self):
        invoice = self.create_invoice(1000)
        reminder = self.night("2026-02-05")
        self.write_off(invoice, 999.99)
        self.assertDroppedAtSending("written_off", reminder)

    def test_why_an_instalment_is_left_out_of_a_message(self):
        lost, paid, __ = (self.create_invoice(amount) for amount in (300, 200, 100))
        reminder = self.night("2026-02-05")
        self.assertEqual(reminder.amount_total, 600)
        self.write_off(lost, 300)
        self.write_off(paid, 50)
        self.pay(paid, 150, date="2026-02-04")
        self.env.cr.flush()
        self.send("2026-02-05")
        self.assertEqual(reminder.amount_total, 100)
        self.assertIn(f"{lost.name}: Written off or credited", reminder.note)
        self.assertIn(f"{paid.name}: Paid", reminder.note)

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


@tagged("post_install", "-at_install")
class TestReminderPeople(ReminderCommon):
    """Who gets a reminder, by which way, and what becomes of its invoices."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-02-02 09:00:00"))
        cls.profile = cls.env["sale.collection.profile"].sudo()._for(cls.customer)
        cls.collector = new_test_user(
            cls.env,
            login="people_collector",
            groups="sale_collection.group_all_customers",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.profile.user_id = cls.collector

    def add_invoice_address(self, name):
        return self.env["res.partner"].create(
            {
                "name": name,
                "type": "invoice",
                "parent_id": self.customer.id,
                "email": f"{name.lower()}@example.com",
            }
        )

    def test_letter_where_there_is_no_mail(self):
        self.customer.email = False
        self.create_invoice(1000)
        reminder = self.night("2026-02-05")
        self.assertEqual((reminder.channel, reminder.state), ("letter", "ready"))
        self.send("2026-02-05", reminder)
        self.assertEqual(reminder.state, "queued")

    def test_mail_where_there_is_no_street(self):
        self.step(5).channel = "letter"
        self.customer.street = False
        self.create_invoice(1000)
        reminder = self.night("2026-02-05")
        self.assertEqual(reminder.channel, "mail")
        self.send("2026-02-05", reminder)
        self.assertEqual(reminder.mail_id.state, "outgoing")

    def test_call_where_there_is_a_number_only(self):
        self.customer.write({"email": False, "street": False, "phone": "+1 555 0100"})
        self.create_invoice(1000)
        self.assertEqual(self.night("2026-02-05").channel, "call")

    def test_no_address_at_all_is_a_task(self):
        self.customer.write({"email": False, "street": False, "city": False})
        self.create_invoice(1000)
        self.assertKeptBack("no_address")
        self.night("2026-02-06")
        [task] = self.profile.activity_search(
            ["sale_collection_reminder.activity_no_address"]
        )
        self.assertEqual(task.user_id, self.collector)
        self.assertIn(self.customer.name, task.note)
        self.customer.email = "found@example.com"
        self.assertEqual(self.night("2026-02-06").state, "ready")
        self.assertFalse(task.exists())

    def test_reminder_goes_where_its_invoices_went(self):
        self.add_invoice_address("North")
        south = self.add_invoice_address("South")
        self.create_invoice(1000, partner=south)
        self.assertEqual(self.night("2026-02-05").recipient_id, south)

    def test_two_addresses_of_one_reminder(self):
        north, south = map(self.add_invoice_address, ("North", "South"))
        self.create_invoice(1000, due="2026-01-30", partner=south)
        self.create_invoice(200, partner=north)
        reminder = self.night("2026-02-05")
        self.assertEqual((reminder.recipient_id, reminder.copy_ids), (south, north))

    def test_reminded_invoice_set_to_draft(self):
        invoice = self.create_invoice(1000)
        self.night("2026-02-05")
        self.send("2026-02-05")
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profile.id,
                "amount": 1000,
                "date": "2026-02-20",
                "line_ids": self.receivable_lines(invoice).ids,
            }
        )
        promise.action_open()
        name = invoice.name
        invoice.button_cancel()
        note = self.profile.message_ids[0]
        for words in (name, "promised for 02/20/2026", "on 02/05/2026 (Day 5)"):
            self.assertIn(words, note.body)
        self.assertEqual(note.notified_partner_ids, self.collector.partner_id)

    def test_invoice_nobody_spoke_of_set_to_draft(self):
        before = self.profile.message_ids
        self.create_invoice(1000).button_draft()
        self.assertEqual(self.profile.message_ids, before)

    def test_used_step_is_archived(self):
        self.create_invoice(1000)
        self.walk("2026-02-05", "2026-02-05")
        step = self.step(5)
        self.ladder.write({"step_ids": [Command.delete(step.id)]})
        self.assertFalse(step.active)
        self.assertEqual(self.ladder.step_ids.mapped("days"), [20, 40])
        self.assertEqual(self.walk("2026-02-19", "2026-02-20"), [("2026-02-20", 20)])
        self.step(40).unlink()
        self.assertEqual(self.ladder.step_ids.mapped("days"), [20])

    def test_delivered_by_other_means(self):
        invoice = self.create_invoice(1000, is_move_sent=False)
        self.assertKeptBack("never_sent")
        self.company.collection_unsent_is_sent = True
        self.assertEqual(self.night("2026-02-05").state, "ready")
        self.company.collection_unsent_is_sent = False
        invoice.action_collection_mark_sent()
        self.assertTrue(invoice.is_move_sent)
        self.assertEqual(self.night("2026-02-05").mapped("state"), [])

    def test_pay_now_only_with_a_provider(self):
        self.create_invoice(1000)
        self.env["payment.provider"].sudo().search([]).state = "disabled"
        reminder = self.night("2026-02-05")
        self.assertNotIn("Pay now", reminder.body)
        self.assertIn("View", reminder.body)

    def test_call_us_only_with_a_number(self):
        self.step(5).template_id = self.env.ref(
            "sale_collection_reminder.mail_template_reminder_third"
        )
        self.company.phone = False
        self.create_invoice(1000)
        reminder = self.night("2026-02-05")
        self.assertNotIn("call us", reminder.body)
        self.company.phone = "+1 555 0199"
        reminder.invalidate_recordset()
        self.assertIn("call us today at +1 555 0199", html2plaintext(reminder.body))
        self.assertIn("In spite of our reminders", reminder.body)

    def test_delivered_by_other_means_is_marked_by_an_accountant(self):
        [accountant] = self.new_users(
            "sent", accountant="account.group_account_invoice"
        )
        invoices = self.create_invoice(1000, is_move_sent=False)
        invoices += self.create_invoice(500, is_move_sent=False)
        action = self.env.ref("sale_collection_reminder.move_mark_sent_action")
        action.with_user(accountant).with_context(
            active_model="account.move", active_ids=invoices.ids
        ).run()
        self.assertEqual(invoices.mapped("is_move_sent"), [True, True])
        self.assertIn("Delivered by other means", invoices[1].message_ids[0].body)

    def test_accountant_sets_a_reminded_invoice_to_draft(self):
        [accountant] = self.new_users(
            "draft", accountant="account.group_account_invoice"
        )
        invoice = self.create_invoice(1000)
        self.walk("2026-02-05", "2026-02-05")
        invoice.with_user(accountant).button_draft()
        note = self.profile.message_ids[0]
        self.assertIn("reminded of on 02/05/2026 (Day 5)", note.body)
        self.assertEqual(note.author_id, accountant.partner_id)
        self.assertEqual(note.notified_partner_ids, self.collector.partner_id)
