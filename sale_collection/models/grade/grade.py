from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...tools.scorecard import Grade

PROPOSALS = [
    ("none", "Nothing"),
    ("limit", "A credit limit"),
    ("prepay", "Payment in advance"),
]


class SaleCollectionGrade(models.Model):
    """How good a payer is: A (best) to E by the score, N for new customers.

    Grades without company are shared; a company with grades of its own uses
    those alone.
    """

    _name = "sale.collection.grade"
    _description = "Grade"
    _order = "is_new, score_from desc, id"
    _check_company_auto = True

    name = fields.Char(required=True, help="Short: shown as a badge everywhere.")
    description = fields.Char(translate=True)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="Leave empty to share the grade with all companies.",
    )
    is_new = fields.Boolean(
        string="For new customers",
        help="Given to customers with fewer settled invoices than the scorecard "
        "asks for and without a credit review.",
    )
    score_from = fields.Float(
        string="Score from",
        digits=(5, 2),
        help="Lowest score (0 to 100) of this grade. The lowest grade takes all "
        "scores below it as well.",
    )
    color = fields.Integer()
    credit_proposal = fields.Selection(
        PROPOSALS,
        string="Propose",
        default="none",
        required=True,
        help="What a credit controller is asked to accept when a customer gets "
        "this grade.",
    )
    limit_months = fields.Float(
        string="Months of sales",
        default=1.0,
        help="Proposed credit limit = the customer's average monthly invoices of the "
        "last 12 months x this number, rounded up to two digits.",
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        string="Propose payment terms",
        check_company=True,
        help="Leave empty to keep the customer's own terms.",
    )

    _score_range = models.Constraint(
        "CHECK(score_from >= 0 AND score_from <= 100)",
        "'Score from' of a grade must be between 0 and 100.",
    )
    _limit_months_positive = models.Constraint(
        "CHECK(limit_months >= 0)",
        "'Months of sales' of a grade cannot be negative.",
    )

    # === CONSTRAINTS ===#

    @api.constrains("name", "is_new", "score_from", "company_id")
    def _check_distinct(self):
        """Check that no two grades of one set have the same name or start."""
        for grade in self:
            others = (
                self.with_context(active_test=False).search(
                    [("company_id", "=", grade.company_id.id)]
                )
                - grade
            )
            clash = others.filtered(grade._overlaps)[:1]
            if clash:
                raise ValidationError(grade._get_clash_message(clash))

    def _overlaps(self, other):
        """Whether two grades of one set cannot stand beside each other."""
        if self.name == other.name or (self.is_new and other.is_new):
            return True
        graded = not self.is_new and not other.is_new
        return graded and abs(self.score_from - other.score_from) < 0.005

    def _get_clash_message(self, other):
        if self.name == other.name:
            return self.env._(
                "There is already a grade %(name)s. Choose another name.",
                name=self.name,
            )
        if self.is_new:
            return self.env._(
                "Grade %(other)s is already the one for new customers. Untick "
                "'For new customers' on one of the two.",
                other=other.name,
            )
        return self.env._(
            "Grades %(name)s and %(other)s both start at a score of %(score)g. "
            "Change 'Score from' of one of them.",
            name=self.name,
            other=other.name,
            score=self.score_from,
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if (
            self.env["sale.collection.score"]
            .sudo()
            .search_count([("grade_id", "in", self.ids)], limit=1)
        ):
            raise ValidationError(
                self.env._(
                    "Customers have or had this grade. Change its name or its "
                    "scores instead of deleting it."
                )
            )

    # === BUSINESS ===#

    @api.model
    def _get_grades(self, company):
        """Return the grades a company uses: its own, else the shared ones."""
        domain = Domain("company_id", "in", (company.id, False))
        grades = self.sudo().search(domain)
        return grades.filtered("company_id") or grades

    def _get_thresholds(self):
        """Return the grades as `tools.scorecard` takes them.

        The lowest grade starts at 0, whatever it says, so that no score is left out.
        """
        scored = self.filtered(lambda grade: not grade.is_new)
        lowest = min(scored, key=lambda grade: grade.score_from, default=None)
        return [
            Grade(grade.id, 0.0 if grade == lowest else grade.score_from)
            for grade in scored
        ] + [Grade(grade.id, None) for grade in self - scored]
