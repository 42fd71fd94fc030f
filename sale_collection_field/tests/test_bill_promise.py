from odoo.tests import freeze_time, tagged

from .test_bill import MATURITY, BillCommon


@tagged("post_install", "-at_install")
class TestBillPromise(BillCommon):
    """Which promises a bill keeps, and from when."""

    def promise(self, days=3, amount=1000, invoices=None, **values):
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profile.id,
                "amount": amount,
                "date": self.day(days),
                "grace_days": 0,
                "line_ids": self.receivable_lines(invoices or self.invoice).ids,
                **values,
            }
        )
        promise.action_open()
        self.env.cr.flush()
        return promise

    def take_before(self, amount=1000, **values):
        """Return a bill that was in hand before any promise."""
        bill = self.take(amount, **values)
        bill.sudo().taken_at = "2020-01-01 00:00:00"
        return bill

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
        bill = self.take_before(600)
        promise = self.promise(amount=400)
        self.assertEqual(self.judge(promise, 3), "open")
        self.assertEqual(self.judge(promise, 4), "broken")
        self.book(bill)
        self.assertEqual(self.judge(promise, 4), "broken")
        self.pay(self.invoice, 400, date=self.today)
        self.assertEqual(self.judge(promise, 4), "kept")

    def test_promised_once_a_bill_has_matured(self):
        """It matured a month ago and covers nothing: 1,000 are promised anew."""
        past = self.day(-60)
        self.take_before(matures=-30, date=past, issue_date=past)
        self.assertFalse(self.read_covered())
        promise = self.promise()
        self.assertEqual((promise.state, promise.next_amount), ("open", 1000))
        self.assertEqual(self.judge(promise, 3), "open")
        self.assertEqual(self.judge(promise, 4), "broken")

    def test_promised_instead_of_a_bill(self):
        """Do not bank it: all 1,000 are promised, 400 are not enough."""
        bill = self.take_before()
        promise = self.promise()
        self.assertEqual((promise.state, promise.next_amount), ("open", 1000))
        self.pay(self.invoice, 400, date=self.today)
        self.assertEqual(self.judge(promise, 3), "open")
        self.assertEqual(self.judge(promise, 4), "partial")
        self.assertEqual(promise.amount_received, 400)
        self.pay(self.invoice, 600, date=self.today)
        self.assertEqual(self.judge(promise, 4), "kept")
        self.assertEqual((promise.amount_received, bill.is_booked), (1000, False))

    def test_promised_instead_of_two_bills(self):
        """Two papers of 1,000 for the one invoice leave the other one to pay."""
        second = self.create_invoice(1000, self.day(-20), self.day(-5))
        part = self.parts((self.receivable_lines(self.invoice), 1000))
        for number in ("B 1", "B 2"):
            self.take_before(number=number, line_ids=part)
        promise = self.promise(amount=2000, invoices=self.invoice + second)
        self.pay(second, 1000, date=self.today)
        self.assertEqual(self.judge(promise, 4), "kept")
        self.assertEqual(promise.amount_received, 1000)

    def test_promised_instead_of_bills_one_of_which_goes_on(self):
        """Do not bank them: what becomes of one makes the other no money."""
        cases = (("B 1", self.bounce, 600, "partial"), ("B 2", self.book, 0, "broken"))
        for number, turn, paid, state in cases:
            with self.subTest(turn=turn.__name__):
                invoice = self.create_invoice(1000, self.day(-20), self.day(-5))
                line = self.receivable_lines(invoice)
                first, _second = (
                    self.take_before(
                        amount,
                        number=f"{number} {amount}",
                        line_ids=self.parts((line, amount)),
                    )
                    for amount in (600, 400)
                )
                promise = self.promise(invoices=invoice)
                turn(first)
                if paid:
                    self.pay(invoice, paid, date=self.today)
                self.assertEqual(self.judge(promise, 0), "open")
                self.assertEqual(self.judge(promise, 4), state)
                self.assertEqual(promise.amount_received, paid)

    def bounce(self, bill):
        bill.with_user(self.accountant).action_bounce()

    def test_a_bill_that_matures_before_the_promised_day(self):
        """600 in hand and 400 paid are 1,000, until the 600 do not come."""
        self.take_before(600, matures=1)
        promise = self.promise()
        self.pay(self.invoice, 400, date=self.today)
        self.assertEqual(self.judge(promise, 1), "kept")
        with freeze_time(self.day(2)):
            self.assertEqual(self.judge(promise, 2), "open")
        with freeze_time(self.day(4)):
            self.assertEqual(self.judge(promise, 4), "partial")

    def test_a_bill_that_matures_after_the_promised_day(self):
        """On day 3 it covered 600: what becomes of it later is another matter."""
        self.take_before(600, matures=5)
        promise = self.promise()
        self.pay(self.invoice, 400, date=self.today)
        with freeze_time(self.day(6)):
            self.assertEqual(self.judge(promise, 6), "kept")

    def test_two_bills_for_one_invoice(self):
        """Two papers of 1,000 keep 1,000 of it; nothing keeps the other invoice."""
        second = self.create_invoice(1000, self.day(-20), self.day(-5))
        promise = self.promise(amount=2000, invoices=self.invoice + second)
        part = self.parts((self.receivable_lines(self.invoice), 1000))
        self.take(line_ids=part, date=self.day(-1))
        self.take(line_ids=part, number="B 2")
        self.assertEqual(self.judge(promise, 0), "open")
        self.assertEqual(promise.amount_received, 1000)
        self.assertEqual(self.judge(promise, 4), "partial")

    def test_what_a_bill_pays_is_not_waived(self):
        """700 in hand for the older invoice keep the plan: 300 of the other fall."""
        older = self.create_invoice(700, self.day(-60), self.day(-20))
        other = self.create_invoice(300, self.day(-50), self.day(-10))
        plan = self.promise(
            amount=700,
            invoices=older + other,
            kind="plan",
            first_date=self.day(3),
            payment_count=1,
            waives_rest=True,
        )
        bill = self.take(700, line_ids=self.parts((self.receivable_lines(older), 700)))
        self.assertEqual(self.judge(plan, 0), "kept")
        request = self.env["sale.collection.write.off"].sudo()
        request = request.search([("promise_id", "=", plan.id)])
        self.assertRecordValues(
            request, [{"move_id": other.id, "amount": 300, "state": "requested"}]
        )
        bill.with_user(self.accountant).action_bounce()
        self.assertEqual((self.judge(plan, 0), request.state), ("open", "rejected"))

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
