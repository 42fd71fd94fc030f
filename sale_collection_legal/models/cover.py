from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import open_lines_sql

# Taken back is what ends a hand-over, no day.
FOR_EVER = "2099-12-31"


class SaleCollectionCover(models.AbstractModel):
    """Agencies and courts ask for what was handed over to them."""

    _inherit = "sale.collection.cover"

    @api.model
    def _get_elsewhere_sql(self, company, today):
        # EXTENDS
        handed = self.env["sale.collection.handover"]._get_handed_sql(company)
        lines = open_lines_sql(company, today, SQL("line.id = ANY(ARRAY(%s))", handed))
        return SQL(
            """
            %s UNION ALL
            SELECT line.id, line.residual, %s::date, 'handed'
              FROM (%s) line WHERE line.residual > 0
            """,
            super()._get_elsewhere_sql(company, today),
            FOR_EVER,
            lines,
        )
