from odoo import api, models

# What of a part says whether supply waits for it.
TERMS = {"amount", "date", "order_id", "percent", "sequence"}


class SaleCollectionContractLine(models.Model):
    """Orders are judged again when what is due of their plans changes."""

    _inherit = "sale.collection.contract.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.order_id._collection_touch()
        return lines

    def write(self, vals):
        if TERMS.isdisjoint(vals):
            return super().write(vals)
        before = self.order_id
        result = super().write(vals)
        (before | self.order_id)._collection_touch()
        return result

    def unlink(self):
        orders = self.order_id
        result = super().unlink()
        orders._collection_touch()
        return result
