from odoo.exceptions import AccessError, ValidationError
from odoo.tests.common import Form, freeze_time

from .common import TODAY, GradeCommon


@freeze_time(TODAY)
class TestScorecard(GradeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card = cls.env["sale.collection.scorecard"].create(
            {
                "name": "Two factors",
                "line_ids": [
                    cls.line("late_share", 60, [(0, 100), (0.2, 50), (0.5, 0)]),
                    cls.line("tenure", 40, [(0, 0), (365, 100)]),
                ],
            }
        )

    def test_default_scorecard_is_in_use(self):
        self.assertEqual(self.scorecard.state, "active")
        self.assertEqual(self.scorecard.minimum_settled, 3)
        self.assertEqual(
            self.scorecard._get_active(self.company),
            self.scorecard,
        )
        self.scorecard._check_usable()

    def test_weight_share_and_summary(self):
        late, tenure = self.card.line_ids
        self.assertAlmostEqual(late.weight_share, 0.6)
        self.assertEqual(
            late.band_summary, "under 20 %: 100 · from 20 %: 50 · from 50 %: 0"
        )
        self.assertEqual(tenure.band_summary, "under 365 days: 0 · from 365 days: 100")

    def test_put_in_use_retires_the_other(self):
        self.card.action_activate()
        self.assertEqual(self.scorecard.state, "retired")
        self.assertEqual(self.scorecard._get_active(self.company), self.card)

    def test_own_scorecard_of_a_company_goes_first(self):
        self.card.company_id = self.company
        self.card.action_activate()
        self.assertEqual(self.scorecard.state, "active")
        self.assertEqual(self.card._get_active(self.company), self.card)
        other = self.env["res.company"].create({"name": "Other"})
        self.assertEqual(self.card._get_active(other), self.scorecard)

    def test_scorecard_in_use_is_not_edited(self):
        line = self.scorecard.line_ids[0]
        changes = [
            lambda: self.scorecard.write({"minimum_settled": 5}),
            lambda: line.write({"weight": 1}),
            lambda: line.band_ids[0].write({"points": 1}),
            lambda: line.band_ids[0].unlink(),
            lambda: line.unlink(),
            lambda: self.scorecard.unlink(),
        ]
        for number, change in enumerate(changes):
            with (
                self.subTest(number),
                self.assertRaisesRegex(ValidationError, "Duplicate it"),
                self.cr.savepoint(),
            ):
                change()

    def test_duplicate_is_a_full_draft(self):
        copy = self.scorecard.copy()
        self.assertEqual(copy.state, "draft")
        self.assertEqual(copy.name, "Payment behaviour (copy)")
        self.assertEqual(copy._get_rules(), self.scorecard._get_rules())

    def test_bad_setup_names_the_field_and_the_way_out(self):
        late = self.card.line_ids[0]
        cases = [
            ("start at the same value", lambda: late.band_ids[1].write({"lower": 0})),
            ("between 0 and 100", lambda: late.band_ids[0].write({"points": 101})),
            ("weight .* is negative", lambda: late.write({"weight": -1})),
            ("weights .* are zero", lambda: self.card.line_ids.write({"weight": 0})),
            (
                "'Points when unknown'",
                lambda: late.write({"missing": "points", "missing_points": 120}),
            ),
        ]
        for message, change in cases:
            with (
                self.subTest(message),
                self.assertRaisesRegex(ValidationError, message),
                self.cr.savepoint(),
            ):
                change()

    def test_unusable_scorecards_are_not_put_in_use(self):
        empty = self.env["sale.collection.scorecard"].create({"name": "Empty"})
        for action in (empty.action_activate, empty.action_simulate):
            with self.assertRaisesRegex(ValidationError, "has no factors"):
                action()
        self.card.line_ids[0].band_ids.unlink()
        with self.assertRaisesRegex(ValidationError, "has no bands"):
            self.card.action_activate()

    def test_unknown_figure(self):
        """Left out its weight is spread; with points it counts."""
        grades = self.Grade._get_grades(self.company)
        case = {1: self._case({"late_share": 0.3})}
        self.assertEqual(self.card._judge_cases(case, grades)[1].points, 50)
        self.card.line_ids[1].write({"missing": "points", "missing_points": 20})
        self.assertEqual(self.card._judge_cases(case, grades)[1].points, 38)

    def _case(self, facts):
        from ...models.grade.scorecard import Case

        return Case(facts, settled=10)

    def test_form(self):
        """An admin builds a scorecard in the form."""
        with Form(
            self.env["sale.collection.scorecard"].with_user(self.manager)
        ) as form:
            form.name = "By hand"
            with form.line_ids.new() as line:
                line.factor = "trend"
                line.weight = 10
                with line.band_ids.new() as band:
                    band.lower = 0
                    band.points = 100
                with line.band_ids.new() as band:
                    band.lower = 5
                    band.points = 0
        card = form.record
        card.action_activate()
        self.assertEqual(card.state, "active")

    def test_who_may(self):
        with self.assertRaises(AccessError):
            self.card.with_user(self.controller).action_activate()
        self.card.with_user(self.manager).action_activate()
        self.assertTrue(self.card.with_user(self.collector).name)

    def test_explanations(self):
        explain = self.env["sale.collection.scorecard.line"]._explain
        self.assertEqual(
            explain("late_share", 0.31),
            "Counts as 31 % late: few payments are filled up with the average of all "
            "customers",
        )
        self.assertEqual(explain("trend", 4), "Pays 4 days later than before")
        self.assertEqual(explain("trend", -4.2), "Pays 4 days sooner than before")
        self.assertEqual(explain("trend", 0.2), "Pays as before")
        self.assertEqual(explain("tenure", None), "Not known yet")
        for code, _label in self.card.line_ids._fields["factor"].selection:
            self.assertNotIn("[value]", explain(code, 1))
