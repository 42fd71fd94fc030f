from odoo import fields, models


class SaleOrderLine(models.Model):
    """What an order must not supply yet is not launched, and noted on the line.

    Everything that supplies a line goes through `_create_procurements`: deliveries,
    purchases, manufacturing and drop shipping wait alike.
    """

    _inherit = "sale.order.line"

    collection_held_qty = fields.Float(
        string="Quantity held",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="What is ordered but not launched, because the order waits for credit.",
        groups="base.group_user",
    )

    _collection_held_idx = models.Index("(product_id) WHERE collection_held_qty > 0")

    def write(self, vals):
        if not self.env.su:
            self._collection_check_write(vals)
        return super().write(vals)

    def _collection_check_write(self, vals):
        """Refuse to free an order by hand: what deliveries deliver they write."""
        by_hand = "collection_held_qty" in vals
        if "qty_delivered" in vals:
            moved = self.filtered(
                lambda line: line.qty_delivered_method == "stock_move"
            )
            orders = moved.order_id.sudo()
            by_hand |= any(order._collection_supply_waits() for order in orders)
        if by_hand:
            raise self.env["sale.collection.hold"]._make_write_error()

    def _action_launch_stock_rule(self, *, previous_product_uom_qty=False):
        if not self.env.context.get("skip_procurement"):
            self.sudo()._collection_note_held(previous_product_uom_qty)
        return super()._action_launch_stock_rule(
            previous_product_uom_qty=previous_product_uom_qty
        )

    def _create_procurements(self, product_qty, procurement_uom, values):
        """Ask only for what need not wait; less than launched is taken back as ever."""
        held = self.collection_held_qty
        if held:
            product_qty -= self.product_uom_id._compute_quantity(
                held, procurement_uom, rounding_method="HALF-UP"
            )
            if procurement_uom.compare(product_qty, 0) <= 0:
                return []
        return super()._create_procurements(product_qty, procurement_uom, values)

    def _collection_note_held(self, previous_product_uom_qty=False):
        """Write on each line what has to wait now, zero where nothing has to.

        What was delivered before deliveries were recorded does not wait.
        """
        allowed = self.order_id._collection_get_allowed_quantities()
        touched = self.filtered(
            lambda line: line.id in allowed or line.collection_held_qty
        )
        for line in touched.filtered(lambda line: line.product_id.type == "consu"):
            held = 0.0
            if line.id in allowed:
                launched = line._get_qty_procurement(previous_product_uom_qty)
                free = max(launched, allowed[line.id], line.qty_delivered)
                held = line.product_uom_id.round(max(0.0, line.product_uom_qty - free))
            if line.collection_held_qty != held:
                line.collection_held_qty = held
