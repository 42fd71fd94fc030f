from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ...fields import OptionalFloat
from .score import SOURCES
from .scorecard import Case, Verdict


class Standing(NamedTuple):
    """What the profile says of the grade now; `override_*` only while in force."""

    id: int
    grade_id: int | None
    scored_grade_id: int | None
    score: float | None
    source: str | None
    override_id: int | None
    user_id: int | None
    settled: int
    valid_override_id: int | None
    override_grade_id: int | None


class Outcome(NamedTuple):
    """What the profile must say; `verdict` is what the scorecard says alone."""

    standing: Standing
    verdict: Verdict
    grade_id: int | None
    source: str

    @property
    def id(self):
        return self.standing.id

    def differs(self):
        return self.values() != (
            self.standing.grade_id,
            self.standing.scored_grade_id,
            self.standing.score,
            self.standing.source,
            self.standing.override_id,
        )

    def values(self):
        return (
            self.grade_id,
            self.verdict.grade_id,
            self.verdict.points,
            self.source,
            self.standing.valid_override_id,
        )

    def is_event(self):
        """Is the change worth a line in the grade history?"""
        return self.grade_id != self.standing.grade_id or _whole(
            self.verdict.points
        ) != _whole(self.standing.score)

    def is_regrade(self):
        return self.standing.grade_id and self.grade_id != self.standing.grade_id


def _whole(points):
    return None if points is None else round(points)


class SaleCollectionProfile(models.Model):
    _inherit = "sale.collection.profile"

    grade_id = fields.Many2one(
        "sale.collection.grade",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The grade in force: set by hand while that holds, else by the "
        "scorecard or, for new customers, by their credit review.",
    )
    grade_color = fields.Integer(
        related="grade_id.color", string="Grade color", export_string_translation=False
    )
    scored_grade_id = fields.Many2one(
        "sale.collection.grade",
        string="Grade by scorecard",
        readonly=True,
        ondelete="restrict",
        help="What the grade would be without the one set by hand.",
    )
    grade_source = fields.Selection(SOURCES, string="Grade by", readonly=True)
    score = OptionalFloat(
        digits=(5, 2),
        readonly=True,
        aggregator="avg",
        help="From 0 (worst) to 100 (best). Empty for new customers.",
    )
    score_date = fields.Date(
        string="Score since",
        readonly=True,
        help="Day on which grade and score became what they are.",
    )
    grade_override_id = fields.Many2one(
        "sale.collection.grade.override",
        string="Grade set by hand",
        readonly=True,
        copy=False,
        ondelete="set null",
    )
    grade_override_reason = fields.Char(
        related="grade_override_id.reason", string="Reason for the grade"
    )
    grade_override_until = fields.Date(
        related="grade_override_id.date_until", string="Grade set until"
    )
    score_ids = fields.One2many(
        "sale.collection.score", "profile_id", string="Grade history"
    )
    review_ids = fields.One2many(
        "sale.collection.review", "profile_id", string="Credit reviews"
    )
    proposal_ids = fields.One2many(
        "sale.collection.proposal",
        "profile_id",
        string="Open proposals",
        domain=[("state", "=", "open")],
    )
    factor_html = fields.Html(
        string="Why this grade",
        compute="_compute_factor_html",
        sanitize=False,
        help="Today's figures behind the score.",
    )

    # === COMPUTE METHODS ===#

    @api.depends_context("lang", "company")
    @api.depends("grade_id", "score")
    def _compute_factor_html(self):
        """Show the factors as they are now, so they agree with the balances."""
        for company, profiles in self.sudo().grouped("company_id").items():
            scorecard = self.env["sale.collection.scorecard"]._get_active(company)
            outcomes = profiles.with_company(company)._decide_scores(
                scorecard, company._collection_today()
            )
            for profile in profiles:
                outcome = outcomes.get(profile.id)
                profile.factor_html = outcome and profile._render_grade(
                    outcome, scorecard
                )

    def _render_grade(self, outcome, scorecard):
        Grade = self.env["sale.collection.grade"]
        verdict = outcome.verdict
        return self.env["ir.qweb"]._render(
            "sale_collection.profile_grade",
            {
                "profile": self,
                "outcome": outcome,
                "grade": Grade.browse(outcome.grade_id),
                "scored": Grade.browse(verdict.grade_id),
                "minimum": scorecard.minimum_settled,
                "differs": outcome.grade_id != self.grade_id.id,
                "factor_table": self.env["sale.collection.score"]._render_factors(
                    [part._asdict() for part in verdict.contributions],
                    verdict.points,
                ),
            },
            minimal_qcontext=True,
        )

    # === ACTIONS ===#

    def action_override_grade(self):
        """Ask a credit controller for grade, reason and last day."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set grade"),
            "res_model": "sale.collection.grade.override",
            "views": [
                (
                    self.env.ref("sale_collection.grade_override_view_dialog").id,
                    "form",
                )
            ],
            "target": "new",
            "context": {"default_profile_id": self.id},
        }

    def action_end_override(self):
        self.grade_override_id.action_end()

    def action_open_scores(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.score_action"
        )
        return {**action, "domain": [("profile_id", "=", self.id)], "context": {}}

    # === SCORING ===#

    @api.model
    def _get_touched_steps(self):
        return [*super()._get_touched_steps(), (30, "_score")]

    def _score(self, today=None):
        """Grade customers and write what differs; without records, all of them.

        Return counts for the log of the run: graded, changed (rows written) and
        regraded (another grade than before).
        """
        counts = {"graded": 0, "changed": 0, "regraded": 0}
        for company, profiles in self._by_company():
            profiles = profiles.with_company(company)
            day = today or company._collection_today()
            scorecard = self.env["sale.collection.scorecard"]._get_active(company)
            outcomes = profiles._decide_scores(scorecard, day)
            profiles._apply_scores(outcomes, scorecard, day)
            counts["graded"] += len(outcomes)
            counts["changed"] += sum(o.differs() for o in outcomes.values())
            counts["regraded"] += sum(bool(o.is_regrade()) for o in outcomes.values())
        return counts

    def _decide_scores(self, scorecard, today):
        """Return {profile id: Outcome} by a scorecard; nothing is written.

        For these profiles of the current company, on none for all of them.
        """
        if not scorecard:
            return {}
        standings = self._collect_standings(today)
        cases = self._collect_cases(standings, today)
        grades = self.env["sale.collection.grade"]._get_grades(self.env.company)
        verdicts = scorecard._decide(cases, grades)
        return {
            standing.id: self._decide_outcome(standing, verdicts[standing.id])
            for standing in standings
        }

    @api.model
    def _decide_outcome(self, standing, verdict):
        """A grade set by hand goes before the scorecard's while it is in force."""
        if standing.valid_override_id:
            return Outcome(standing, verdict, standing.override_grade_id, "override")
        return Outcome(standing, verdict, verdict.grade_id, verdict.source)

    def _collect_standings(self, today):
        """Read grade, score and override in force of the profiles in one query."""
        self.flush_model()
        self.env["sale.collection.grade.override"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.id, p.grade_id, p.scored_grade_id, p.score, p.grade_source,
                       p.grade_override_id, p.user_id, COALESCE(p.paid_count, 0),
                       o.id, o.grade_id
                  FROM sale_collection_profile p
             LEFT JOIN sale_collection_grade_override o
                    ON o.id = p.grade_override_id
                   AND o.date_until >= %(today)s
                   AND o.ended_on IS NULL
                 WHERE p.company_id = %(company)s AND %(chosen)s
              ORDER BY p.id
                """,
                today=today,
                company=self.env.company.id,
                chosen=SQL("p.id = ANY(%s)", self.ids) if self else SQL("TRUE"),
            )
        )
        return [Standing(*row) for row in rows]

    def _collect_cases(self, standings, today):
        """Return {profile id: Case}: behaviour, credit review, settled invoices."""
        facts = self._collect_factor_facts(today)
        reviews = self.env["sale.collection.review"]._collect_valid(
            [standing.id for standing in standings], today
        )
        cases = {}
        for standing in standings:
            known = facts.get(standing.id, {})
            review = reviews.get(standing.id)
            if review:
                known = {**known, **review.facts}
            cases[standing.id] = Case(
                known,
                standing.settled,
                reviewed=review is not None,
                review_grade_id=review and review.grade_id,
            )
        return cases
