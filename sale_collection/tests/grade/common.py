from unittest.mock import patch

from odoo import Command
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tests.common import freeze_time

TODAY = "2026-03-16"
GOOD = {"late_share": 0.05, "weighted_days_late": 0.0, "oldest_overdue": 0}
BAD = {"late_share": 0.9, "weighted_days_late": 60.0, "oldest_overdue": 120}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class GradeCommon(TransactionCase):
    """Customers with given facts: what grades do, without any accounting."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Graded company"})
        cls.company.partner_id.tz = "UTC"
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(
            context={
                **cls.env.context,
                "tracking_disable": True,
                "allowed_company_ids": cls.company.ids,
            }
        )
        cls.collector = cls._new_user("collector", "group_user")
        cls.controller = cls._new_user("controller", "group_credit_controller")
        cls.manager = cls._new_user("manager", "group_manager")
        cls.customers = cls.env["res.partner"].create(
            [{"name": name, "user_id": cls.collector.id} for name in ("Ann", "Bob")]
        )
        cls.Profile = cls.env["sale.collection.profile"]
        cls.profiles = cls.Profile._for(cls.customers)
        cls.ann, cls.bob = cls.profiles
        cls.Grade = cls.env["sale.collection.grade"]
        cls.scorecard = cls.env.ref("sale_collection.scorecard_default")
        cls.facts = {}
        facts = cls.facts

        def _collect_factors(self, profiles, company, today):
            ids = profiles.ids or facts
            return {profile_id: facts.get(profile_id, {}) for profile_id in ids}

        cls.startClassPatcher(
            patch.object(
                cls.env.registry["sale.collection.scoring"],
                "_collect_factors",
                _collect_factors,
            )
        )

    @classmethod
    def use_simple_scorecard(cls):
        """Score with numbers of our own: the shipped ones may be tuned."""
        cls.scorecard = cls.env["sale.collection.scorecard"].create(
            {
                "name": "Simple",
                "company_id": cls.company.id,
                "line_ids": [
                    cls.line("late_share", 60, [(0, 100), (0.2, 50), (0.5, 0)]),
                    cls.line("weighted_days_late", 30, [(0, 100), (30, 0)]),
                    cls.line("oldest_overdue", 10, [(0, 100), (31, 0)]),
                ],
            }
        )
        cls.scorecard.action_activate()
        for letter, start in (("a", 80), ("b", 65), ("c", 50), ("d", 35)):
            cls.env.ref(f"sale_collection.grade_{letter}").score_from = start

    @classmethod
    def line(cls, factor, weight, bands, **vals):
        """Return the command for one factor with (from, points) bands."""
        return Command.create(
            {
                "factor": factor,
                "weight": weight,
                "band_ids": [
                    Command.create({"lower": lower, "points": points})
                    for lower, points in bands
                ],
                **vals,
            }
        )

    def setUp(self):
        super().setUp()
        self.facts.clear()

    @classmethod
    def _new_user(cls, login, group):
        return new_test_user(
            cls.env,
            f"collection_{login}",
            groups=f"sale_collection.{group}",
            company_id=cls.company.id,
        )

    def grade(self, name):
        return self.env.ref(f"sale_collection.grade_{name.lower()}")

    def settle(self, profile, facts, count=10):
        """Give a customer settled invoices and these figures."""
        self.facts[profile.id] = facts
        self.env.cr.execute(
            "UPDATE sale_collection_profile SET paid_count = %s, refreshed_at = now()"
            " WHERE id = %s",
            [count, profile.id],
        )
        profile.invalidate_recordset()

    def assertGrade(self, profile, name, source="scorecard"):
        self.assertEqual((profile.grade_id.name, profile.grade_source), (name, source))

    def scores(self, profile):
        return self.env["sale.collection.score"].search(
            [("profile_id", "=", profile.id)], order="id"
        )
