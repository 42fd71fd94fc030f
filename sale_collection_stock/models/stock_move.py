from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _collection_exceed(self, line, allowed):
        """Tell whether these moves of one order line take more than `allowed` in all.

        :param line: the order line, empty for goods added to the delivery by hand
        :param float allowed: in the unit of the line, with what was delivered before
        """
        if not line or any(move.product_id != line.product_id for move in self):
            # Parts of a kit, or goods nobody ordered: all of the line or nothing.
            return not line or allowed < line.product_uom_qty
        taken = sum(
            move.product_uom._compute_quantity(
                move.quantity, line.product_uom_id, rounding_method="HALF-UP"
            )
            for move in self
        )
        if not taken:
            return allowed <= line.qty_delivered
        return line.product_uom_id.compare(line.qty_delivered + taken, allowed) > 0
