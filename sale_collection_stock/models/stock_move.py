from odoo import models
from odoo.exceptions import AccessError


class StockMove(models.Model):
    _inherit = "stock.move"

    def write(self, vals):
        if "sale_line_id" in vals and not self.env.su:
            self._collection_check_untied(self.sudo().sale_line_id.order_id)
        return super().write(vals)

    def _collection_check_untied(self, orders):
        """Refuse to take goods out of orders that wait.

        :raise AccessError: one of the orders waits
        """
        for order in orders:
            if order._collection_supply_waits():
                raise AccessError(
                    self.env._(
                        "Supply of %(order)s waits: its goods cannot be taken out of "
                        "the order.",
                        order=order.name,
                    )
                )

    def _collection_goes_out_again(self):
        """Tell whether this move takes out no more than came back from the customer.

        By what was done, and not by the delivery it is said to return.
        """
        back = self.origin_returned_move_id
        if (
            not back
            or back.state != "done"
            or back.product_id != self.product_id
            or back.sale_line_id != self.sale_line_id
            or not back.location_id._is_outgoing()
        ):
            return False
        others = (back.returned_move_ids - self).filtered(
            lambda move: move.state == "done"
        )
        taken = sum(
            move.product_uom._compute_quantity(move.quantity, back.product_uom)
            for move in others | self
        )
        return back.product_uom.compare(taken, back.quantity) <= 0

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
