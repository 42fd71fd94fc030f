from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .order_edit import drop_fields, make_field_error

# What may make an order larger.
GROWING_FIELDS = {
    "order_id",
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "price_unit",
    "discount",
    "tax_ids",
}
# What decides on a hold and is computed, or linked by the system.
RULED_FIELDS = {
    "price_subtotal",
    "price_tax",
    "price_total",
    "price_reduce_taxexcl",
    "price_reduce_taxinc",
    "qty_delivered_method",
    "qty_invoiced",
    "qty_to_invoice",
    "untaxed_amount_invoiced",
    "untaxed_amount_to_invoice",
    "invoice_lines",
    "currency_id",
    "company_id",
    "order_partner_id",
    "salesman_id",
    "state",
}


class SaleOrderLine(models.Model):
    """A confirmed order that grows is judged again before anything more is launched."""

    _inherit = "sale.order.line"

    @api.model
    def _collection_get_held_back_sql(self):
        # OVERRIDE: what we hold ourselves is no delivery we owe
        return SQL(
            """EXISTS (SELECT FROM sale_collection_hold hold
                        WHERE hold.order_id = ordered.id AND hold.state = 'active')"""
        )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            self, vals_list = drop_fields(self, vals_list, self._collection_get_ruled())
        ids = {vals.get("order_id") for vals in vals_list} - {None, False}
        orders = self.env["sale.order"].browse(sorted(ids))
        edits = self.env["sale.collection.order.edit"]
        edits._note(orders)
        lines = super().create(vals_list)
        edits._settle(orders)
        return lines

    def write(self, vals):
        if not self.env.su:
            self._collection_check_write(vals)
        edits = self.env["sale.collection.order.edit"]
        orders = self.env["sale.order"]
        if not GROWING_FIELDS.isdisjoint(vals):
            orders = self.order_id | orders.browse(vals.get("order_id") or ())
            edits._note(orders)
        result = super().write(vals)
        edits._settle(orders)
        return result

    @api.model
    def _collection_get_ruled(self):
        """Return the fields that decide on holds and that no client may set."""
        return RULED_FIELDS

    def _collection_check_write(self, vals):
        """Refuse to free an order by hand.

        :raise AccessError: the value is computed, or goods of a waiting order are
            said to be delivered
        """
        refused = self._collection_get_ruled() & vals.keys()
        for name in ("is_downpayment", "is_expense"):
            # Neither is supplied: what is none of them cannot become one.
            if vals.get(name) and not all(self.mapped(name)):
                refused |= {name}
        if refused:
            raise make_field_error(self, min(refused))
        if "qty_delivered" in vals:
            self._collection_check_delivered()

    def _collection_check_delivered(self):
        """Refuse to note goods of a waiting order as delivered."""
        goods = self.filtered(lambda line: line.product_id.type == "consu")
        for order in goods.order_id:
            if order.sudo()._collection_supply_waits():
                raise AccessError(
                    self.env._(
                        "Supply of %(order)s waits: its goods cannot be noted as "
                        "delivered. Open the order and ask for its release.",
                        order=order.name,
                    )
                )
