from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.sql import root_company_sql

from ..tools.snapshot import DAYS_A_YEAR


class SaleCollectionReasonReport(models.Model):
    """What late money costs at the rate of the company, reason by reason."""

    _inherit = "sale.collection.reason.report"
    _depends = {"res.company": ["collection_cost_rate"]}

    cost = fields.Monetary(
        readonly=True,
        help="Late amount x days x the yearly cost of overdue money of the company "
        "/ 365.",
    )

    @property
    def _table_query(self):
        # As `tools.snapshot.overdue_cost`.
        return SQL(
            """
            SELECT late.*,
                   late.amount_days * root.collection_cost_rate::numeric
                       / 100 / %s AS cost
              FROM (%s) late
              JOIN res_company company ON company.id = late.company_id
              JOIN res_company root ON root.id = %s
            """,
            DAYS_A_YEAR,
            super()._table_query,
            root_company_sql(),
        )
