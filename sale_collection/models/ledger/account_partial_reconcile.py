from odoo import api, models


class AccountPartialReconcile(models.Model):
    """Matching and unmatching change what the ledger must say."""

    _inherit = "account.partial.reconcile"

    # Matches with money dated ahead are found without reading those of past years.
    _collection_max_date_idx = models.Index("(max_date)")

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        matched = partials.sudo()
        (matched.debit_move_id | matched.credit_move_id)._collection_touch()
        return partials

    def unlink(self):
        # Registering a payment unlinks empty sets many times over.
        if not self:
            return super().unlink()
        matched = self.sudo()
        (matched.debit_move_id | matched.credit_move_id)._collection_touch()
        return super().unlink()
