from odoo import api, fields, models
from odoo.fields import Domain

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

    is_prompt = fields.Boolean(
        string="Pays on time",
        compute="_compute_prompt",
        search="_search_is_prompt",
        help="Every instalment due in the last quarter came on time, three at least, "
        "and nothing is overdue.",
    )
    prompt_count = fields.Integer(
        string="Instalments on time",
        compute="_compute_prompt",
        help="Due in the last quarter, of a customer who paid all of them on time.",
    )
    prompt_amount = fields.Monetary(
        string="Paid on time", compute="_compute_prompt", help="What they came to."
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

    @api.depends_context("company")
    def _compute_prompt(self):
        prompt = self.env["sale.collection.prompt"].sudo()
        for company, profiles in self.sudo().grouped("company_id").items():
            today = company._collection_today()
            found = prompt._find(company, today, profiles.partner_id.ids)
            for profile in profiles:
                record = found.get(profile.partner_id.id)
                profile.is_prompt = bool(record) and not profile.excluded
                profile.prompt_count = record.count if profile.is_prompt else 0
                profile.prompt_amount = record.amount if profile.is_prompt else 0.0

    @api.model
    def _search_is_prompt(self, operator, value):
        if operator != "in":
            return NotImplemented
        prompt = self.env["sale.collection.prompt"].sudo()
        own = [
            Domain("company_id", "=", company.id)
            & Domain("partner_id", "in", [*prompt._find(company, today)])
            for company in self.env.companies.sudo().root_id
            for today in (company._collection_today(),)
        ]
        return Domain.OR(own) & Domain("excluded", "=", False)

    # === ACTIONS ===#

    def action_offer_better(self):
        """Ask what to propose to these customers, who pay on time."""
        self.env["sale.collection.proposal"].check_access("write")
        return open_dialog(
            self.env._("Better terms for paying on time"),
            "sale.collection.prompt.offer",
            default_profile_ids=self.ids,
        )

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

    # === THANKS ===#

    def _get_last_better(self):
        """Return the last proposal for paying on time that was accepted, if any."""
        return self.env["sale.collection.proposal"].search(
            [
                ("profile_id", "in", self.ids),
                ("state", "=", "accepted"),
                ("prompt_count", ">", 0),
            ],
            order="id desc",
            limit=1,
        )

    def _thank(self):
        """Mail these customers that they paid on time, and their new terms."""
        template = self.env.ref("sale_collection.mail_template_prompt_thanks").sudo()
        for profile in self.sudo().with_context(mail_notify_force_send=False):
            customer = profile.partner_id
            if not customer.email:
                profile._message_log(
                    body=self.env._(
                        "No mail sent: %(customer)s has no e-mail address.",
                        customer=customer.display_name,
                    )
                )
                continue
            template._collection_draw(profile)  # fails where nothing would be said
            profile.message_post_with_source(
                template,
                subtype_xmlid="mail.mt_comment",
                email_layout_xmlid="sale_collection.mail_layout",
            )

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
