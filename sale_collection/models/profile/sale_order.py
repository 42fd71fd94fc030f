from odoo import api, models

# What changes how much credit an order uses, or whose.
CREDIT_FIELDS = {
    "state",
    "partner_id",
    "partner_invoice_id",
    "currency_id",
    "date_order",
}


class SaleOrder(models.Model):
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

    def _collection_touch(self):
        """Have the profiles of these orders' customers refreshed soon.

        Quotations use no credit: nothing is queued for them.
        """
        queue = self.env["sale.collection.queue"].sudo()
        orders = self.sudo().filtered(lambda order: order.state == "sale")
        for company, group in orders.grouped("company_id").items():
            customers = group.partner_invoice_id.commercial_partner_id
            queue._push("partner", customers.ids, company)
