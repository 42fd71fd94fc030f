from odoo import models


class PaymentTransaction(models.Model):
    """Orders confirmed by money: judged, but never in the way of the payment."""

    _inherit = "payment.transaction"

    def _check_amount_and_confirm_order(self):
        # EXTENDS: nobody retries this transaction. Where another session uses the
        # same credit just now, the order is confirmed a minute later instead. With
        # the rights of the system a refusal becomes a hold.
        confirmed = self.env["sale.order"]
        judge = self.env["sale.collection.order.judge"]
        for transaction in self.sudo():
            orders = transaction.sale_order_ids
            if judge._try_lock(orders):
                confirmed |= super(
                    PaymentTransaction, transaction
                )._check_amount_and_confirm_order()
            else:
                orders._collection_confirm_later()
        return confirmed.sudo(self.env.su)
