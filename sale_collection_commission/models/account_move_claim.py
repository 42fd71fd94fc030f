from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft)
        self.env["sale.collection.commission.claim"].sudo()._freeze(
            posted.filtered(lambda move: move.is_sale_document(include_receipts=True))
        )
        return posted
