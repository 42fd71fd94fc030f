from odoo import models


class AccountMove(models.Model):
    """Posting and drafting change what reconciliations are worth."""

    _inherit = "account.move"

    def write(self, vals):
        res = super().write(vals)
        # Drafting, re-posting and re-dating leave the reconciliations alone but
        # change what they are worth.
        if not {"state", "date"}.isdisjoint(vals):
            self.sudo().line_ids._collection_touch(with_matched=True)
        return res
