from odoo import api, models


class AccountPartialReconcile(models.Model):
    """Money matched with the instalments of a bill may be its payment."""

    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        self.env["sale.collection.bill"].sudo()._tie_payments(partials.sudo())
        return partials
