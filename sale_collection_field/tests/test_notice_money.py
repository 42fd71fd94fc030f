from odoo.tests import tagged

from .common import FieldCommon


@tagged("post_install", "-at_install")
class TestNoticeMoney(FieldCommon):
    """The matching receipt confirms a notice; without one it goes back."""

    def test_receipt_on_its_instalments(self):
        notice = self.report()
        self.pay(self.invoice, 400, date=self.today)
        self.touch()
        self.assertEqual((notice.state, notice.received), ("open", 400))
        self.pay(self.invoice, 600, date=self.today)
        self.touch()
        self.assertEqual((notice.state, notice.received), ("confirmed", 1000))
        self.assertFalse(self.read_covered())

    def test_part_that_came_is_covered_no_more(self):
        [line] = self.receivable_lines(self.invoice)
        self.report(700)
        self.pay(self.invoice, 400, date=self.today)
        self.touch()
        self.assertEqual(self.read_covered()[line.id][0], 300)

    def test_twice_changes_nothing(self):
        notice = self.report()
        self.pay(self.invoice, date=self.today)
        self.touch()
        said = len(notice.message_ids)
        for _again in range(2):
            self.touch()
            self.run_night()
        self.assertEqual(notice.state, "confirmed")
        self.assertEqual(len(notice.message_ids), said)

    def test_money_known_before_is_other_money(self):
        self.pay(self.invoice, 300, date=self.today)
        self.env.cr.flush()
        notice = self.report(300)
        self.touch()
        self.assertEqual((notice.state, notice.received), ("open", 0))

    def test_money_dated_before_is_other_money(self):
        notice = self.report(date=self.today)
        self.pay(self.invoice, date=self.day(-1))
        self.touch()
        self.assertEqual(notice.state, "open")

    def test_money_on_another_invoice(self):
        other = self.create_invoice(800, self.day(-40), self.day(-10))
        notice = self.report(800)
        self.assertEqual(notice.line_ids.line_name, self.invoice.name)
        self.pay(other, date=self.today)
        self.touch()
        self.assertEqual(notice.state, "confirmed", "the very amount")

    def test_another_amount_on_another_invoice(self):
        other = self.create_invoice(800, self.day(-40), self.day(-10))
        notice = self.report(900)
        self.pay(other, date=self.today)
        self.touch()
        self.assertEqual(notice.state, "open")

    def test_money_on_an_instalment_left_out(self):
        [line] = self.receivable_lines(self.invoice)
        notice = self.report(300, line_ids=self.parts((line, 0)))
        self.pay(self.invoice, 400, date=self.today)
        self.touch()
        self.assertEqual((notice.state, notice.received), ("open", 0))

    def test_one_payment_confirms_one_notice(self):
        first, second = self.report(500), self.report(500)
        self.assertEqual(second.line_ids.amount, 500)
        self.pay(self.invoice, 500, date=self.today)
        self.touch()
        self.assertEqual((first.state, second.state), ("confirmed", "open"))
        self.pay(self.invoice, 500, date=self.today)
        self.touch()
        self.assertEqual(second.state, "confirmed")

    def test_two_currencies(self):
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        invoice = self.create_invoice(
            100, self.day(-60), self.day(-31), currency_id=euro.id
        )
        notice = self.report(100, currency_id=euro.id)
        self.pay(self.invoice, 100, date=self.today)
        self.touch()
        self.assertEqual(notice.state, "open", "100 dollars are no 100 euros")
        self.pay(invoice, 100, date=self.today, currency_id=euro.id)
        self.touch()
        self.assertEqual(notice.state, "confirmed")

    def test_undone_money_opens_it_again(self):
        notice = self.report()
        payment = self.pay(self.invoice, date=self.today)
        self.touch()
        payment.action_draft()
        self.touch()
        self.assertEqual((notice.state, notice.received), ("open", 0))

    def test_no_money_in_time(self):
        notice = self.report()
        self.run_night(notice.until_date)
        self.assertEqual(notice.state, "open")
        run = self.run_night(self.day(10))
        counts = {"confirmed": 0, "returned": 1, "cleared": 0}
        self.assertEqual(run.phase_ids.counts, counts)
        self.assertEqual(notice.state, "returned")
        self.assertIn("No money by", notice.reason)
        self.assertEqual(self.profile.activity_ids.user_id, self.rep)
        self.run_night(self.day(10))
        self.assertEqual(len(self.profile.activity_ids), 1)

    def test_only_a_part_in_time(self):
        notice = self.report()
        self.pay(self.invoice, 400, date=self.today)
        self.run_night(self.day(10))
        self.assertEqual(notice.state, "returned")
        self.assertIn("400", notice.reason)

    def test_money_after_it_went_back(self):
        notice = self.report()
        self.run_night(self.day(10))
        self.pay(self.invoice, date=self.today)
        self.touch()
        self.assertEqual((notice.state, notice.reason), ("confirmed", False))
        self.assertFalse(self.profile.activity_ids)

    def test_queries_do_not_grow(self):
        def count(number):
            for _again in range(number):
                self.report(10)
            self.touch()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.notices.sudo()._match(self.company, self.customer.ids)
            return self.env.cr.sql_log_count - before

        count(1)
        few = count(1)
        self.assertLessEqual(count(8), few)
