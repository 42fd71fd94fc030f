from odoo import api, fields, models


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
    )

    _collection_held_idx = models.Index("(product_id) WHERE collection_held_qty > 0")

    # Core launches inside `create` and `write`, before anyone could judge the order
    # with what is asked now: here it is judged first.

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("skip_procurement"):
            return super().create(vals_list)
        quiet = super(SaleOrderLine, self.with_context(skip_procurement=True))
        lines = quiet.create(vals_list).with_env(self.env)
        lines._collection_launch_changed()
        return lines

    def write(self, vals):
        if "product_uom_qty" not in vals or self.env.context.get("skip_procurement"):
            return super().write(vals)
        previous = {line.id: line.product_uom_qty for line in self}
        quiet = super(SaleOrderLine, self.with_context(skip_procurement=True))
        result = quiet.write(vals)
        self._collection_launch_changed(previous)
        return result

    def _collection_launch_changed(self, previous_product_uom_qty=False):
        """Judge the confirmed orders of these lines again, then launch what may go."""
        lines = self.filtered(lambda line: line.state == "sale" and not line.is_expense)
        if lines:
            lines.order_id._collection_recheck()
            lines._action_launch_stock_rule(
                previous_product_uom_qty=previous_product_uom_qty
            )

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
        """Write on each line what has to wait now, zero where nothing has to."""
        allowed = self.order_id._collection_get_allowed_quantities()
        for line in self:
            if not line.collection_held_qty and line.id not in allowed:
                continue
            held = 0.0
            if line.id in allowed and line.product_id.type == "consu":
                launched = line._get_qty_procurement(previous_product_uom_qty)
                held = line.product_uom_qty - max(launched, allowed[line.id])
            held = max(0.0, line.product_uom_id.round(held))
            if line.collection_held_qty != held:
                line.collection_held_qty = held
