from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.aging import check_bounds

BASES = [
    ("due", "Due date"),
    ("invoice", "Invoice date"),
]

DAYS_A_YEAR = 365
# Columns a screen takes, and a hundred years.
MOST_BANDS, MOST_DAYS = 24, 36500


class SaleCollectionAgingScheme(models.Model):
    """How the aging report counts and cuts age: from which date, in which bands."""

    _name = "sale.collection.aging.scheme"
    _description = "Aging scheme"
    _inherit = ["sale.collection.code.written"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    base = fields.Selection(
        BASES,
        string="Age counts from",
        required=True,
        default="due",
        help="Due date: how long amounts are overdue. Invoice date: how old they are.",
    )
    bounds = fields.Char(
        string="Bands end after (days)",
        required=True,
        default="30, 60, 90",
        help="Last day of each band but the open one, such as 30, 60, 90. Multiples "
        "of 365 read as years.",
    )
    band_ids = fields.One2many("sale.collection.aging.band", "scheme_id", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        schemes = super().create(vals_list)
        schemes._rebuild_bands()
        return schemes

    def write(self, vals):
        result = super().write(vals)
        if {"base", "bounds"} & set(vals):
            self._rebuild_bands()
        return result

    def _rebuild_bands(self):
        """Replace the bands of these schemes by those their bounds make."""
        self.sudo().band_ids.unlink()
        self.env["sale.collection.aging.band"].sudo().create(
            [
                {"scheme_id": scheme.id, "lower": lower, "upper": upper}
                for scheme in self
                for lower, upper in scheme._get_spans()
            ]
        )

    def _get_spans(self):
        """Return (first, last) age in days of each band; the last day 0 is open end.

        Unapplied credits have no age: they stand in a band of their own, at -1.
        """
        self.ensure_one()
        bounds = self._parse_bounds()
        lowers = [bound + 1 for bound in bounds]
        if self.base == "due":
            return [(-1, -1), (0, 0), *zip([1, *lowers], [*bounds, 0], strict=True)]
        return [(-1, -1), *zip([0, *lowers], [*bounds, 0], strict=True)]

    def _parse_bounds(self):
        """Return the last day of each band but the open one.

        :raise ValidationError: no list of rising numbers
        """
        parts = self.bounds.replace(";", ",").split(",")
        try:
            bounds = [int(part) for part in parts if part.strip()]
            check_bounds(bounds)
            if len(bounds) > MOST_BANDS or bounds[-1] > MOST_DAYS:
                raise ValueError("bounds_beyond")
        except ValueError as error:
            raise ValidationError(
                self.env._(
                    "Bands end after: “%(bounds)s” is not a list of rising numbers of "
                    "days, at most %(most)s up to %(days)s. Write them like "
                    "30, 60, 90.",
                    bounds=self.bounds,
                    most=MOST_BANDS,
                    days=MOST_DAYS,
                )
            ) from error
        return bounds


class SaleCollectionAgingBand(models.Model):
    """One column of the aging report."""

    _name = "sale.collection.aging.band"
    _description = "Aging band"
    _order = "scheme_id, lower"
    _log_access = False

    scheme_id = fields.Many2one(
        "sale.collection.aging.scheme", required=True, index=True, ondelete="cascade"
    )
    lower = fields.Integer(
        string="First day", required=True, help="-1: credits not yet matched."
    )
    upper = fields.Integer(
        string="Last day", required=True, help="0 on the last band: open end."
    )

    @api.depends("lower", "upper", "scheme_id.base")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for band in self:
            band.display_name = band._get_label()

    def _get_label(self):
        """Return what the column is called."""
        self.ensure_one()
        if self.lower < 0:
            return self.env._("Not yet matched")
        if not self.lower and not self.upper:
            return self.env._("Not due")
        first, last = max(self.lower - 1, 0), self.upper
        in_years = first % DAYS_A_YEAR == 0 and last % DAYS_A_YEAR == 0
        if in_years and (first or last):
            return self._get_years_label(first // DAYS_A_YEAR, last // DAYS_A_YEAR)
        if not last:
            return self.env._("Over %(days)s days", days=first)
        return self.env._("%(first)s-%(last)s days", first=self.lower, last=last)

    def _get_years_label(self, first, last):
        if not last and first == 1:
            return self.env._("Over 1 year")
        if not last:
            return self.env._("Over %(years)s years", years=first)
        if not first and last == 1:
            return self.env._("Up to 1 year")
        if not first:
            return self.env._("Up to %(years)s years", years=last)
        return self.env._("%(first)s-%(last)s years", first=first, last=last)
