from odoo import api, models
from odoo.tools import SQL

from ..core.sql import branches_sql


class SaleOrderLine(models.Model):
    """Goods that customers wait for."""

    _inherit = "sale.order.line"

    @api.model
    def _collection_read_undelivered(self, company, customers):
        """Return (customer id, ids of order lines with goods that we owe)."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT customer.commercial_partner_id, ARRAY_AGG(line.id)
                  FROM sale_order_line line
                  JOIN sale_order ordered ON ordered.id = line.order_id
                  JOIN res_partner customer ON customer.id = ordered.partner_invoice_id
                  JOIN product_product product ON product.id = line.product_id
                  JOIN product_template template
                    ON template.id = product.product_tmpl_id
                 WHERE ordered.state = 'sale'
                   AND template.type = 'consu'
                   AND line.qty_delivered < line.product_uom_qty
                   AND customer.commercial_partner_id = ANY(%(customers)s)
                   AND ordered.company_id IN (%(companies)s)
                   AND NOT %(held_back)s
              GROUP BY customer.commercial_partner_id
                """,
                customers=customers.ids,
                companies=branches_sql(company),
                held_back=self._collection_get_held_back_sql(),
            )
        )

    @api.model
    def _collection_get_held_back_sql(self):
        """Return the condition that the order `ordered` is held back on purpose."""
        return SQL("FALSE")
