from odoo import fields, models
from odoo.tools import SQL


class SaleCollectionHeldDemand(models.Model):
    """Goods that confirmed orders ask for and that wait for credit.

    One row a line of an order. They are in no forecast: nothing is moved, bought or
    made for them until the hold is released.
    """

    _name = "sale.collection.held.demand"
    _description = "Held demand"
    _inherit = ["sale.collection.titled"]
    _auto = False
    _order = "date, id"
    _rec_name = "product_id"
    _depends = {
        "sale.order": [
            "commitment_date",
            "company_id",
            "date_order",
            "partner_invoice_id",
            "user_id",
            "warehouse_id",
        ],
        "sale.order.line": [
            "collection_held_qty",
            "customer_lead",
            "order_id",
            "product_id",
            "product_uom_id",
            "state",
            "warehouse_id",
        ],
        "product.product": ["product_tmpl_id"],
        "product.template": ["uom_id"],
        "res.partner": ["commercial_partner_id"],
        "uom.uom": ["factor"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    product_tmpl_id = fields.Many2one(
        "product.template", string="Product template", readonly=True
    )
    quantity = fields.Float(
        string="Quantity held",
        digits="Product Unit",
        readonly=True,
        help="What waits, in the unit of the product.",
    )
    uom_id = fields.Many2one("uom.uom", string="Unit", readonly=True)
    date = fields.Datetime(
        string="Wanted on",
        readonly=True,
        help="Delivery date of the order, else what its lead time gives.",
    )
    hold_state = fields.Selection(related="order_id.collection_hold_state")
    reason = fields.Char(
        compute="_compute_reason", compute_sudo=True, help="Why the order waits."
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT line.id, sale.company_id, line.order_id, sale.user_id,
                   contact.commercial_partner_id AS partner_id,
                   COALESCE(line.warehouse_id, sale.warehouse_id) AS warehouse_id,
                   line.product_id, product.product_tmpl_id, template.uom_id,
                   line.collection_held_qty * unit.factor / base.factor AS quantity,
                   COALESCE(
                       sale.commitment_date,
                       sale.date_order + line.customer_lead * INTERVAL '1 day'
                   ) AS date
              FROM sale_order_line line
              JOIN sale_order sale ON sale.id = line.order_id
              JOIN res_partner contact ON contact.id = sale.partner_invoice_id
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN uom_uom unit ON unit.id = line.product_uom_id
              JOIN uom_uom base ON base.id = template.uom_id
             WHERE line.collection_held_qty > 0
               AND line.state = 'sale'
            """
        )

    def _compute_reason(self):
        for row in self:
            row.reason = row.order_id._collection_get_wait_reason()

    def action_open_order(self):
        """Open the order that waits, or its hold where the user reads no orders."""
        self.ensure_one()
        if self.order_id.has_access("read"):
            return self.order_id._get_records_action()
        hold = self.order_id.sudo().collection_hold_id.sudo(False)
        return hold._get_records_action()
