from odoo import api, fields, models

from ...fields import OptionalFloat

SOURCES = [
    ("scorecard", "Scorecard"),
    ("new", "New customer"),
    ("review", "Credit review"),
    ("override", "Set by hand"),
]
# Badge of the points of a factor, by the lowest points it is for.
LEVELS = ((70, "success"), (40, "warning"), (0, "danger"))


class SaleCollectionScore(models.Model):
    """Score and grade of a customer on one day, with the factors behind them.

    Written by the scoring alone, when the grade or the whole points change and
    on the last day of each month.
    """

    _name = "sale.collection.score"
    _inherit = ["sale.collection.append.only"]
    _description = "Grade history"
    _order = "date desc, id desc"
    _log_access = False
    _rec_name = "date"
    _check_company_auto = True

    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    partner_id = fields.Many2one(related="profile_id.partner_id", string="Customer")
    date = fields.Date(required=True, readonly=True, index=True)
    points = OptionalFloat(
        string="Score", digits=(5, 2), readonly=True, aggregator="avg"
    )
    grade_id = fields.Many2one(
        "sale.collection.grade", required=True, readonly=True, ondelete="restrict"
    )
    grade_color = fields.Integer(
        related="grade_id.color", string="Grade color", export_string_translation=False
    )
    previous_grade_id = fields.Many2one(
        "sale.collection.grade",
        string="Previous grade",
        readonly=True,
        ondelete="restrict",
    )
    source = fields.Selection(SOURCES, string="Grade by", required=True, readonly=True)
    scorecard_id = fields.Many2one(
        "sale.collection.scorecard", readonly=True, ondelete="restrict"
    )
    factors = fields.Json(string="Factors (data)", readonly=True)
    factor_html = fields.Html(
        string="Factors", compute="_compute_factor_html", sanitize=False
    )

    @api.depends("factors", "points")
    @api.depends_context("lang")
    def _compute_factor_html(self):
        for score in self:
            score.factor_html = self._render_factors(score.factors, score.points)

    @api.model
    def _render_factors(self, factors, points):
        """Return the factors of a score as a table in words."""
        if not factors:
            return False
        weights = sum(factor["weight"] for factor in factors)
        return self.env["ir.qweb"]._render(
            "sale_collection.factor_table",
            {
                "rows": [self._prepare_row(factor, weights) for factor in factors],
                "points": f"{points:.2f}",
            },
            minimal_qcontext=True,
        )

    @api.model
    def _prepare_row(self, factor, weights):
        Line = self.env["sale.collection.scorecard.line"]
        labels = dict(Line._fields["factor"]._description_selection(self.env))
        code, points = factor["code"], factor["points"]
        return {
            "label": labels.get(code, code),
            "words": Line._explain(code, factor["value"]),
            "points": f"{points:.0f}",
            "level": next(name for start, name in LEVELS if points >= start),
            "weight": Line._format_share(factor["weight"] / weights),
            "share": f"{factor['share']:.2f}",
        }

    @api.model
    def _get_append_only_message(self):
        return self.env._(
            "The grade history is written by the scoring and cannot be edited. Use "
            "'Set grade' on the customer to overrule a grade."
        )
