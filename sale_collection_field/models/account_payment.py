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
        # EXTENDS account: some commission plans read the maturity on this very line
        result = super().action_post()
        bills = self.env["sale.collection.bill"].sudo()
        for bill in bills.search([("payment_id", "in", self.ids)]):
            lines = bill.payment_id._seek_for_lines()[0]
            lines.write({"date_maturity": bill.maturity_date})
            bill._touch_customers()
        return result
