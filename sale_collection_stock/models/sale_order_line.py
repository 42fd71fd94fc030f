from odoo import api, fields, models
from odoo.exceptions import AccessError


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

    @api.model
    def _collection_get_ruled(self):
        # EXTENDS: what waits is noted by the launch, see below
        return super()._collection_get_ruled() | {"collection_held_qty"}

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS: what of goods has left is what deliveries say
        lines = super().create(vals_list)
        if not self.env.su and any(vals.get("qty_delivered") for vals in vals_list):
            goods = lines.filtered(lambda line: line.product_id.type == "consu")
            self.env.add_to_compute(lines._fields["qty_delivered"], goods)
        return lines

    def _collection_check_write(self, vals):
        # EXTENDS: what deliveries deliver they write themselves
        res = super()._collection_check_write(vals)
        goods = self.filtered(lambda line: line.product_id.type == "consu")
        if "qty_delivered" in vals and goods:
            raise AccessError(
                self.env._(
                    "What has been delivered of %(product)s is counted from "
                    "deliveries: validate the delivery of %(order)s instead.",
                    product=goods[0].product_id.display_name,
                    order=goods[0].order_id.name,
                )
            )
        return res

    def _action_launch_stock_rule(self, *, previous_product_uom_qty=False):
        if self.env.context.get("skip_procurement"):
            return super()._action_launch_stock_rule(
                previous_product_uom_qty=previous_product_uom_qty
            )
        lines = self - self._collection_put_off(previous_product_uom_qty or {})
        if self and not lines:
            return True
        lines.sudo()._collection_note_held(previous_product_uom_qty)
        return super(SaleOrderLine, lines)._action_launch_stock_rule(
            previous_product_uom_qty=previous_product_uom_qty
        )

    def _collection_put_off(self, quantities):
        """Return the lines of orders that are being saved: launched afterwards.

        :param quantities: {line id: quantity before}
        """
        saves = self.env["sale.collection.order.edit"]._get_saves()
        lines = self.filtered(lambda line: line.order_id.id in saves)
        for line in lines:
            saves[line.order_id.id].setdefault(line.id, quantities.get(line.id, 0.0))
        return lines

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
