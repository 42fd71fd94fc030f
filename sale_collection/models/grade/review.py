from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, format_date

from ..core.sql import format_array
from .grade import PROPOSALS

VISIT_FINDINGS = [
    ("0", "Alarming"),
    ("25", "Weak"),
    ("50", "Fair"),
    ("75", "Good"),
    ("100", "Excellent"),
]
# Written by the decision alone.
DECISION_FIELDS = {"state", "decided_by_id", "decided_on", "expiry_warned"}


class ReviewFacts(NamedTuple):
    """Factors of a valid credit review and the grade it gives, if any."""

    facts: dict
    grade_id: int | None


class SaleCollectionReview(models.Model):
    """What we found out about a customer: ratings, figures, a visit.

    Approved by a credit controller and until it expires, its findings are
    factors of the score and it grades a customer without history.
    """

    _name = "sale.collection.review"
    _description = "Credit review"
    _inherit = [
        "sale.collection.code.written",
        "sale.collection.titled",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True
    _created_with = frozenset({"company_id"})

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        domain=[("parent_id", "=", False)],
    )
    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        readonly=True,
        copy=False,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company.root_id,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Reviewer",
        required=True,
        default=lambda self: self.env.user,
        tracking=True,
    )
    date = fields.Date(
        required=True,
        copy=False,
        default=lambda self: self.env.company._collection_today(),
    )
    valid_until = fields.Date(
        string="Valid until",
        required=True,
        copy=False,
        compute="_compute_valid_until",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Last day on which the review counts. The reviewer is reminded before.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("approved", "Approved"), ("rejected", "Rejected")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    is_expired = fields.Boolean(string="Expired", compute="_compute_is_expired")
    external_source = fields.Char(
        string="Rating from",
        help="Agency or insurer that gave the rating. A rating without source does "
        "not count.",
    )
    external_rating = fields.Float(
        string="External rating",
        digits=(5, 2),
        help="Rating of an agency on a scale from 0 (worst) to 100 (best).",
    )
    founded_year = fields.Integer(string="Founded in", help="Year; 0 when not known.")
    years_in_business = fields.Integer(
        string="Years in business", compute="_compute_years_in_business"
    )
    fiscal_year = fields.Integer(
        string="Figures of", help="Year the financial figures are of."
    )
    revenue = fields.Monetary()
    net_profit = fields.Monetary(
        string="Net profit",
    )
    total_assets = fields.Monetary(
        string="Total assets",
    )
    equity = fields.Monetary()
    equity_ratio = fields.Float(
        string="Equity ratio",
        compute="_compute_equity_ratio",
        help="Equity / total assets.",
    )
    visit_date = fields.Date(string="Visited on")
    visit_finding = fields.Selection(VISIT_FINDINGS, string="Finding of the visit")
    visit_note = fields.Text(string="What was seen")
    proposed_grade_id = fields.Many2one(
        "sale.collection.grade",
        string="Proposed grade",
        ondelete="restrict",
        check_company=True,
        help="Grade until enough invoices are settled. Empty: the score of the "
        "findings above decides.",
    )
    proposed_credit = fields.Selection(
        PROPOSALS, string="Propose", default="none", required=True
    )
    proposed_limit = fields.Monetary(string="Proposed credit limit")
    note = fields.Html(string="Notes")
    decided_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, copy=False
    )
    decided_on = fields.Date(string="Decided on", readonly=True, copy=False)
    expiry_warned = fields.Boolean(
        readonly=True, copy=False, export_string_translation=False
    )

    _external_rating_range = models.Constraint(
        "CHECK(external_rating >= 0 AND external_rating <= 100)",
        "'External rating' must be between 0 and 100.",
    )
    _proposed_limit_positive = models.Constraint(
        "CHECK(proposed_limit >= 0)",
        "'Proposed credit limit' cannot be negative.",
    )

    # === COMPUTE METHODS ===#

    @api.depends("date")
    def _compute_valid_until(self):
        for review in self.filtered("date"):
            review.valid_until = review.date + relativedelta(years=1)

    @api.depends("state", "valid_until")
    def _compute_is_expired(self):
        for review in self:
            today = (review.company_id or self.env.company)._collection_today()
            review.is_expired = (
                review.state == "approved"
                and bool(review.valid_until)
                and review.valid_until < today
            )

    @api.depends("founded_year", "date")
    def _compute_years_in_business(self):
        for review in self:
            known = review.founded_year and review.date
            review.years_in_business = (
                max(0, review.date.year - review.founded_year) if known else 0
            )

    @api.depends("equity", "total_assets")
    def _compute_equity_ratio(self):
        for review in self:
            review.equity_ratio = (
                review.equity / review.total_assets if review.total_assets > 0 else 0.0
            )

    # === CONSTRAINTS ===#

    @api.constrains("date", "valid_until")
    def _check_dates(self):
        for review in self:
            if review.valid_until < review.date:
                raise ValidationError(
                    self.env._(
                        "'Valid until' (%(until)s) is before the date of the review. "
                        "Choose a later day.",
                        until=format_date(self.env, review.valid_until),
                    )
                )

    @api.constrains("founded_year", "date")
    def _check_founded_year(self):
        for review in self.filtered("founded_year"):
            if not 1000 <= review.founded_year <= review.date.year:
                raise ValidationError(
                    self.env._(
                        "'Founded in' must be a year with four digits up to "
                        "%(year)s, or 0 when not known.",
                        year=review.date.year,
                    )
                )

    @api.constrains("external_rating", "external_source")
    def _check_external_source(self):
        for review in self.filtered("external_rating"):
            if not review.external_source:
                raise ValidationError(
                    self.env._("Say in 'Rating from' who gave the external rating.")
                )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        Partner = self.env["res.partner"]
        for vals in vals_list:
            partner = Partner.browse(vals.get("partner_id"))
            vals["partner_id"] = partner.commercial_partner_id.id
        reviews = super().create(vals_list)
        for company, group in reviews.grouped("company_id").items():
            group.with_company(company)._link_profiles()
        return reviews

    def write(self, vals):
        if not self.env.su and any(review.state != "draft" for review in self):
            raise UserError(
                self.env._(
                    "A decided credit review is not edited any more. Duplicate it to "
                    "make a new one."
                )
            )
        if not self.env.su and DECISION_FIELDS & vals.keys():
            raise AccessError(self._get_decider_message())
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        if any(review.state != "draft" for review in self):
            raise UserError(
                self.env._("A decided credit review stays as a record of the decision.")
            )

    def _link_profiles(self):
        """Find or make the profiles of the customers, with figures to grade by."""
        profiles = self.env["sale.collection.profile"].sudo()._for(self.partner_id)
        unread = profiles.filtered(lambda profile: not profile.refreshed_at)
        if unread:
            unread._refresh()
        by_customer = profiles.grouped("partner_id")
        for review_sudo in self.sudo():
            review_sudo.profile_id = by_customer.get(review_sudo.partner_id)

    # === ACTIONS ===#

    def action_approve(self):
        """Let the findings count, grade the customer and set the limit."""
        self._record_decision("approved")
        for review in self:
            profile_sudo = review.profile_id.sudo()
            if review.proposed_credit != "none":
                self.env["sale.collection.proposal"].sudo().create(
                    review._prepare_proposal_vals()
                )._accept(
                    self.env._(
                        "Credit review of %(day)s",
                        day=format_date(self.env, review.date),
                    )
                )
            profile_sudo._score()

    def action_reject(self):
        """Keep the review on file without effect."""
        self._record_decision("rejected")

    def action_new_review(self):
        """Start the next review from the findings of this one."""
        self.ensure_one()
        return self.copy({"user_id": self.env.uid})._get_records_action()

    # === BUSINESS ===#

    def _record_decision(self, state):
        """Write what was decided, by whom and when.

        :raise AccessError: the user is no credit controller
        :raise UserError: a review is decided already
        """
        if not self.env.user.has_group("sale_collection.group_credit_controller"):
            raise AccessError(self._get_decider_message())
        self.check_access("write")
        if any(review.state != "draft" for review in self):
            raise UserError(self.env._("This credit review is already decided."))
        for company, reviews in self.grouped("company_id").items():
            reviews.sudo().write(
                {
                    "state": state,
                    "decided_by_id": self.env.uid,
                    "decided_on": company._collection_today(),
                }
            )

    @api.model
    def _get_decider_message(self):
        return self.env._(
            "Only a credit controller decides on credit reviews, with the buttons "
            "'Approve' and 'Reject'."
        )

    def _prepare_proposal_vals(self):
        return {
            "profile_id": self.profile_id.id,
            "company_id": self.company_id.id,
            "grade_id": self.proposed_grade_id.id,
            "date": self.company_id._collection_today(),
            **self.env["sale.collection.proposal"]._prepare_current_terms(
                self.profile_id.sudo()
            ),
            "proposed_policy": self.proposed_credit,
            "proposed_limit": self.proposed_limit,
        }

    @api.model
    def _collect_valid(self, profile_ids, today):
        """Return {profile id: ReviewFacts} of the newest valid approved reviews."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (profile_id)
                       profile_id, proposed_grade_id,
                       CASE WHEN external_source <> '' THEN external_rating END,
                       CASE WHEN founded_year > 0
                            THEN %(year)s - founded_year END,
                       CASE WHEN total_assets > 0 THEN equity / total_assets END,
                       visit_finding
                  FROM sale_collection_review
                 WHERE state = 'approved'
                   AND valid_until >= %(today)s
                   AND date <= %(today)s
                   AND profile_id = ANY(%(profile_ids)s::int[])
              ORDER BY profile_id, date DESC, id DESC
                """,
                year=today.year,
                today=today,
                profile_ids=format_array(profile_ids),
            )
        )
        codes = (
            "external_rating",
            "years_in_business",
            "equity_ratio",
            "visit_finding",
        )
        return {
            profile_id: ReviewFacts(
                dict(zip(codes, (*values, finding and int(finding)), strict=True)),
                grade_id,
            )
            for profile_id, grade_id, *values, finding in rows
        }

    # === EXPIRY ===#

    @api.model
    def _get_expiring(self, company, today):
        """Return the reviews that expire soon and whose reviewers do not know."""
        days = company.collection_review_warning_days
        return self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "approved"),
                ("expiry_warned", "=", False),
                ("valid_until", "<=", fields.Date.add(today, days=days)),
            ]
        )

    def _warn_expiring(self):
        """Remind the reviewers, once each, unless there is a later review already.

        :return: number of reviewers reminded
        """
        latest = dict(
            self.sudo()._read_group(
                [
                    ("profile_id", "in", self.profile_id.ids),
                    ("state", "=", "approved"),
                ],
                ["profile_id"],
                ["valid_until:max"],
            )
        )
        due = self.filtered(
            lambda review: review.valid_until >= latest[review.profile_id]
        )
        due._schedule_expiry()
        self.sudo().expiry_warned = True
        return len(due)

    def _schedule_expiry(self):
        """Ask the reviewers for a new review by the last day of this one."""
        quiet = self.with_context(mail_activity_quick_update=True)
        groups = quiet.grouped(lambda review: (review.user_id, review.valid_until))
        for (user, until), reviews in groups.items():
            reviews.activity_schedule(
                "sale_collection.activity_review_expires",
                date_deadline=until,
                user_id=user.id,
            )
