from functools import cache
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...tools.scorecard import Scorer, check_rules, pick_grade
from ...tools.window import open_dialog


class Case(NamedTuple):
    """What is known of one customer when it is graded.

    ``settled`` is the number of settled instalments; ``reviewed`` says that a
    valid credit review exists, ``review_grade_id`` the grade it gives.
    """

    facts: dict
    settled: int
    reviewed: bool = False
    review_grade_id: int | None = None


class Verdict(NamedTuple):
    """The grade of a case: by what (`source`), with which points and factors."""

    grade_id: int | None
    points: float | None
    source: str
    facts: dict | None = None
    score: Scorer | None = None

    @property
    def contributions(self):
        """The factors line by line; only those of changed grades are asked for."""
        return self.score(self.facts).contributions if self.score else ()


class SaleCollectionScorecard(models.Model):
    """Which factors make the score of a customer, and how much each counts.

    One scorecard is in use per company (or for all of them). It is not edited
    any more, so that the scores it gave stay explained: duplicate it, change
    the copy, simulate it, then put the copy in use.
    """

    _name = "sale.collection.scorecard"
    _description = "Scorecard"
    _inherit = ["sale.collection.code.written", "mail.thread"]
    _order = "state, id desc"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="Leave empty to use the scorecard in all companies without one of "
        "their own.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "In use"), ("retired", "Retired")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    minimum_settled = fields.Integer(
        string="Settled invoices needed",
        default=3,
        help="Customers with fewer settled invoices get the grade for new customers, "
        "or the one of their credit review.",
    )
    line_ids = fields.One2many(
        "sale.collection.scorecard.line", "scorecard_id", string="Factors", copy=True
    )
    note = fields.Html(string="Notes")

    _one_active = models.UniqueIndex(
        "(COALESCE(company_id, 0)) WHERE state = 'active'",
        "Another scorecard is already in use for this company.",
    )
    _minimum_settled_positive = models.Constraint(
        "CHECK(minimum_settled >= 0)",
        "'Settled invoices needed' cannot be negative.",
    )

    # === CONSTRAINTS ===#

    @api.constrains("minimum_settled", "company_id")
    def _check_draft(self):
        """Check that the scorecards explain no scores yet, so that they may change."""
        locked = self.filtered(lambda scorecard: scorecard.state != "draft")[:1]
        if locked:
            raise ValidationError(
                self.env._(
                    "The scorecard %(name)s is or was in use and explains the scores "
                    "it gave. Duplicate it, change the copy and put that in use.",
                    name=locked.name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_draft()

    def _check_weights(self):
        for scorecard in self.filtered("line_ids"):
            if not sum(scorecard.line_ids.mapped("weight")) > 0:
                raise ValidationError(scorecard._get_setup_message("weights_zero"))

    def _check_usable(self):
        """Check that customers can be scored with these scorecards."""
        for scorecard in self:
            try:
                check_rules(scorecard._get_rules())
            except ValueError as error:
                raise ValidationError(
                    scorecard._get_setup_message(str(error))
                ) from error

    def _get_setup_message(self, code):
        if not self.line_ids:
            return self.env._(
                "The scorecard %(name)s has no factors. Add at least one.",
                name=self.name,
            )
        if code == "bands_missing":
            empty = self.line_ids.filtered(lambda line: not line.band_ids)[:1]
            return self.env._(
                "The factor %(factor)s has no bands. Open it and add at least one.",
                factor=empty.display_name,
            )
        return self.env._(
            "All weights of the scorecard %(name)s are zero. Give at least one "
            "factor a weight above zero.",
            name=self.name,
        )

    # === CRUD ===#

    def copy_data(self, default=None):
        vals_list = super().copy_data(default=default)
        for scorecard, vals in zip(self, vals_list, strict=True):
            if "name" not in (default or {}):
                vals["name"] = self.env._("%(name)s (copy)", name=scorecard.name)
        return vals_list

    # === ACTIONS ===#

    def action_activate(self):
        """Put the scorecard in use and retire the one used so far."""
        self.ensure_one()
        self._check_usable()
        used = self.search(
            [("company_id", "=", self.company_id.id), ("state", "=", "active")]
        )
        self.check_access("write")
        (used - self).sudo().state = "retired"
        # The unique index looks at every statement: retire first, then activate.
        self.flush_model(["state"])
        self.sudo().state = "active"

    def action_simulate(self):
        """Grade all customers with this scorecard and compare with today."""
        self.ensure_one()
        simulation = self.env["sale.collection.simulation"].create(
            {"scorecard_id": self.id}
        )
        return simulation.action_simulate()

    def action_backtest(self):
        """Ask for the dates of a back-test of this scorecard."""
        self.ensure_one()
        return open_dialog(
            self.env._("Back-test"),
            "sale.collection.backtest",
            view_id=self.env.ref("sale_collection.backtest_view_dialog").id,
            default_scorecard_id=self.id,
        )

    # === BUSINESS ===#

    @api.model
    def _get_active(self, company):
        """Return the scorecard in use: the company's own, else the shared one."""
        domain = Domain("company_id", "in", (company.id, False))
        domain &= Domain("state", "=", "active")
        scorecards = self.sudo().search(domain)
        return (scorecards.filtered("company_id") or scorecards)[:1]

    def _get_rules(self):
        self.ensure_one()
        return [line._get_rule() for line in self.line_ids]

    def _judge_cases(self, cases, grades):
        """Grade many customers at once: {key: Case} -> {key: Verdict}.

        No record is read or written per customer.
        """
        score = Scorer(self._get_rules())
        thresholds = grades._get_thresholds()
        grade_of = cache(lambda points: pick_grade(points, thresholds))
        minimum = self.minimum_settled

        def judge(case):
            if case.settled < minimum:
                if not case.reviewed:
                    return Verdict(grade_of(None), None, "new")
                if case.review_grade_id:
                    return Verdict(case.review_grade_id, None, "review")
            points = score.get_points(case.facts)
            source = "new" if points is None else "scorecard"
            return Verdict(grade_of(points), points, source, case.facts, score)

        return {key: judge(case) for key, case in cases.items()}
