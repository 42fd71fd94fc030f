from odoo.exceptions import AccessError
from odoo.tests.common import freeze_time

from .common import BAD, GOOD, TODAY, GradeCommon


@freeze_time(TODAY)
class TestSimulation(GradeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.use_simple_scorecard()
        cls.strict = cls.scorecard.copy({"name": "Strict"})
        cls.strict.line_ids[1:].unlink()

    def _simulate(self, user=None):
        card = self.strict.with_user(user or self.manager)
        action = card.action_simulate()
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_beside_the_grades_of_today(self):
        self.settle(self.ann, {**GOOD, "late_share": 0.3})
        self.settle(self.bob, BAD)
        self.profiles._score()
        simulation = self._simulate()
        lines = simulation.line_ids.grouped("profile_id")
        self.assertRecordValues(
            lines[self.ann],
            [
                {
                    "old_grade_id": self.grade("B").id,
                    "new_grade_id": self.grade("C").id,
                    "old_score": 70,
                    "new_score": 50,
                    "change": "worse",
                    "user_id": self.collector.id,
                }
            ],
        )
        self.assertEqual(lines[self.bob].change, "same")
        self.assertEqual((simulation.better_count, simulation.worse_count), (0, 1))
        self.assertEqual(simulation.customer_count, len(simulation.line_ids))
        self.assertGrade(self.ann, "B")
        self.assertEqual(len(self.scores(self.ann)), 1, "nothing written")

    def test_matrix(self):
        self.settle(self.ann, {**GOOD, "late_share": 0.3})
        self.ann._score()
        simulation = self._simulate()
        groups = self.env["sale.collection.simulation.line"]._read_group(
            [("simulation_id", "=", simulation.id)],
            ["old_grade_id", "new_grade_id"],
            ["__count"],
        )
        self.assertIn((self.grade("B"), self.grade("C"), 1), groups)
        self.assertIn("Today", simulation.matrix_html)

    def test_changes_open_as_a_list(self):
        self.settle(self.ann, {**GOOD, "late_share": 0.3})
        self.profiles._score()
        simulation = self._simulate()
        action = simulation.action_open_worse()
        lines = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(lines.profile_id, self.ann)

    def test_grades_not_given_yet(self):
        self.settle(self.ann, GOOD)
        simulation = self._simulate()
        line = simulation.line_ids.filtered(lambda line: line.profile_id == self.ann)
        self.assertEqual(line.change, "other")
        self.assertFalse(line.old_score)

    def test_override_stays_in_force(self):
        self.settle(self.ann, BAD)
        self.env["sale.collection.grade.override"].create(
            {
                "profile_id": self.ann.id,
                "grade_id": self.grade("A").id,
                "date_until": "2026-12-31",
                "reason": "Guarantee",
            }
        )
        simulation = self._simulate()
        line = simulation.line_ids.filtered(lambda line: line.profile_id == self.ann)
        self.assertEqual((line.new_grade_id.name, line.change), ("A", "same"))

    def test_put_in_use_from_the_simulation(self):
        self._simulate().with_user(self.manager).action_activate()
        self.assertEqual(self.strict.state, "active")
        self.assertEqual(self.scorecard.state, "retired")

    def test_who_may(self):
        with self.assertRaises(AccessError):
            self._simulate(self.controller)

    def test_queries_do_not_grow(self):
        def simulate():
            self.env.flush_all()
            self.env.invalidate_all()
            self.strict.action_simulate()

        simulate()
        with self.assertQueryCount(26):
            simulate()
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(30)]
        )
        self.Profile._for(partners)
        with self.assertQueryCount(26):
            simulate()
