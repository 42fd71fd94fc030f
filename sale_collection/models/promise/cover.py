from odoo import api, models
from odoo.tools import SQL


class SaleCollectionCover(models.AbstractModel):
    """A rest is not asked for while its waiver waits: the customer kept its plan."""

    _inherit = "sale.collection.cover"

    @api.model
    def _get_covered_sql(self, company, today):
        return SQL(
            """
            %(covered)s UNION ALL
            SELECT request.line_id, request.amount, %(today)s AS until,
                   'waiver' AS kind
              FROM sale_collection_write_off request
             WHERE request.promise_id IS NOT NULL
               AND request.state = 'requested'
               AND request.company_id = %(company)s
            """,
            covered=super()._get_covered_sql(company, today),
            today=today,
            company=company.id,
        )
