from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.fields import OptionalFloat


class SaleCollectionPromise(models.Model):
    """How many of the promises that were judged were kept."""

    _inherit = "sale.collection.promise"

    kept_share = OptionalFloat(
        string="Kept (%)",
        digits=(16, 1),
        compute="_compute_kept_share",
        aggregator="avg",
        help="Kept, of those kept, partly kept or broken. Open, cancelled and "
        "superseded promises do not count.",
    )

    @api.depends("state")
    def _compute_kept_share(self):
        shares = {"kept": 100.0, "partial": 0.0, "broken": 0.0}
        for promise in self:
            promise.kept_share = shares.get(promise.state, False)

    def _field_to_sql(self, alias, field_expr, query=None):
        # EXTENDS base: lists, graphs and pivots take its average
        if field_expr != "kept_share":
            return super()._field_to_sql(alias, field_expr, query)
        return SQL(
            """CASE %s WHEN 'kept' THEN 100.0
                       WHEN 'partial' THEN 0 WHEN 'broken' THEN 0 END""",
            self._field_to_sql(alias, "state", query),
        )
