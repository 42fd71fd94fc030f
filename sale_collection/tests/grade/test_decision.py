from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import CollectionCommon


@tagged("post_install", "-at_install")
class TestDecision(CollectionCommon):
    """Reviews, proposals and grades by hand stand in one list and open from it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.decisions = cls.env["sale.collection.decision"]
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.grade = cls.env.ref("sale_collection.grade_b")
        cls.controller, cls.rep = cls.new_users(
            "decision",
            controller="sale_collection.group_credit_controller",
            rep="sale_collection.group_user",
        )
        cls.today = cls.company._collection_today()
        cls.review = cls.env["sale.collection.review"].create(
            {
                "partner_id": cls.customer.id,
                "proposed_grade_id": cls.grade.id,
                "proposed_credit": "limit",
                "proposed_limit": 5000,
            }
        )
        cls.proposal = cls.create_proposal(cls.profile)
        cls.override = (
            cls.env["sale.collection.grade.override"]
            .with_user(cls.controller)
            .create(
                {
                    "profile_id": cls.profile.id,
                    "grade_id": cls.grade.id,
                    "date_until": cls.today,
                    "reason": "Parent guarantees",
                }
            )
        )

    @classmethod
    def create_proposal(cls, profile):
        return (
            cls.env["sale.collection.proposal"]
            .sudo()
            .create(
                {
                    "profile_id": profile.id,
                    "company_id": profile.company_id.id,
                    "date": cls.today,
                    "grade_id": cls.grade.id,
                    "proposed_policy": "limit",
                    "proposed_limit": 700,
                }
            )
        )

    def find(self, kind, user=None):
        self.env.flush_all()
        decisions = self.decisions.with_user(user or self.controller)
        return decisions.search(
            [("kind", "=", kind), ("partner_id", "=", self.customer.id)]
        )

    def test_rows(self):
        limit = self.company.currency_id.format(5000)
        review = self.find("review")
        self.assertRecordValues(
            review,
            [
                {
                    "state": "open",
                    "user_id": self.env.uid,
                    "valid_until": self.review.valid_until,
                    "partner_id": self.customer.id,
                }
            ],
        )
        self.assertEqual(review.what, f"Grade B, Credit limit {limit}")
        proposal = self.find("proposal")
        self.assertEqual((proposal.state, proposal.is_open), ("open", True))
        self.assertIn("Grade B", proposal.what)
        self.assertIn(self.company.currency_id.format(700), proposal.what)
        override = self.find("override")
        self.assertRecordValues(
            override, [{"state": "accepted", "user_id": self.controller.id}]
        )
        self.assertIn("Parent guarantees", override.what)

    def test_what_is_open_comes_first(self):
        self.env.flush_all()
        states = self.decisions.search([]).mapped("is_open")
        self.assertEqual(states, sorted(states, reverse=True))

    def test_opens_the_record_itself(self):
        for kind, record in (
            ("review", self.review),
            ("proposal", self.proposal),
            ("override", self.override),
        ):
            action = self.find(kind).action_open()
            self.assertEqual(
                (action["res_model"], action["res_id"]), (record._name, record.id)
            )

    def test_accepts_reviews_and_proposals_at_once(self):
        both = self.find("review") | self.find("proposal")
        both.action_accept()
        self.assertEqual(self.review.state, "approved")
        self.assertEqual(self.review.decided_by_id, self.controller)
        self.assertIn(self.proposal.state, ("accepted", "replaced"))

    def test_rejects(self):
        (self.find("review") | self.find("proposal")).action_reject()
        self.assertEqual(self.review.state, "rejected")
        self.assertEqual(self.proposal.state, "rejected")

    def test_nothing_decided_twice(self):
        with self.assertRaisesRegex(UserError, "To decide"):
            (self.find("review") | self.find("override")).action_accept()
        self.assertEqual(self.review.state, "draft")

    def test_rep_reads_own_customers_and_decides_nothing(self):
        self.assertFalse(self.find("review", self.rep))
        self.customer.user_id = self.rep
        review = self.find("review", self.rep)
        self.assertTrue(review.what)
        with self.assertRaises(AccessError):
            review.action_accept()
        self.assertEqual(self.review.state, "draft")

    def test_other_company(self):
        other = self.setup_other_company()["company"]
        self.controller.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.assertFalse(self.find("review"))

    def test_new_review_of_the_customer_looked_at(self):
        decisions = self.decisions.with_context(default_profile_id=self.profile.id)
        action = decisions.action_new_review()
        self.assertEqual(action["res_model"], "sale.collection.review")
        self.assertEqual(action["context"]["default_partner_id"], self.customer.id)

    def test_constant_queries(self):
        self.read_all()
        first = self.count_queries()
        for number in range(5):
            partner = self.env["res.partner"].create({"name": f"Customer {number}"})
            self.create_proposal(self.env["sale.collection.profile"]._for(partner))
        self.assertEqual(self.count_queries(), first)

    def read_all(self):
        self.env.flush_all()
        self.env.invalidate_all()
        self.decisions.with_user(self.controller).web_search_read(
            [], {"what": {}, "display_name": {}, "state": {}}
        )

    def count_queries(self):
        self.env.flush_all()
        before = self.cr.sql_log_count
        self.read_all()
        return self.cr.sql_log_count - before
