from odoo import api, models


class SaleCollectionBounce(models.Model):
    """A bill bounces with its payment, and is in hand again when that is undone."""

    _inherit = "sale.collection.bounce"

    @api.model_create_multi
    def create(self, vals_list):
        bounces = super().create(vals_list)
        bounces._find_bills()._move_to("bounced")
        return bounces

    def action_undo(self):
        bills = self._find_bills()
        result = super().action_undo()
        bills._move_to("deposited")
        return result

    def _find_bills(self):
        bills = self.env["sale.collection.bill"].sudo()
        return bills.search([("payment_id", "in", self.sudo().payment_id.ids)])
