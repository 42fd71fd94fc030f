from odoo import api, fields, models

from ...tools.scorecard import Band


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
