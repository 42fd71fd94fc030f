from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.aging import check_bounds

BASES = [
    ("due", "Due date"),
    ("invoice", "Invoice date"),
]


class SaleCollectionAgingScheme(models.Model):
    """How the aging report counts and cuts age: from which date, in which bands."""

    _name = "sale.collection.aging.scheme"
    _description = "Aging scheme"
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
        """Cut the bands anew."""
        self.sudo().band_ids.unlink()
        self.env["sale.collection.aging.band"].sudo().create(
            [
                {"scheme_id": scheme.id, "lower": lower, "upper": upper}
                for scheme in self
                for lower, upper in scheme._get_spans()
            ]
        )

    def _get_spans(self):
        """Return the first and last age in days of each band, credits first.

        Unapplied credits have no age: they stand in a band of their own, at -1.
        """
        self.ensure_one()
        bounds = self._parse_bounds()
        lowers = [bound + 1 for bound in bounds]
        if self.base == "due":
            return [(-1, -1), (0, 0), *zip([1, *lowers], [*bounds, 0], strict=True)]
        return [(-1, -1), *zip([0, *lowers], [*bounds, 0], strict=True)]

    def _parse_bounds(self):
        parts = self.bounds.replace(";", ",").split(",")
        try:
            bounds = [int(part) for part in parts if part.strip()]
            check_bounds(bounds)
        except ValueError as error:
            raise ValidationError(
                self.env._(
                    "Bands end after: “%(bounds)s” is not a list of rising numbers of "
                    "days. Write them like 30, 60, 90.",
                    bounds=self.bounds,
                )
            ) from error
        return bounds
