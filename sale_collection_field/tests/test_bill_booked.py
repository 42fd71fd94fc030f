from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_bill import MATURITY, BillCommon


@tagged("post_install", "-at_install")
class TestBillBooked(BillCommon):
    """A bill that is booked without its own button has its two clocks all the same."""

    def test_register_payment_on_the_invoice(self):
        """1,000 in hand for 40 days; core's dialog books 1,000 today."""
        bill = self.take()
        payment = self.pay(self.invoice, date=self.today)
        self.touch()
        self.assertEqual((bill.sudo().payment_id, bill.is_booked), (payment, True))
        [money] = payment._seek_for_lines()[0]
        self.assertEqual(money.date_maturity, self.day(MATURITY))
        facts = self.read_facts()
        self.assertEqual((facts["amount_open"], facts["exposure"]), (0, 1000))
        self.assertEqual(self.read_facts(self.day(MATURITY))["exposure"], 0)
        self.env["sale.collection.bounce"]._bounce(payment, self.today, "funds")
        self.assertEqual(bill.state, "bounced")
        self.assertEqual(self.read_facts()["amount_open"], 1000)

    def test_matched_later_with_the_invoices(self):
        """1,400 for two invoices are matched one by one: tied by the second."""
        second = self.create_invoice(400, self.day(-40), self.day(-10))
        bill = self.take(1400)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 1400,
                "date": self.today,
                "journal_id": self.bank_journal.id,
            }
        )
        payment.action_post()
        paid = payment._collection_receivable_lines()
        self.invoice.js_assign_outstanding_line(paid.id)
        self.assertFalse(bill.sudo().payment_id)
        second.js_assign_outstanding_line(paid.id)
        self.assertEqual(bill.sudo().payment_id, payment)

    def test_other_payments_ask_for_bills_once(self):
        payment = self.pay(self.invoice, 100, date=self.today)
        settled = payment._collection_receivable_lines().matched_debit_ids
        self.assertEqual(settled.credit_move_id.move_id.origin_payment_id, payment)
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env["sale.collection.bill"].sudo()._tie_payments(settled.sudo())

    def test_the_oldest_of_two(self):
        """Of two papers of 500 for one invoice each payment books one."""
        older = self.take(500, date=self.day(-2))
        newer = self.take(500, number="B 2")
        payments = [
            self.pay(self.invoice, 500, date=self.today) for _number in range(2)
        ]
        self.assertEqual(
            [older.sudo().payment_id, newer.sudo().payment_id],
            payments,
        )

    def test_other_money(self):
        """Another amount, another invoice, or money of before is not the bill's."""
        second = self.create_invoice(1000, self.day(-20), self.day(-5))
        bill = self.take()
        self.pay(second, date=self.today)
        self.assertFalse(bill.sudo().payment_id, "another invoice")
        self.pay(self.invoice, 400, date=self.today)
        self.assertFalse(bill.sudo().payment_id, "another amount")
        third = self.create_invoice(300, self.day(-20), self.day(-5))
        bill = self.take(
            300, number="B 2", line_ids=self.parts((self.receivable_lines(third), 300))
        )
        self.pay(third, date=self.day(-1))
        self.assertFalse(bill.sudo().payment_id, "of the day before")

    def test_booked_by_its_button_stays_so(self):
        """A second paper alike is not tied to the payment of the first."""
        first = self.take(500)
        second = self.take(500, number="B 2")
        payment = self.book(second)
        self.assertEqual(second.sudo().payment_id, payment)
        self.assertFalse(first.sudo().payment_id)

    def test_it_was_another_payment(self):
        """A transfer of the same amount: the accountant unties it."""
        bill = self.take()
        payment = self.pay(self.invoice, date=self.today)
        self.touch()
        self.assertEqual(self.read_facts()["exposure"], 1000)
        with self.assertRaisesRegex(AccessError, "Accountants"):
            bill.action_untie()
        bill.with_user(self.accountant).action_untie()
        self.assertEqual((bill.sudo().payment_id.id, bill.state), (False, "hand"))
        [money] = payment._seek_for_lines()[0]
        self.assertEqual(money.date_maturity, self.today)
        self.assertEqual(self.read_facts()["exposure"], 0)
        bill.with_user(self.accountant).unlink()
        self.assertFalse(bill.exists())

    def test_untied_twice_or_never_booked(self):
        bill = self.take().with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "Bill B 1 is not booked"):
            bill.action_untie()
        self.book(bill)
        both = bill | self.take(500, number="B 2").with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "Bill B 2 is not booked"):
            both.action_untie()
        self.assertTrue(bill.is_booked)
        bill.action_untie()
        with self.assertRaisesRegex(UserError, "Bill B 1 is not booked"):
            bill.action_untie()

    def test_a_draft_is_not_untied(self):
        """It would be posted for a bill that is free to change."""
        bill = self.take().with_user(self.accountant)
        payment = self.book(bill)
        payment.action_draft()
        with self.assertRaisesRegex(UserError, "in draft"):
            bill.action_untie()
        self.assertEqual(bill.payment_id, payment)

    def test_untied_after_the_night_cleared_it(self):
        """The bank has brought a transfer of the same amount, not the bill."""
        for deposited, state in ((False, "hand"), (True, "deposited")):
            invoice = self.create_invoice(1000, self.day(-20), self.day(-5))
            bill = self.take(
                matures=0,
                line_ids=self.parts((self.receivable_lines(invoice), 1000)),
            ).with_user(self.accountant)
            if deposited:
                bill.action_deposit()
            self.match_with_bank(self.pay(invoice, date=self.today))
            self.run_night()
            self.assertEqual(bill.state, "cleared")
            bill.action_untie()
            self.assertEqual((bill.state, bill.payment_id.id), (state, False))

    def test_untied_where_it_is(self):
        bill = self.take().with_user(self.accountant)
        bill.action_deposit()
        self.book(bill)
        bill.action_untie()
        self.assertEqual((bill.state, bill.is_booked), ("deposited", False))
