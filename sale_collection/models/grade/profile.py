from odoo import api, fields, models

from ...fields import OptionalFloat
from ...tools.window import open_dialog
from .score import SOURCES


class SaleCollectionProfile(models.Model):
    """The grade of a customer, why it has it and what follows from it."""

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
        """Show the factors as they are now, so that they agree with the balances."""
        scoring = self.env["sale.collection.scoring"].sudo()
        for company, profiles in self.sudo().grouped("company_id").items():
            scorecard = self.env["sale.collection.scorecard"]._get_active(company)
            outcomes = scoring._judge_profiles(
                profiles, company, scorecard, company._collection_today()
            )
            for profile in profiles:
                outcome = outcomes.get(profile.id)
                profile.factor_html = outcome and profile._render_grade(
                    outcome, scorecard
                )

    def _render_grade(self, outcome, scorecard):
        """Return why the customer has its grade, as HTML."""
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
        return open_dialog(
            self.env._("Set grade"),
            "sale.collection.grade.override",
            view_id=self.env.ref("sale_collection.grade_override_view_dialog").id,
            default_profile_id=self.id,
        )

    def action_end_override(self):
        """Stop the grade set by hand today."""
        self.grade_override_id.action_end()

    def action_open_scores(self):
        """Show the grades this customer has had."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.score_action"
        )
        return {**action, "domain": [("profile_id", "=", self.id)], "context": {}}

    def action_propose(self):
        """Propose limits and terms by grade, and show what there is to decide."""
        proposals = self.env["sale.collection.proposal"]
        proposals.check_access("write")
        for company, profiles in self.sudo().grouped("company_id").items():
            proposals._propose_terms(profiles, company._collection_today())
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.decision_action"
        )
        return {**action, "domain": [("profile_id", "in", self.ids)]}

    # === SCORING ===#

    @api.model
    def _get_touched_steps(self):
        # EXTENDS: graded by the figures just refreshed
        return [*super()._get_touched_steps(), (30, "_score")]

    def _score(self, today=None):
        """Grade customers and write what differs; on no record, all of the company.

        :param date today: the company's own today when left out
        :return: counts for the log of the run: `graded`, `changed` (rows written) and
            `regraded` (another grade than before)
        """
        counts = {"graded": 0, "changed": 0, "regraded": 0}
        for company, profiles in self._by_company():
            scoring = self.env["sale.collection.scoring"].sudo().with_company(company)
            scorecard = self.env["sale.collection.scorecard"]._get_active(company)
            day = today or company._collection_today()
            outcomes = scoring._judge_profiles(profiles, company, scorecard, day)
            scoring._write_outcomes(outcomes, company, scorecard, day)
            counts["graded"] += len(outcomes)
            counts["changed"] += sum(o.differs() for o in outcomes.values())
            counts["regraded"] += sum(bool(o.is_regrade()) for o in outcomes.values())
        return counts
