from datetime import date

from odoo.tests import tagged

from .common import ReminderCommon


@tagged("post_install", "-at_install")
class TestOpenMoney(ReminderCommon):
    """Reminders ask for what is open that day, whatever core's residual says."""

    def test_cheque_dated_ahead(self):
        self.pay(self.create_invoice(1000), date="2026-02-12")
        self.assertKeptBack("ahead")
        self.assertFalse(self.night("2026-02-20"), "the cheque's day has come")

    def test_cheque_over_a_part(self):
        """The rest is asked for, and all of it once the cheque is back."""
        payment = self.pay(self.create_invoice(1000), 400, date="2026-02-12")
        reminder = self.night("2026-02-05")
        self.assertEqual(reminder.line_ids.mapped("amount"), [600])
        self.assertEqual(len(self.send("2026-02-05")), 1)
        payment.action_draft()
        self.assertEqual(self.night("2026-02-20").line_ids.mapped("amount"), [1000])

    def test_next_reminder_waits_for_the_cheque(self):
        invoice = self.create_invoice(1000)
        [line] = self.receivable_lines(invoice)
        profile = self.env["sale.collection.profile"]._for(self.customer)
        self.pay(invoice, date="2026-02-25")
        day = date(2026, 2, 5)
        self.assertEqual(profile._get_next_steps(day)[line.id][0], date(2026, 2, 25))
        preview = profile._preview_ladder(day)[profile.id]
        self.assertEqual(preview[0]["date"], date(2026, 2, 25))

    def test_payment_set_to_draft(self):
        payment = self.pay(self.create_invoice(320), date="2026-02-01")
        self.assertFalse(self.night("2026-02-05"))
        payment.action_draft()
        self.assertEqual(self.night("2026-02-05").line_ids.mapped("amount"), [320])

    def test_cheque_dated_ahead_is_no_credit(self):
        self.create_invoice(1000)
        self.env["account.payment"].create(
            {"partner_id": self.customer.id, "amount": 400, "date": "2026-02-12"}
        ).action_post()
        self.assertEqual(self.night("2026-02-05").amount_total, 1000)
