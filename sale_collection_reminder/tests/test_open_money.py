from odoo.tests import tagged

from .common import ReminderCommon


@tagged("post_install", "-at_install")
class TestOpenMoney(ReminderCommon):
    """Reminders ask for what is open that day, whatever core's residual says."""

    def test_cheque_dated_ahead(self):
        self.pay(self.create_invoice(1000), date="2026-02-12")
        reminder = self.night("2026-02-05")
        self.assertEqual(reminder.line_ids.mapped("amount"), [1000])
        self.assertEqual(len(self.send("2026-02-05")), 1)
        self.assertFalse(self.night("2026-02-20"), "the cheque's day has come")

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
