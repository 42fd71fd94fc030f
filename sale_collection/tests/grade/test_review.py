from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import Form, freeze_time

from .common import BAD, GOOD, TODAY, GradeCommon


@freeze_time(TODAY)
class TestReview(GradeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.use_simple_scorecard()
        cls.reviews = cls.env["sale.collection.review"]

    def _review(self, **vals):
        return self.reviews.with_user(self.collector).create(
            {
                "partner_id": self.ann.partner_id.id,
                "proposed_grade_id": self.grade("B").id,
                **vals,
            }
        )

    def _approve(self, review):
        review.with_user(self.controller).action_approve()
        return review

    def test_review_grades_a_new_customer(self):
        self.settle(self.ann, GOOD, count=0)
        self.ann._score()
        self.assertEqual(self.ann.grade_id.name, "N")
        review = self._review()
        self.assertEqual(review.profile_id, self.ann)
        self.assertEqual(str(review.valid_until), "2027-03-16")
        self._approve(review)
        self.assertGrade(self.ann, "B", "review")
        self.assertEqual(review.decided_by_id, self.controller)
        self.assertIn("credit review", self.ann.factor_html)

    def test_draft_and_rejected_reviews_do_not_count(self):
        self.settle(self.ann, GOOD, count=0)
        review = self._review()
        self.ann._score()
        self.assertEqual(self.ann.grade_id.name, "N")
        review.with_user(self.controller).action_reject()
        self.ann._score()
        self.assertEqual(self.ann.grade_id.name, "N")

    def test_expired_review_does_not_count(self):
        self.settle(self.ann, GOOD, count=0)
        review = self._approve(self._review(valid_until="2026-06-30"))
        self.ann._score(fields.Date.to_date("2026-06-30"))
        self.assertEqual(self.ann.grade_id.name, "B")
        self.ann._score(fields.Date.to_date("2026-07-01"))
        self.assertEqual(self.ann.grade_id.name, "N")
        with freeze_time("2026-07-01"):
            review.invalidate_recordset()
            self.assertTrue(review.is_expired)

    def test_history_goes_before_the_review_grade(self):
        self.settle(self.ann, BAD)
        self._approve(self._review(proposed_grade_id=self.grade("A").id))
        self.assertGrade(self.ann, "E")

    def test_findings_are_factors(self):
        """Without a proposed grade the findings score a new customer."""
        card = self.scorecard.copy()
        card.line_ids.unlink()
        card.write(
            {
                "line_ids": [
                    self.line("external_rating", 25, [(0, 0), (60, 100)]),
                    self.line("years_in_business", 25, [(0, 0), (5, 100)]),
                    self.line("equity_ratio", 25, [(0, 0), (0.3, 100)]),
                    self.line("visit_finding", 25, [(0, 0), (75, 100)]),
                ]
            }
        )
        card.action_activate()
        self.settle(self.ann, {}, count=0)
        self._approve(
            self._review(
                proposed_grade_id=False,
                external_source="Agency",
                external_rating=80,
                founded_year=2001,
                total_assets=1000,
                equity=200,
                visit_finding="75",
            )
        )
        self.assertEqual(self.ann.score, 75)
        self.assertGrade(self.ann, "B")
        values = {
            factor["code"]: factor["value"] for factor in self.scores(self.ann).factors
        }
        self.assertEqual(
            values,
            {
                "external_rating": 80,
                "years_in_business": 25,
                "equity_ratio": 0.2,
                "visit_finding": 75,
            },
        )

    def test_unknown_findings_are_left_out(self):
        self._approve(self._review())
        valid = self.reviews._collect_valid(self.ann.ids, self.company_today())
        self.assertEqual(set(valid[self.ann.id].facts.values()), {None})

    def company_today(self):
        return fields.Date.to_date(TODAY)

    def test_newest_review_counts(self):
        self.settle(self.ann, GOOD, count=0)
        self._approve(self._review(date="2026-01-10"))
        self._approve(self._review(proposed_grade_id=self.grade("D").id))
        self.assertGrade(self.ann, "D", "review")

    def test_approval_sets_the_limit(self):
        review = self._review(proposed_credit="limit", proposed_limit=5000)
        self._approve(review)
        self.assertEqual(self.ann.credit_policy, "limit")
        self.assertEqual(self.ann.partner_id.credit_limit, 5000)
        proposal = self.env["sale.collection.proposal"].search(
            [("profile_id", "=", self.ann.id)]
        )
        self.assertEqual(proposal.state, "accepted")

    def test_who_decides(self):
        review = self._review()
        with self.assertRaisesRegex(AccessError, "Only a credit controller"):
            review.action_approve()
        with self.assertRaises(AccessError):
            review.unlink()
        vals = {"partner_id": self.bob.partner_id.id, "state": "approved"}
        forged = self.reviews.with_user(self.collector).create(vals)
        self.assertEqual(forged.state, "draft")
        with self.assertRaises(AccessError):
            review.state = "approved"

    def test_decided_review_is_not_edited(self):
        review = self._approve(self._review())
        for user in (self.collector, self.manager):
            with self.assertRaisesRegex(UserError, "not edited any more"):
                review.with_user(user).external_rating = 5
        with self.assertRaisesRegex(UserError, "already decided"):
            self._approve(review)
        with self.assertRaises(UserError):
            review.with_user(self.manager).unlink()
        action = review.action_new_review()
        copy = self.reviews.browse(action["res_id"])
        self.assertEqual(copy.state, "draft")
        self.assertEqual(copy.proposed_grade_id, review.proposed_grade_id)

    def test_bad_input(self):
        cases = [
            ("'Valid until'", {"valid_until": "2026-03-15"}),
            ("'Founded in'", {"founded_year": 12}),
            ("'Founded in'", {"founded_year": 2030}),
            ("'Rating from'", {"external_rating": 50}),
        ]
        for message, vals in cases:
            with (
                self.subTest(message),
                self.assertRaisesRegex(ValidationError, message),
                self.cr.savepoint(),
            ):
                self._review(**vals)

    def test_form_as_the_lowest_role(self):
        with Form(self.reviews.with_user(self.collector)) as form:
            form.partner_id = self.bob.partner_id
            form.visit_finding = "100"
        self.assertEqual(form.record.profile_id, self.bob)

    def test_customer_without_profile(self):
        """A review makes the profile, with figures read from the ledger."""
        customer = self.env["res.partner"].create(
            {"name": "New one", "user_id": self.collector.id}
        )
        review = self._approve(self._review(partner_id=customer.id))
        self.assertTrue(review.profile_id.refreshed_at)
        self.assertGrade(review.profile_id, "B", "review")

    def test_contact_counts_for_its_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Clerk", "parent_id": self.ann.partner_id.id}
        )
        self.assertEqual(self._review(partner_id=contact.id).profile_id, self.ann)

    def test_warns_once_before_it_expires(self):
        self.company.collection_review_warning_days = 30
        review = self._approve(self._review(valid_until="2026-04-16"))

        def warn(company, day):
            return self.reviews._get_expiring(company, day)._warn_expiring()

        self.assertEqual(warn(self.company, self.company_today()), 0)
        day = fields.Date.to_date("2026-03-17")
        self.assertEqual(warn(self.company, day), 1)
        self.assertEqual(warn(self.company, day), 0)
        self.assertEqual(review.activity_ids.user_id, self.collector)
        self.assertEqual(str(review.activity_ids.date_deadline), "2026-04-16")

    def test_renewed_review_is_not_warned_of(self):
        self._approve(self._review(date="2026-01-01", valid_until="2026-03-20"))
        self._approve(self._review())
        expiring = self.reviews._get_expiring(self.company, self.company_today())
        self.assertEqual(expiring._warn_expiring(), 0)
