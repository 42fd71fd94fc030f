from odoo import api, models


class AccountPayment(models.Model):
    """The payment of a bill that an accountant books."""

    _inherit = "account.payment"

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        bill_id = self.env.context.get("collection_bill_id")
        if bill_id:
            bill = self.env["sale.collection.bill"].browse(bill_id)
            bill.check_access("read")
            bill._set_payment(payments)
        return payments

    def action_post(self):
        # EXTENDS account: a payment of before says nothing of the paper it is for
        result = super().action_post()
        bills = self.env["sale.collection.bill"].sudo()
        bills.search([("payment_id", "in", self.ids)])._note_booked()
        return result
