from datetime import date, timedelta

from odoo.tests import tagged
from odoo.tests.common import freeze_time

from ..common import CollectionCommon

TODAY = date(2026, 5, 10)


@tagged("post_install", "-at_install")
class TestGradeFromLedger(CollectionCommon):
    """Grades from posted invoices and payments, by the nightly run."""

    def _run(self, today):
        self.env.cr.flush()
        with freeze_time(f"{today} 20:00:00"):
            run = (
                self.env["sale.collection.run"]
                .sudo()
                ._run(date.fromisoformat(today), phases=["refresh", "score"])
            )
        self.assertEqual(run.state, "done", run.phase_ids.mapped("error"))
        profile = self.env["sale.collection.profile"].search(
            [("partner_id", "=", self.customer.id)]
        )
        profile.invalidate_recordset()
        return profile

    def _trade(self, month, days_late):
        """Invoice on the 1st, due on the 15th, paid so many days after."""
        due = date(2026, month, 15)
        invoice = self.create_invoice(date=f"2026-{month:02}-01", due=due.isoformat())
        self.pay(invoice, date=date.fromordinal(due.toordinal() + days_late))

    def test_from_new_to_graded_to_worse(self):
        self.customer.user_id = self.env.user
        self._trade(1, 0)
        self._trade(2, 0)
        profile = self._run("2026-02-20")
        self.assertEqual((profile.paid_count, profile.grade_id.name), (2, "N"))
        self._trade(3, 0)
        profile = self._run("2026-03-20")
        self.assertEqual(profile.grade_id.name, "A")
        self.assertEqual(profile.grade_source, "scorecard")
        good = profile.score
        for month in (4, 5, 6):
            self._trade(month, 50)
        profile = self._run("2026-08-10")
        self.assertLess(profile.score, good)
        worse = profile.grade_id
        self.assertLess(worse.score_from, self._grade("A").score_from)
        self.assertEqual(
            profile.activity_ids.mapped("summary"),
            [f"Grade changed from A to {worse.name}"],
        )
        self.assertEqual(
            profile.score_ids.sorted("id").grade_id.mapped("name"),
            ["N", "A", worse.name],
        )
        self.assertIn("with what is overdue now", profile.factor_html)

    def _grade(self, name):
        return self.env.ref(f"sale_collection.grade_{name.lower()}")

    def test_who_never_pays_does_not_look_good(self):
        """Three early good payments do not cover a debt left open for months."""
        for month in (1, 2, 3):
            self._trade(month, 0)
        good = self._run("2026-03-20").score
        for number in range(3):
            self.create_invoice(3000, date="2026-03-01", due=f"2026-03-3{number % 2}")
        profile = self._run("2026-07-15")
        self.assertLess(profile.score, good - 40)

    def test_trade_history_grades_alike(self):
        """The same trade, imported, gives the same score as if it was ours."""
        for month, days in ((1, 0), (2, 20), (3, 9), (4, 31)):
            self._trade(month, days)
        ours = self._run("2026-07-15")
        moved = self.env["res.partner"].create({"name": "Moved customer"})
        self.env["sale.collection.history"].create(
            [
                {
                    "partner_id": moved.id,
                    "invoice_ref": f"OLD/{month}",
                    "source": "Old system",
                    "invoice_date": f"2026-{month:02}-01",
                    "due_date": date(2026, month, 15),
                    "paid_date": date.fromordinal(
                        date(2026, month, 15).toordinal() + days
                    ),
                    "amount": 1000,
                }
                for month, days in ((1, 0), (2, 20), (3, 9), (4, 31))
            ]
        )
        self._run("2026-07-15")
        theirs = ours.search([("partner_id", "=", moved.id)])
        self.assertEqual(theirs.score, ours.score)
        self.assertEqual(theirs.grade_id, ours.grade_id)


@tagged("post_install", "-at_install")
class TestFactors(CollectionCommon):
    """What the scorecard weighs, from the figures of the profile."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profiles = cls.env["sale.collection.profile"]
        cls.scoring = cls.env["sale.collection.scoring"]

    def pay_late(self, days, partner=None):
        """Pay a new invoice due on a Monday so many days late."""
        due = date(2026, 1, 5)
        invoice = self.create_invoice(100, "2026-01-01", due, partner)
        self.pay(invoice, date=due + timedelta(days=days))

    def test_factors(self):
        self.pay_late(10)
        self.pay_late(0)
        other = self.env["res.partner"].create({"name": "Other"})
        for _unused in range(2):
            self.pay_late(0, partner=other)
        self.create_invoice(100, "2026-04-01", TODAY - timedelta(days=20))
        self.create_invoice(300, "2026-04-01", TODAY + timedelta(days=20))
        profile = self.profiles._for(self.customer)
        profile.credit_policy = "limit"
        profile.guarantee_amount = 1600
        self.env.cr.flush()
        self.profiles._refresh(TODAY)
        factors = self.scoring._collect_factors(profile, self.company, TODAY)[
            profile.id
        ]
        # two of five late in the company, two of three with this customer
        self.assertAlmostEqual(factors.pop("late_share"), (2 + 5 * 2 / 5) / (3 + 5))
        self.assertEqual(
            factors,
            {
                "weighted_days_late": 10.0,
                "oldest_overdue": 20,
                "overdue_ratio": 0.25,
                "trend": None,
                "promise_kept_ratio": None,
                "bounced_count": 0,
                "short_pay_share": 0.0,
                "tenure": 129,
                "limit_use": 0.25,
            },
        )
        everyone = self.profiles.search([("company_id", "=", self.company.id)])
        factors = self.scoring._collect_factors(self.profiles, self.company, TODAY)
        self.assertEqual(factors.keys(), set(everyone.ids))

    def test_touched_customer_is_refreshed_and_graded(self):
        for _unused in range(5):
            self.pay_late(0)
        self.env.cr.flush()
        profile = self.profiles._refresh_touched(self.customer, TODAY)
        self.assertEqual(profile.paid_count, 5)
        self.assertTrue(profile.grade_id)
        self.assertEqual(profile.score_date, TODAY)
