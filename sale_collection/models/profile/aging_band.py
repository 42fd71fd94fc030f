from odoo import api, fields, models

DAYS_A_YEAR = 365


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
        string="First day", required=True, help="-1: unapplied credits."
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
            return self.env._("Unapplied")
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
