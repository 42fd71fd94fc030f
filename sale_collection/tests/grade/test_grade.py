from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user
from odoo.tests.common import Form, freeze_time

from .common import BAD, GOOD, TODAY, GradeCommon


@freeze_time(TODAY)
class TestGrade(GradeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.use_simple_scorecard()

    # === SCORING ===#

    def test_good_bad_and_new(self):
        self.settle(self.ann, GOOD)
        self.settle(self.bob, BAD, count=2)
        counts = self.profiles._score()
        self.assertEqual(counts, {"graded": 2, "changed": 2, "regraded": 0})
        self.assertGrade(self.ann, "A")
        self.assertEqual(self.ann.score, 100)
        self.assertEqual(str(self.ann.score_date), TODAY)
        self.assertGrade(self.bob, "N", "new")
        self.assertIs(self.bob.score, False)

    def test_minimum_of_settled_invoices(self):
        for count, name in ((2, "N"), (3, "E")):
            self.settle(self.bob, BAD, count=count)
            self.bob._score()
            self.assertEqual(self.bob.grade_id.name, name)

    def test_nothing_changed_writes_nothing(self):
        self.settle(self.ann, GOOD)
        self.settle(self.bob, BAD)
        self.profiles._score()
        before = self._xmin()
        counts = self.profiles._score(fields.Date.to_date("2026-03-17"))
        self.assertEqual(counts, {"graded": 2, "changed": 0, "regraded": 0})
        self.assertEqual(self._xmin(), before)
        self.assertEqual(len(self.scores(self.ann)), 1)

    def _xmin(self):
        """Physical place of the rows: moves with every write."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT id, ctid FROM sale_collection_profile WHERE id IN %s ORDER BY id",
            [self.profiles._ids],
        )
        return self.env.cr.fetchall()

    def test_queries_do_not_grow(self):
        many = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(40)]
        )
        profiles = self.Profile._for(many)
        for profile in profiles:
            self.settle(profile, GOOD)
        profiles[:2]._score()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(18):
            profiles[2:4]._score()
        self.env.invalidate_all()
        with self.assertQueryCount(18):
            profiles[4:]._score()

    def test_without_records_all_of_the_company(self):
        self.settle(self.ann, GOOD)
        self.Profile._score()
        self.assertGrade(self.ann, "A")

    def test_each_company_by_its_own(self):
        """Own scorecard, own day, own grades; the other company's stay."""
        other = self.env["res.company"].create({"name": "Far east"})
        other.partner_id.tz = "Asia/Shanghai"
        there = self.Profile.with_company(other)._for(self.customers[:1])
        self.settle(self.ann, {**GOOD, "late_share": 0.3})
        self.settle(there, {**GOOD, "late_share": 0.3})
        with freeze_time("2026-03-16 20:00:00"):
            (self.ann | there)._score()
        self.assertGrade(self.ann, "B")
        self.assertEqual(self.scores(self.ann).scorecard_id, self.scorecard)
        default = self.env.ref("sale_collection.scorecard_default")
        self.assertEqual(self.scores(there).scorecard_id, default)
        self.assertEqual(str(self.ann.score_date), "2026-03-16")
        self.assertEqual(str(there.score_date), "2026-03-17")
        self.assertEqual(self.scores(there).company_id, other)

    # === HISTORY ===#

    def test_history_only_on_whole_points(self):
        self.settle(self.ann, {**GOOD, "late_share": 0.3})
        self.ann._score()
        score = self.scores(self.ann)
        self.assertEqual(score.points, 70)
        self.assertEqual(
            [(factor["code"], factor["share"]) for factor in score.factors],
            [
                ("late_share", 30),
                ("weighted_days_late", 30),
                ("oldest_overdue", 10),
            ],
        )
        self.assertIn("Counts as 30 % late", score.factor_html)
        self.settle(self.ann, {**GOOD, "late_share": 0.31})
        self.ann._score()
        self.assertEqual(len(self.scores(self.ann)), 1, "same points")
        self.settle(self.ann, {**BAD, "late_share": 0.31})
        self.ann._score()
        self.assertEqual(self.scores(self.ann).mapped("points"), [70, 30])

    def test_month_end_closes_the_month_once(self):
        self.settle(self.ann, GOOD)
        self.ann._score()
        for _night in range(2):
            self.ann._score(fields.Date.to_date("2026-03-31"))
        self.assertEqual(
            self.scores(self.ann).mapped(lambda score: str(score.date)),
            [TODAY, "2026-03-31"],
        )

    def test_history_is_append_only(self):
        self.settle(self.ann, GOOD)
        self.ann._score()
        score = self.scores(self.ann)
        with self.assertRaises(UserError):
            score.points = 1
        with self.assertRaises(UserError):
            self.env["sale.collection.score"].create({"profile_id": self.ann.id})
        with self.assertRaises(UserError):
            score.with_user(self.manager).unlink()

    # === NOTIFICATION ===#

    def test_collector_is_told_once_per_change(self):
        self.settle(self.ann, GOOD)
        self.ann._score()
        self.assertFalse(self.ann.activity_ids, "the first grade is no news")
        self.settle(self.ann, BAD)
        self.ann._score()
        self.ann._score()
        activity = self.ann.activity_ids
        self.assertEqual(activity.user_id, self.collector)
        self.assertEqual(activity.summary, "Grade changed from A to E")
        self.assertEqual(self.scores(self.ann)[-1].previous_grade_id.name, "A")

    def test_only_collectors_who_can_open_it_are_told(self):
        seller = new_test_user(self.env, "seller", groups="base.group_user")
        self.ann.user_id = seller
        for facts in (GOOD, BAD):
            self.settle(self.ann, facts)
            self.ann._score()
        self.assertFalse(self.ann.activity_ids)

    def test_no_news_when_no_longer_new(self):
        self.settle(self.ann, GOOD, count=0)
        self.ann._score()
        self.settle(self.ann, GOOD)
        self.ann._score()
        self.assertGrade(self.ann, "A")
        self.assertFalse(self.ann.activity_ids)

    # === SET BY HAND ===#

    def _override(self, profile, name, until, reason="Parent guarantees"):
        return (
            self.env["sale.collection.grade.override"]
            .with_user(self.controller)
            .create(
                {
                    "profile_id": profile.id,
                    "grade_id": self.grade(name).id,
                    "date_until": until,
                    "reason": reason,
                }
            )
        )

    def test_override_holds_until_its_last_day(self):
        self.settle(self.ann, BAD)
        self.ann._score()
        override = self._override(self.ann, "B", "2026-04-30")
        self.assertGrade(self.ann, "B", "override")
        self.assertEqual(self.ann.scored_grade_id.name, "E")
        self.assertEqual(self.ann.grade_override_id, override)
        self.assertEqual(self.ann.grade_override_reason, "Parent guarantees")
        self.assertEqual(override.user_id, self.controller)
        self.ann._score(fields.Date.to_date("2026-04-30"))
        self.assertGrade(self.ann, "B", "override")
        self.ann._score(fields.Date.to_date("2026-05-01"))
        self.assertGrade(self.ann, "E")
        self.assertFalse(self.ann.grade_override_id)
        self.assertTrue(override.exists())

    def test_end_override(self):
        self.settle(self.ann, BAD)
        override = self._override(self.ann, "B", "2026-04-30")
        override.action_end()
        self.assertEqual(override.state, "ended")
        self.assertEqual(override.ended_by_id, self.controller)
        self.assertGrade(self.ann, "E")

    def test_new_override_replaces_the_other(self):
        first = self._override(self.ann, "B", "2026-04-30")
        second = self._override(self.ann, "C", "2026-04-30", "New figures")
        self.assertEqual((first.state, second.state), ("ended", "live"))
        self.assertGrade(self.ann, "C", "override")

    def test_override_needs_reason_and_last_day(self):
        cases = [
            ("'Reason' is empty", {"reason": "", "until": "2026-04-30"}),
            ("'Reason' is empty", {"reason": "  ", "until": "2026-04-30"}),
            ("'Until' is empty", {"reason": "Because", "until": False}),
            ("is in the past", {"reason": "Because", "until": "2026-03-15"}),
        ]
        for message, vals in cases:
            with (
                self.subTest(message),
                self.assertRaisesRegex(ValidationError, message),
                self.cr.savepoint(),
            ):
                self._override(self.ann, "B", **vals)
        self.assertFalse(self.ann.grade_override_id)

    def test_override_is_a_record(self):
        override = self._override(self.ann, "B", "2026-04-30")
        for user in (self.controller, self.manager):
            with self.assertRaises(UserError):
                override.with_user(user).reason = "Other"
            with self.assertRaises(UserError):
                override.with_user(user).unlink()
        with self.assertRaises(UserError):
            override.with_user(self.collector).action_end()
        with self.assertRaises(UserError):
            override.with_user(self.collector).create(
                {
                    "profile_id": self.ann.id,
                    "grade_id": self.grade("A").id,
                    "date_until": "2026-04-30",
                    "reason": "My customer",
                }
            )

    def test_override_dialog(self):
        action = self.ann.with_user(self.controller).action_override_grade()
        model = self.env[action["res_model"]].with_user(self.controller)
        with Form(
            model.with_context(**action["context"]), view=action["views"][0][0]
        ) as form:
            form.grade_id = self.grade("D")
            form.date_until = "2026-06-30"
            form.reason = "Change of owner"
        self.assertGrade(self.ann, "D", "override")
        self.assertIn("Change of owner", self.ann.message_ids[0].body)

    # === EXPLANATION ===#

    def test_explanation_in_words(self):
        self.settle(self.ann, BAD)
        self.settle(self.bob, {}, count=1)
        self.profiles._score()
        self.assertIn("Counts as 90 % late", self.ann.factor_html)
        self.assertIn("a score needs", self.bob.factor_html)
        self._override(self.ann, "B", "2026-04-30")
        self.ann.invalidate_recordset()
        self.assertIn("Parent guarantees", self.ann.factor_html)
        self.assertIn("would be <b>E</b>", self.ann.factor_html)

    def test_explanation_for_the_lowest_role(self):
        self.settle(self.ann, BAD)
        self.ann._score()
        profile = self.ann.with_user(self.collector)
        self.assertIn("120 days overdue", profile.factor_html)

    def test_own_customers_only(self):
        """A rep sees grades of own customers, a controller of all."""
        self.settle(self.ann, BAD)
        self.ann._score()
        other = self._new_user("other", "group_user")
        score = self.scores(self.ann)
        self.assertTrue(score.with_user(self.collector).points is not None)
        self.assertTrue(score.with_user(self.controller).factor_html)
        with self.assertRaises(UserError):
            score.with_user(other).read(["points"])
        with self.assertRaises(UserError):
            self.ann.with_user(other).read(["grade_id"])

    # === GRADES ===#

    def test_scores_meet_grades(self):
        thresholds = self.Grade._get_grades(self.company)._get_thresholds()
        names = {self.Grade.browse(code).name: start for code, start in thresholds}
        self.assertEqual(names["E"], 0)
        self.assertIsNone(names["N"])
        self.assertGreater(names["A"], names["B"])

    def test_overlapping_grades(self):
        cases = [
            ("already a grade A", {"name": "A", "score_from": 95}),
            ("both start at a score of 65", {"name": "BB", "score_from": 65}),
            ("already the one for new", {"name": "NN", "is_new": True}),
        ]
        for message, vals in cases:
            with (
                self.subTest(message),
                self.assertRaisesRegex(ValidationError, message),
                self.cr.savepoint(),
            ):
                self.Grade.create(vals)

    def test_used_grades_stay(self):
        self.settle(self.ann, GOOD)
        self.ann._score()
        with self.assertRaisesRegex(ValidationError, "have or had this grade"):
            self.grade("A").unlink()

    def test_own_grades_of_a_company(self):
        own = self.Grade.create(
            {"name": "OK", "score_from": 0, "company_id": self.company.id}
        )
        self.settle(self.ann, GOOD)
        self.ann._score()
        self.assertEqual(self.ann.grade_id, own)


@freeze_time(TODAY)
class TestProposal(GradeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.use_simple_scorecard()
        cls.company.account_use_credit_limit = True
        cls.term = cls.env.ref("account.account_payment_term_15days")
        cls.env["sale.collection.history"].create(
            [
                {
                    "partner_id": cls.ann.partner_id.id,
                    "invoice_ref": f"OLD/{month}",
                    "source": "Old system",
                    "invoice_date": f"2025-{month:02}-10",
                    "due_date": f"2025-{month:02}-20",
                    "amount": 1230,
                }
                for month in range(4, 13)
            ]
            + [
                {
                    "partner_id": cls.ann.partner_id.id,
                    "invoice_ref": "TOO OLD",
                    "source": "Old system",
                    "invoice_date": "2025-01-10",
                    "due_date": "2025-01-20",
                    "amount": 99000,
                }
            ]
        )

    def _regrade(self):
        self.settle(self.ann, GOOD)
        self.ann._score()
        self.settle(self.ann, BAD)
        self.ann._score()
        return self.ann.proposal_ids

    def test_average_sales(self):
        # 9 invoices of 1,230 in the 12 months since the first of them.
        sales = self.env["sale.collection.proposal"]._collect_average_sales(
            self.ann, fields.Date.to_date(TODAY)
        )
        self.assertAlmostEqual(sales[self.ann.id], 9 * 1230 / 12, 2)

    def test_change_of_grade_proposes_its_terms(self):
        self.grade("E").payment_term_id = self.term
        proposal = self._regrade()
        self.assertRecordValues(
            proposal,
            [
                {
                    "grade_id": self.grade("E").id,
                    "proposed_policy": "prepay",
                    "proposed_term_id": self.term.id,
                    "state": "open",
                }
            ],
        )
        self.assertRegex(
            proposal.reason,
            r"^Grade E, \d+ points, before A: this grade pays in advance$",
        )
        self.assertEqual(self.ann.credit_policy, "unlimited", "nothing changed yet")
        proposal.with_user(self.controller).action_accept()
        self.assertEqual(self.ann.credit_policy, "prepay")
        self.assertEqual(self.ann.partner_id.property_payment_term_id, self.term)
        self.assertEqual(proposal.decided_by_id, self.controller)

    def test_limit_from_sales(self):
        self.settle(self.ann, GOOD)
        self.ann._score()
        self.assertFalse(self.ann.proposal_ids, "the first grade proposes nothing")
        self.ann.with_user(self.controller).action_propose()
        proposal = self.ann.proposal_ids
        # 3 months x 922.50, rounded up to two digits.
        self.assertEqual(proposal.proposed_limit, 2800)
        self.assertRegex(
            proposal.with_user(self.controller).reason.replace("\xa0", " "),
            r"^Grade A, \d+ points: 3.0 months of sales of .*922.50.* a month, rounded",
        )
        proposal.with_user(self.controller).action_accept()
        self.assertEqual(self.ann.credit_policy, "limit")
        self.assertEqual(self.ann.partner_id.credit_limit, 2800)
        self.ann.invalidate_recordset()
        self.ann.action_propose()
        self.assertFalse(self.ann.proposal_ids, "nothing left to change")

    def test_reasons_take_no_query_each(self):
        names = [{"name": f"Customer {number}"} for number in range(4)]
        profiles = self.profiles | self.Profile._for(
            self.env["res.partner"].create(names)
        )
        for profile in profiles:
            self.settle(profile, GOOD)
        profiles._score()
        self.grade("A").payment_term_id = self.term
        profiles.with_user(self.controller).action_propose()
        proposals = profiles.proposal_ids.sorted("id")
        self.assertEqual(len(proposals), 6)
        self.env.flush_all()
        proposals.mapped("reason")
        counts = []
        for some in (proposals[:2], proposals):
            self.env.invalidate_all()
            some = some.browse(some.ids)  # nothing is read along with it
            before = self.env.cr.sql_log_count
            some.mapped("reason")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_rejected_changes_nothing(self):
        proposal = self._regrade()
        proposal.with_user(self.controller).action_reject()
        self.assertEqual(proposal.state, "rejected")
        self.assertEqual(self.ann.credit_policy, "unlimited")
        self.ann._score()
        self.ann.invalidate_recordset()
        self.assertFalse(self.ann.proposal_ids, "not proposed again every night")
        with self.assertRaisesRegex(UserError, "already decided"):
            proposal.with_user(self.controller).action_accept()

    def test_next_change_replaces_an_open_proposal(self):
        first = self._regrade()
        self.settle(self.ann, GOOD)
        self.ann._score()
        self.assertEqual(first.state, "replaced")
        self.ann.invalidate_recordset()
        self.assertEqual(self.ann.proposal_ids.grade_id, self.grade("A"))

    def test_who_may(self):
        proposal = self._regrade()
        for action in ("action_accept", "action_reject"):
            with self.assertRaises(UserError):
                getattr(proposal.with_user(self.collector), action)()
        with self.assertRaises(UserError):
            self.ann.with_user(self.collector).action_propose()
