from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.scorecard import Band, Rule, check_bands

FACTORS = [
    ("late_share", "Share paid late"),
    ("weighted_days_late", "Days late by amount"),
    ("oldest_overdue", "Oldest overdue"),
    ("overdue_ratio", "Overdue share of the open amount"),
    ("trend", "Trend of days late"),
    ("promise_kept_ratio", "Promises kept"),
    ("bounced_count", "Bounced payments"),
    ("short_pay_share", "Share paid short"),
    ("tenure", "Customer for"),
    ("limit_use", "Credit limit used"),
    ("external_rating", "External rating"),
    ("years_in_business", "Years in business"),
    ("equity_ratio", "Equity ratio"),
    ("visit_finding", "Finding of the visit"),
]
UNITS = [
    ("share", "%"),
    ("days", "days"),
    ("years", "years"),
    ("points", "of 100"),
    ("count", "times"),
]
FACTOR_UNITS = {
    "late_share": "share",
    "weighted_days_late": "days",
    "oldest_overdue": "days",
    "overdue_ratio": "share",
    "trend": "days",
    "promise_kept_ratio": "share",
    "bounced_count": "count",
    "short_pay_share": "share",
    "tenure": "days",
    "limit_use": "share",
    "external_rating": "points",
    "years_in_business": "years",
    "equity_ratio": "share",
    "visit_finding": "points",
}


class SaleCollectionScorecardLine(models.Model):
    """One factor of a scorecard: its weight and the points of its bands."""

    _name = "sale.collection.scorecard.line"
    _description = "Scorecard factor"
    _order = "sequence, id"
    _rec_name = "factor"

    scorecard_id = fields.Many2one(
        "sale.collection.scorecard", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="scorecard_id.company_id")
    state = fields.Selection(related="scorecard_id.state")
    sequence = fields.Integer(default=10)
    factor = fields.Selection(FACTORS, required=True)
    unit = fields.Selection(UNITS, compute="_compute_unit")
    weight = fields.Float(
        default=10.0,
        required=True,
        help="How much the factor counts beside the others.",
    )
    weight_share = fields.Float(
        string="Counts for",
        compute="_compute_weight_share",
        help="Part of the score that hangs on this factor when all are known.",
    )
    missing = fields.Selection(
        [("skip", "Leave the factor out"), ("points", "Give points")],
        string="When unknown",
        default="skip",
        required=True,
        help="What happens for customers without this figure. Left out, its weight "
        "is spread over the other factors.",
    )
    missing_points = fields.Float(
        string="Points when unknown",
        digits=(5, 2),
        help="Points (0 to 100) of a customer without this figure.",
    )
    band_ids = fields.One2many(
        "sale.collection.scorecard.band", "line_id", string="Bands", copy=True
    )
    band_summary = fields.Char(string="Points", compute="_compute_band_summary")

    _factor_unique = models.Constraint(
        "UNIQUE(scorecard_id, factor)",
        "A scorecard can have each factor only once.",
    )

    # === COMPUTE METHODS ===#

    @api.depends("factor")
    def _compute_unit(self):
        for line in self:
            line.unit = FACTOR_UNITS.get(line.factor)

    @api.depends("weight", "scorecard_id.line_ids.weight")
    def _compute_weight_share(self):
        for line in self:
            total = sum(line.scorecard_id.line_ids.mapped("weight"))
            line.weight_share = line.weight / total if total > 0 else 0.0

    @api.depends("factor", "band_ids.lower", "band_ids.points")
    @api.depends_context("lang")
    def _compute_band_summary(self):
        """Describe in one line which figures earn how many points."""
        for line in self:
            line.band_summary = " · ".join(line._describe_bands())

    def _describe_bands(self):
        bands = self.band_ids.sorted("lower")
        bounds = [self._format_value(self.factor, band.lower) for band in bands[1:]]
        first = self.env._("under %(value)s", value=bounds[0]) if bounds else ""
        words = [first or self.env._("always")] + [
            self.env._("from %(value)s", value=bound) for bound in bounds
        ]
        return [
            f"{word}: {band.points:g}" for word, band in zip(words, bands, strict=False)
        ]

    # === CONSTRAINTS ===#

    @api.constrains("scorecard_id", "factor", "weight", "missing", "missing_points")
    def _check_draft(self):
        self.scorecard_id._check_draft()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.scorecard_id._check_draft()

    @api.constrains("weight")
    def _check_weight(self):
        for line in self:
            if line.weight < 0:
                raise ValidationError(
                    self.env._(
                        "The weight of %(factor)s is negative. Use 0 to switch the "
                        "factor off.",
                        factor=line.display_name,
                    )
                )
        self.scorecard_id._check_weights()

    @api.constrains("missing", "missing_points")
    def _check_missing_points(self):
        for line in self:
            if line.missing == "points" and not 0 <= line.missing_points <= 100:
                raise ValidationError(
                    self.env._(
                        "'Points when unknown' of %(factor)s must be between 0 and "
                        "100.",
                        factor=line.display_name,
                    )
                )

    @api.constrains("band_ids")
    def _check_bands(self):
        for line in self.filtered("band_ids"):
            try:
                check_bands([band._get_band() for band in line.band_ids])
            except ValueError as error:
                raise ValidationError(line._get_band_message(str(error))) from error

    def _get_band_message(self, code):
        if code == "bands_overlap":
            return self.env._(
                "Two bands of %(factor)s start at the same value. Change 'From' of "
                "one of them.",
                factor=self.display_name,
            )
        return self.env._(
            "Points of the bands of %(factor)s must be between 0 and 100.",
            factor=self.display_name,
        )

    # === BUSINESS ===#

    def _get_rule(self):
        """Return the factor as `tools.scorecard` takes it."""
        return Rule(
            self.factor,
            self.weight,
            tuple(band._get_band() for band in self.band_ids),
            self.missing_points if self.missing == "points" else None,
        )

    @api.model
    def _format_value(self, factor, value):
        """Return the measured value of a factor as people read it."""
        if value is None:
            return self.env._("not known")
        unit = FACTOR_UNITS.get(factor)
        if unit == "share":
            return self._format_share(value)
        if unit == "days":
            return self._format_days(value)
        if unit == "years":
            return self.env._("%(value).0f years", value=value)
        if unit == "points":
            return self.env._("%(value).0f of 100", value=value)
        return f"{value:g}"

    @api.model
    def _format_days(self, days):
        days = round(days)
        if abs(days) == 1:
            return self.env._("%(days)d day", days=days)
        return self.env._("%(days)d days", days=days)

    @api.model
    def _format_share(self, share):
        return self.env._("%(value).0f %%", value=100 * share)

    @api.model
    def _explain(self, factor, value):
        """Return one factor in words, e.g. "Oldest open debt is 31 days overdue"."""
        if value is None:
            return self.env._("Not known yet")
        if factor == "trend":
            return self._explain_trend(value)
        text = self._get_factor_texts().get(factor)
        formatted = self._format_value(factor, value)
        return text.replace("[value]", formatted) if text else formatted

    @api.model
    def _explain_trend(self, value):
        days = self._format_value("trend", abs(value))
        if round(value) > 0:
            return self.env._("Pays %(days)s later than before", days=days)
        if round(value) < 0:
            return self.env._("Pays %(days)s sooner than before", days=days)
        return self.env._("Pays as before")

    @api.model
    def _get_factor_texts(self):
        """Return the sentence of each factor; [value] stands for the figure."""
        return {
            "late_share": self.env._(
                "Counts as [value] late: few payments are filled up with the average "
                "of all customers"
            ),
            "weighted_days_late": self.env._(
                "By amount, with what is overdue now: [value] late"
            ),
            "oldest_overdue": self.env._("Oldest open debt is [value] overdue"),
            "overdue_ratio": self.env._("[value] of the open amount is overdue"),
            "promise_kept_ratio": self.env._("[value] of the promises were kept"),
            "bounced_count": self.env._("Bounced payments in 12 months: [value]"),
            "short_pay_share": self.env._("[value] of the invoices were paid short"),
            "tenure": self.env._("Customer for [value]"),
            "limit_use": self.env._("[value] of the credit limit is used"),
            "external_rating": self.env._("External rating is [value]"),
            "years_in_business": self.env._("In business for [value]"),
            "equity_ratio": self.env._("[value] of the balance sheet is equity"),
            "visit_finding": self.env._("The visit found [value]"),
        }


class SaleCollectionScorecardBand(models.Model):
    """Points a factor earns from one value up to the next band."""

    _name = "sale.collection.scorecard.band"
    _description = "Scorecard band"
    _order = "lower, id"
    _rec_name = "lower"

    line_id = fields.Many2one(
        "sale.collection.scorecard.line", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="line_id.company_id")
    lower = fields.Float(
        string="From",
        digits=(12, 4),
        required=True,
        help="The band holds from this value up to the next one. The first band "
        "also takes what is below it.",
    )
    points = fields.Float(
        digits=(5, 2), required=True, help="From 0 (worst) to 100 (best)."
    )

    @api.constrains("line_id", "lower", "points")
    def _check_bands(self):
        self.line_id._check_draft()
        self.line_id._check_bands()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.line_id._check_draft()

    def _get_band(self):
        return Band(self.lower, self.points)
