from odoo import api, models

# What may make an order larger.
GROWING_FIELDS = {"product_id", "product_uom_qty", "price_unit", "discount", "tax_ids"}


class SaleOrderLine(models.Model):
    """A confirmed order that grows is judged again before anything more is launched."""

    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        ids = {vals.get("order_id") for vals in vals_list} - {None, False}
        orders = self.env["sale.order"].browse(sorted(ids))
        orders._collection_note_edits()
        lines = super().create(vals_list)
        orders._collection_settle_edits()
        return lines

    def write(self, vals):
        orders = self.env["sale.order"]
        if not GROWING_FIELDS.isdisjoint(vals):
            orders = self.order_id
            orders._collection_note_edits()
        result = super().write(vals)
        orders._collection_settle_edits()
        return result
