from odoo.tests import tagged

from .test_bill import MATURITY, BillCommon


@tagged("post_install", "-at_install")
class TestBillPromise(BillCommon):
    """Which promises a bill keeps, and from when."""

    def promise(self, days=3, amount=1000):
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profile.id,
                "amount": amount,
                "date": self.day(days),
                "grace_days": 0,
                "line_ids": self.receivable_lines(self.invoice).ids,
            }
        )
        promise.action_open()
        self.env.cr.flush()
        return promise

    def judge(self, promise, day):
        self.env.cr.flush()
        promise.sudo()._evaluate(self.day(day))
        return promise.state

    def test_kept_when_handed_over(self):
        """Promised for day 3, handed over on day 0, booked days after."""
        promise = self.promise()
        bill = self.take()
        self.assertEqual(self.judge(promise, 0), "kept", "in hand, not booked")
        self.assertEqual(promise.amount_received, 1000)
        self.assertEqual(self.judge(promise, 4), "kept")
        self.book(bill, payment_date=self.day(MATURITY))
        self.assertEqual(self.judge(promise, 4), "kept")
        self.assertEqual(promise.amount_received, 1000)

    def test_kept_while_its_payment_is_in_draft(self):
        """Core keeps the match of a draft: nothing of the invoice is open for it."""
        promise = self.promise()
        payment = self.book(self.take())
        self.assertEqual(self.judge(promise, 0), "kept")
        payment.action_draft()
        self.env.flush_all()
        [line] = self.receivable_lines(self.invoice)
        self.assertEqual(line.amount_residual_currency, 0)
        self.assertEqual(self.judge(promise, 4), "kept")
        self.assertEqual(promise.amount_received, 1000)

    def test_a_part_in_hand(self):
        promise = self.promise()
        self.take(300)
        self.assertEqual(self.judge(promise, 0), "open")
        self.assertEqual(self.judge(promise, 4), "partial")
        self.assertEqual(promise.amount_received, 300)

    def test_not_taken_yet_keeps_nothing(self):
        promise = self.promise()
        self.take(has_seal=False)
        self.assertEqual(self.judge(promise, 4), "broken")

    def test_in_hand_where_maturity_keeps_it(self):
        self.company.collection_bill_keeps = "maturity"
        promise = self.promise()
        self.take()
        self.assertEqual(self.judge(promise, 4), "broken")

    def test_bounced_before_it_was_booked_is_not_kept(self):
        promise = self.promise()
        bill = self.take()
        self.assertEqual(self.judge(promise, 4), "kept")
        bill.with_user(self.accountant).action_bounce()
        self.assertEqual(self.judge(promise, 4), "broken")

    def test_in_hand_when_it_was_promised(self):
        """600 of 1,000 are in hand; the other 400 are promised and do not come."""
        bill = self.take(600)
        bill.sudo().taken_at = "2020-01-01 00:00:00"
        promise = self.promise(amount=400)
        self.assertEqual(self.judge(promise, 3), "open")
        self.assertEqual(self.judge(promise, 4), "broken")
        self.book(bill)
        self.assertEqual(self.judge(promise, 4), "broken")
        self.pay(self.invoice, 400, date=self.today)
        self.assertEqual(self.judge(promise, 4), "kept")

    def test_a_standing_promise(self):
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profile.id,
                "kind": "standing",
                "amount": 300,
                "date": self.day(3),
                "frequency": "monthly",
                "grace_days": 0,
            }
        )
        promise.action_open()
        self.take(300)
        self.judge(promise, 4)
        first = promise.plan_line_ids.sorted("date")[0]
        self.assertEqual((first.state, first.amount_received), ("kept", 300))

    def test_kept_when_it_matures(self):
        self.company.collection_bill_keeps = "maturity"
        promise = self.promise(MATURITY)
        self.book(self.take())
        self.assertEqual(self.judge(promise, 0), "open")
        self.assertEqual(self.judge(promise, MATURITY - 1), "open")
        self.assertEqual(self.judge(promise, MATURITY), "kept")

    def test_broken_where_maturity_keeps_it(self):
        self.company.collection_bill_keeps = "maturity"
        promise = self.promise(3)
        self.book(self.take())
        self.assertEqual(self.judge(promise, 4), "broken")

    def test_bounced_is_not_kept(self):
        promise = self.promise()
        bill = self.take()
        payment = self.book(bill)
        self.assertEqual(self.judge(promise, 0), "kept")
        self.env["sale.collection.bounce"]._bounce(payment, self.today, "funds")
        self.assertEqual(self.judge(promise, 0), "open")
        self.assertEqual(self.judge(promise, 4), "broken")

    def test_other_money_keeps_its_day(self):
        promise = self.promise(12)
        self.pay(self.invoice, date=self.day(10))
        self.assertEqual(self.judge(promise, 9), "open")
        self.assertEqual(self.judge(promise, 10), "kept")
