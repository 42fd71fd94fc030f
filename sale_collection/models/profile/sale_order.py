from odoo import api, models

# What changes how much credit an order uses, or whose.
CREDIT_FIELDS = {
    "state",
    "partner_id",
    "partner_invoice_id",
    "currency_id",
    "date_order",
}
# What changes the amount of an order.
AMOUNT_FIELDS = {
    "product_uom_qty",
    "price_unit",
    "discount",
    "tax_ids",
    "qty_delivered",
}


class SaleOrder(models.Model):
    """Confirmed orders use credit: a change of theirs reaches the profile soon."""

    _inherit = "sale.order"

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._collection_touch()
        return orders

    def write(self, vals):
        relevant = not CREDIT_FIELDS.isdisjoint(vals)
        if relevant:
            self._collection_touch()  # the customer it is taken from
        result = super().write(vals)
        if relevant:
            self._collection_touch()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_touch_customer(self):
        self._collection_touch()

    def _collection_filter_shown(self):
        # EXTENDS: orders are shown to those who decide on credit of all customers
        shown = super()._collection_filter_shown()
        if not self.env.user.has_group("sale_collection.group_all_customers"):
            return shown
        customers = self.env["res.partner"]
        return shown | customers._collection_filter_documents(self - shown)

    def _collection_touch(self):
        """Have the profiles of these orders' customers refreshed soon.

        Quotations use no credit: nothing is queued for them.
        """
        queue = self.env["sale.collection.queue"].sudo()
        orders = self.sudo().filtered(lambda order: order.state == "sale")
        for company, group in orders.grouped("company_id").items():
            # Whose customers these are the queue finds out: nobody waits for it.
            queue._push("partner", group.partner_invoice_id.ids, company)


class SaleOrderLine(models.Model):
    """Lines of confirmed orders: what they add to the credit used may change."""

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
