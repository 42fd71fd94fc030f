from odoo import api, models

# What changes the amount of an order.
AMOUNT_FIELDS = {
    "product_uom_qty",
    "price_unit",
    "discount",
    "tax_ids",
    "qty_delivered",
}


class SaleOrderLine(models.Model):
    """Confirmed orders use credit: a change of theirs reaches the profile soon."""

    _inherit = "sale.order.line"

    # The lines that still add to a customer's exposure, found without reading the
    # orders of past years.
    _collection_unbilled_idx = models.Index(
        "(order_id) WHERE state = 'sale' AND "
        "(COALESCE(untaxed_amount_invoiced, 0) < price_subtotal "
        "OR qty_delivered > product_uom_qty)"
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.order_id._collection_touch()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if not AMOUNT_FIELDS.isdisjoint(vals):
            self.order_id._collection_touch()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_touch_customer(self):
        self.order_id._collection_touch()
