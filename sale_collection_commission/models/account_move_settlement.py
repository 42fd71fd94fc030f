from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _invoice_paid_hook(self):
        """EXTENDS account: a settlement is paid when its vendor bill is."""
        res = super()._invoice_paid_hook()
        bills = self.filtered(lambda move: move.move_type == "in_invoice")
        if bills:
            settlements = self.env["sale.collection.settlement"].sudo()
            billed = settlements.search(
                [("bill_id", "in", bills.ids), ("state", "=", "confirmed")]
            )
            for record in billed:
                record._mark_paid(record.company_id._collection_today())
        return res
