from odoo import models


class PaymentTransaction(models.Model):
    """Money paid online for an order frees credit before it is booked."""

    _inherit = "payment.transaction"

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            sources = self | self.source_transaction_id
            sources.sale_order_ids._collection_touch()
        return result
