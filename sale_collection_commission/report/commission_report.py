from odoo import fields, models
from odoo.tools import SQL

from ..models.entry.commission_entry import KINDS


class SaleCollectionCommissionReport(models.Model):
    """Commission by rep, customer, product and month, in company currency.

    An entry is divided over the invoice lines its rate was found for, by their
    amounts without tax; what stands for no product is one row without.
    """

    _name = "sale.collection.commission.report"
    _description = "Commission analysis"
    _inherit = ["sale.collection.titled"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "move_id"
    _depends = {
        "sale.collection.commission.entry": ["amount_company", "rate_id", "move_id"],
        "sale.collection.commission.rate": ["sequence", "product_id", "categ_id"],
        "account.move.line": [
            *("price_subtotal", "product_id", "display_type", "is_downpayment"),
        ],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    entry_id = fields.Many2one("sale.collection.commission.entry", readonly=True)
    date = fields.Date(string="Date of the money", readonly=True)
    user_id = fields.Many2one("res.users", string="Rep", readonly=True)
    agent_id = fields.Many2one("res.partner", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales team", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one(
        "product.category", string="Product category", readonly=True
    )
    plan_id = fields.Many2one("sale.collection.commission.plan", readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    amount = fields.Monetary(
        string="Commission", readonly=True, currency_field="company_currency_id"
    )
    collected = fields.Monetary(
        string="Base collected",
        readonly=True,
        currency_field="company_currency_id",
        help="What the commission was paid on, of money collected.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT entry.id * 4096::bigint + COALESCE(part.number, 0) AS id,
                   entry.id AS entry_id, entry.company_id, entry.date, entry.user_id,
                   entry.agent_id, move.team_id, entry.partner_id, entry.move_id,
                   entry.plan_id, entry.kind, part.product_id, template.categ_id,
                   entry.amount_company * COALESCE(part.weight, 1) AS amount,
                   CASE WHEN entry.kind = 'accrual'
                        THEN entry.base_amount * entry.share * COALESCE(part.weight, 1)
                             * COALESCE(receipt.amount
                                        / NULLIF(receipt.amount_currency, 0), 1)
                        ELSE 0 END AS collected
              FROM sale_collection_commission_entry entry
         LEFT JOIN account_move move ON move.id = entry.move_id
         LEFT JOIN sale_collection_receipt receipt ON receipt.id = entry.receipt_id
         LEFT JOIN LATERAL (%s) part ON TRUE
         LEFT JOIN product_product product ON product.id = part.product_id
         LEFT JOIN product_template template ON template.id = product.product_tmpl_id
            """,
            self._get_parts_query(),
        )

    def _get_parts_query(self):
        """SQL: the invoice lines of the entry, with their part of it (0-1).

        A line is of the first rate that pays on its invoice and is for its product.
        Down payments taken off are no part: they stand for the other lines.
        """
        return SQL(
            """
            SELECT line.product_id,
                   ROW_NUMBER() OVER (ORDER BY line.id) AS number,
                   COALESCE(line.price_subtotal
                            / NULLIF(SUM(line.price_subtotal) OVER (), 0),
                            1.0 / COUNT(*) OVER ()) AS weight
              FROM account_move_line line
         LEFT JOIN product_product product ON product.id = line.product_id
         LEFT JOIN product_template template ON template.id = product.product_tmpl_id
         LEFT JOIN product_category category ON category.id = template.categ_id
         LEFT JOIN LATERAL (
                SELECT rate.id
                  FROM sale_collection_commission_rate rate
             LEFT JOIN product_category chosen ON chosen.id = rate.categ_id
                 WHERE rate.plan_id = entry.plan_id
                   AND COALESCE(rate.product_id, line.product_id, 0)
                       = COALESCE(line.product_id, 0)
                   AND (chosen.id IS NULL
                        OR category.parent_path LIKE chosen.parent_path || '%%')
                   AND rate.id IN (
                       SELECT other.rate_id FROM sale_collection_commission_entry other
                        WHERE other.move_id = entry.move_id
                          AND other.plan_id = entry.plan_id)
                 ORDER BY rate.sequence, rate.id
                 LIMIT 1) first_rate ON TRUE
             WHERE line.move_id = entry.move_id
               AND line.display_type = 'product'
               AND line.price_subtotal <> 0
               AND line.is_downpayment IS NOT TRUE
               AND (entry.rate_id IS NULL OR entry.rate_id = first_rate.id)
            """
        )
