from datetime import date, timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import freeze_time

from ..common import CollectionCommon
from .common import TODAY, GradeCommon


@freeze_time(TODAY)
class TestBacktest(GradeCommon):
    """Ann pays on the due date, Bob 40 days later, before and after the cut."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.use_simple_scorecard()
        cls.history = cls.env["sale.collection.history"]
        for month in range(1, 13):
            cls._invoice(cls.ann, date(2025, month, 3), days_late=0)
            cls._invoice(cls.bob, date(2025, month, 3), days_late=40)
        cls.carl = cls.Profile._for(cls.env["res.partner"].create({"name": "Carl"}))
        cls._invoice(cls.carl, date(2025, 10, 1), days_late=0)

    @classmethod
    def _invoice(cls, profile, issued, days_late):
        due = issued + timedelta(days=14)
        return cls.history.create(
            {
                "partner_id": profile.partner_id.id,
                "invoice_ref": f"{profile.id}/{issued}",
                "source": "Old system",
                "invoice_date": issued,
                "due_date": due,
                "paid_date": due + timedelta(days=days_late),
                "amount": 100,
            }
        )

    def _run(self, cut="2025-08-31", until="2025-12-31", user=None):
        backtest = (
            self.env["sale.collection.backtest"]
            .with_user(user or self.manager)
            .create({"scorecard_id": self.scorecard.id, "cut": cut, "until": until})
        )
        backtest.action_run()
        return backtest

    def test_grades_foretell_late_payers(self):
        backtest = self._run()
        self.assertEqual(backtest.invoice_count, 9)
        self.assertEqual(backtest.late_count, 4)
        self.assertEqual(backtest.auc_late, 1)
        self.assertEqual(backtest.auc_over_30, 1)
        self.assertTrue(backtest.is_rising)
        self.assertRecordValues(
            backtest.line_ids,
            [
                {
                    "grade_id": self.grade(name).id,
                    "customer_count": 1,
                    "invoice_count": count,
                    "late_rate": rate,
                    "over_30_rate": rate,
                }
                for name, count, rate in (("A", 4, 0), ("E", 4, 1), ("N", 1, 0))
            ],
        )

    def test_only_what_was_known_on_the_cut_date(self):
        """What Bob paid late after the cut is not held against him before."""
        company = self.company
        factors = self.env["sale.collection.past"]._collect_past_factors(
            company, date(2025, 2, 28)
        )
        facts, settled = factors[self.bob.partner_id.id]
        self.assertEqual(settled, 1, "January's came on 26 February")
        self.assertEqual(facts["oldest_overdue"], 11)
        self.assertEqual(facts["tenure"], 56)
        self.assertNotIn(self.carl.partner_id.id, factors)

    def test_empty_window(self):
        backtest = self._run("2020-01-01", "2020-02-01")
        self.assertEqual(backtest.invoice_count, 0)
        self.assertFalse(backtest.line_ids)

    def test_dates(self):
        for cut, until in (("2025-08-31", "2025-08-31"), ("2026-03-01", "2026-03-17")):
            with self.assertRaisesRegex(ValidationError, "'Test until'"):
                self._run(cut, until)

    def test_dialog(self):
        action = self.scorecard.with_user(self.manager).action_backtest()
        backtest = (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(str(backtest.cut), "2025-10-31")
        self.assertEqual(str(backtest.until), "2025-12-31")

    def test_who_may(self):
        with self.assertRaises(AccessError):
            self._run(user=self.controller)


@tagged("post_install", "-at_install")
class TestPastFactors(CollectionCommon):
    def test_past_and_present_agree(self):
        """The factors of today are those a back-test sees with today as the cut."""
        self.pay(self.create_invoice(600), date="2026-02-20")
        self.pay(self.create_invoice(400), date="2026-03-02")
        self.create_invoice(500, date="2026-02-01", due="2026-02-27")
        self.env.cr.flush()
        today = date(2026, 3, 13)
        profile = self.env["sale.collection.profile"].sudo()._for(self.customer)
        profile._refresh(today)
        scoring = self.env["sale.collection.scoring"].sudo()
        present = scoring._collect_factors(profile, self.company, today)[profile.id]
        past = self.env["sale.collection.past"].sudo()
        past, settled = past._collect_past_factors(self.company, today)[
            self.customer.id
        ]
        self.assertEqual((settled, profile.paid_count), (2, 2))
        for code in (
            "late_share",
            "weighted_days_late",
            "oldest_overdue",
            "overdue_ratio",
            "trend",
            "tenure",
        ):
            with self.subTest(code):
                self.assertEqual(past[code], present[code])
