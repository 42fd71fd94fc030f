from datetime import date, timedelta

from odoo.tests import freeze_time, tagged

from ...tools.period import Habit, predict_payment, usual_days_late
from ...tools.record import recent_days_late
from ..common import CollectionCommon


@freeze_time("2026-11-02")
@tagged("post_install", "-at_install")
class TestOpenItemRisk(CollectionCommon):
    """Eight invoices paid: four due on a Friday, four on a Saturday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.collection_grace_days = 3
        for week in range(8):
            friday = date(2026, 8, 7) + timedelta(weeks=week)
            due = friday + timedelta(days=week % 2)
            # Three days after a Friday; before a Saturday, once long after it.
            paid = friday if week % 2 else friday + timedelta(days=3)
            cls.pay_history(due, date(2026, 10, 27) if week == 1 else paid)
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.profile.sudo()._refresh()
        cls.friday = cls.create_invoice(100, "2026-10-07", "2026-11-06")
        cls.saturday = cls.create_invoice(100, "2026-10-07", "2026-11-07")

    @classmethod
    def pay_history(cls, due, paid):
        cls.env["sale.collection.history"].create(
            {
                "partner_id": cls.customer.id,
                "invoice_ref": f"INV {due}",
                "invoice_date": due - timedelta(30),
                "due_date": due,
                "paid_date": paid,
                "amount": 100,
                "source": "test",
            }
        )

    def item(self, invoice):
        self.env.invalidate_all()
        return self.env["sale.collection.open.item"].search(
            [("move_id", "=", invoice.id)], limit=1
        )

    def test_record_of_the_customer(self):
        profile = self.profile
        self.assertEqual((profile.paid_count, profile.after_due_count), (8, 5))
        self.assertEqual(profile.day_off_paid_count, 4)
        self.assertEqual(profile.day_off_after_due_count, 1)
        self.assertEqual(profile.over_30_count, 1)
        self.assertEqual(profile.day_off_median_days_late, -3)

    def test_recent_days_as_the_pure_function(self):
        latest = date(2026, 10, 27)
        history = self.env["sale.collection.history"].search(
            [("partner_id", "=", self.customer.id)]
        )
        expected = recent_days_late(
            ((latest - row.paid_date).days, row.days_late) for row in history
        )
        self.assertAlmostEqual(self.profile.recent_days_late, expected, 2)
        facts = self.profile._get_live_facts(date(2026, 12, 24))[self.customer.id]
        self.assertEqual(facts["recent_days_late"], self.profile.recent_days_late)

    def test_receipts_count_like_history(self):
        due = date(2026, 10, 3)
        invoice = self.create_invoice(100, "2026-09-01", str(due))
        self.pay(invoice, 100, "2026-10-06")
        self.env.cr.flush()
        self.profile.sudo()._refresh()
        self.assertEqual(self.profile.day_off_paid_count, 5)
        self.assertEqual(self.profile.day_off_after_due_count, 2)
        self.assertEqual(self.profile.day_off_median_days_late, -3)

    def test_days_off_have_their_own_median_from_five_on(self):
        before = self.item(self.saturday).date_predicted
        median = self.profile.median_days_late
        self.assertEqual(before, predict_payment(date(2026, 11, 7), median, before))
        self.pay_history(date(2026, 10, 3), date(2026, 10, 2))
        self.profile.sudo()._refresh()
        habit = Habit(
            self.profile.paid_count,
            self.profile.median_days_late,
            self.profile.day_off_paid_count,
            self.profile.day_off_median_days_late,
        )
        self.assertEqual(usual_days_late(habit, date(2026, 11, 7), True, 0), -3)
        self.assertEqual(self.item(self.saturday).date_predicted, date(2026, 11, 6))
        self.assertEqual(self.item(self.friday).date_predicted, date(2026, 11, 9))

    def set_odds(self, question, fact, *steps):
        self.env["sale.collection.odds"].sudo().create(
            [
                {
                    "company_id": self.company.id,
                    "question": question,
                    "fact": fact,
                    "lower": lower,
                    "times": times,
                    "case_count": cases,
                }
                for lower, times, cases in steps
            ]
        )

    def test_risk_and_its_reason(self):
        item = self.item(self.friday)
        # 5 of 8 late, drawn to the company's same share; nothing learnt yet.
        self.assertAlmostEqual(item.late_risk, 0.625, 4)
        self.assertEqual(item.risk_reason, "late on 5 of 8 so far")
        self.assertAlmostEqual(item.over_30_risk, 1 / 8, 4)

    def test_own_days(self):
        self.set_odds("late", "own_days", (0, 1, 900))
        # On working days 4 of 4, (4 + 5 x 0.625) / 9 = 0.7917, all of them Fridays.
        self.assertAlmostEqual(self.item(self.friday).late_risk, 0.8843, 4)
        # On days off 1 of 4, (1 + 5 x 0.625) / 9 = 0.4583, all of them Saturdays.
        item = self.item(self.saturday)
        self.assertAlmostEqual(item.late_risk, 0.3657, 4)
        self.assertEqual(
            item.risk_reason, "late on 5 of 8 so far · 37 % late on such days"
        )

    def test_day_and_run(self):
        self.set_odds("late", "due_day", (4, 1.02, 400), (5, 1.75, 1412), (6, 2, 300))
        self.set_odds("late", "same_due_count", (1, 1, 900), (3, 0.6, 100))
        # Odds 5 / 3 x 1.75.
        item = self.item(self.saturday)
        self.assertAlmostEqual(item.late_risk, 0.7447, 4)
        self.assertEqual(
            item.risk_reason,
            "late on 5 of 8 so far · times 1.75: due on a Saturday (1,412 cases)",
        )
        # What changes odds by 2 % is not worth a word.
        self.assertEqual(self.item(self.friday).risk_reason, "late on 5 of 8 so far")
        self.create_invoice(100, "2026-10-07", "2026-11-07")
        self.create_invoice(100, "2026-10-07", "2026-11-07")
        item = self.item(self.saturday)
        self.assertAlmostEqual(item.late_risk, 0.6364, 4)
        self.assertIn("times 0.60: 3 due that day (100 cases)", item.risk_reason)

    def test_over_30(self):
        self.set_odds("over_30", "amount_ratio", (0, 0.7, 600))
        self.set_odds("over_30", "recent_days_late", (0, 1.5, 650))
        self.set_odds("over_30", "paid_count", (0, 3, 90), (1, 2, 80), (5, 1, 700))
        small = self.create_invoice(25, "2026-10-07", "2026-11-06")
        self.assertEqual(self.profile.usual_amount, 100)
        item = self.item(small)
        # A quarter of the usual amount: 0.7 to the power of -2; 13.95 days late.
        days = self.profile.recent_days_late
        odds = 1 / 7 * 0.7**-2 * 1.5 ** (days / 10)
        self.assertAlmostEqual(item.over_30_risk, odds / (1 + odds), 4)
        self.assertEqual(
            item.risk_reason,
            "late on 5 of 8 so far · over 30 days: "
            "times 2.04: 25 % of its usual amount (600 cases), "
            f"times {1.5 ** (days / 10):.2f}: latest payments 14 days late (650 cases)",
        )

    def test_part_paid_counts_with_its_whole_amount(self):
        self.set_odds("over_30", "amount_ratio", (0, 0.7, 600))
        before = self.item(self.friday).over_30_risk
        self.pay(self.friday, 60, "2026-10-30")
        self.assertEqual(self.item(self.friday).amount, 40)
        self.assertAlmostEqual(self.item(self.friday).over_30_risk, before, 6)

    def test_empty_once_due_and_without_any_record(self):
        overdue = self.create_invoice(100, "2026-09-01", "2026-10-30")
        self.assertIs(self.item(overdue).late_risk, False)
        self.assertFalse(self.item(overdue).risk_reason)
        self.env["sale.collection.history"].search([]).unlink()
        self.profile.sudo()._refresh()
        self.assertIs(self.item(self.friday).late_risk, False)

    def test_constant_queries(self):
        def count(items):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            items.mapped("late_risk")
            return self.env.cr.sql_log_count - before

        OpenItem = self.env["sale.collection.open.item"]
        few = OpenItem.search([("move_id", "in", (self.friday + self.saturday).ids)])
        count(few)
        cost = count(few)
        for day in range(10, 20):
            self.create_invoice(100, "2026-10-07", f"2026-11-{day}")
        self.assertEqual(count(OpenItem.search([])), cost)
