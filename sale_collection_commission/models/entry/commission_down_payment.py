from odoo import api, models

from ...tools.commission_plan import Line


class SaleCollectionCommissionDownPayment(models.AbstractModel):
    """Says which lines of its order a down payment stands for.

    So that it earns by their products and shares, and what the final invoice takes
    off again does as well.
    """

    _name = "sale.collection.commission.down.payment"
    _description = "Commission on down payments"

    @api.model
    def _get_parts(self, lines):
        """Return {invoice line: {order line: part, 0-1}} of lines of down payments.

        In proportion to the amounts of the order, among lines of the same taxes.
        """
        parts = {}
        for line in lines.filtered("is_downpayment"):
            sold = line.sale_line_ids.filtered("is_downpayment")[:1]
            goods = sold.order_id.order_line.filtered(
                lambda own: not own.display_type and not own.is_downpayment
            )
            alike = goods.filtered(lambda own, to=sold: own.tax_ids == to.tax_ids)
            goods = alike or goods
            total = sum(goods.mapped("price_subtotal"))
            if total > 0:
                parts[line] = {own: own.price_subtotal / total for own in goods}
        return parts

    @api.model
    def _split_lines(self, lines, down_payments):
        """Return {invoice: lines}, lines of down payments by what they stand for.

        :param lines: {invoice: lines} as values
        :param down_payments: ids of those of down payments
        """
        if not down_payments:
            return lines
        advances = self.env["account.move.line"].browse(down_payments)
        by_line = {line.id: own for line, own in self._get_parts(advances).items()}
        for move_id in advances.move_id.ids:
            lines[move_id] = [
                part
                for line in lines[move_id]
                for part in self._split_line(line, by_line.get(line.id))
            ]
        return lines

    @api.model
    def _split_line(self, line, parts):
        if not parts:
            return [line]
        return [
            Line(
                line.id,
                line.move_id,
                line.tax_free * part,
                line.tax_included * part,
                own.product_id.id or None,
                own.product_id.categ_id.parent_path or "",
                own.order_id.id,
                own.id,
            )
            for own, part in parts.items()
        ]

    @api.model
    def _get_costs(self, parts):
        """Return {(invoice line, order line): cost} of parts of down payments."""
        costs = {}
        for line in parts:
            own = self.env["sale.order.line"].browse(line.part)
            product = own.product_id.with_company(own.company_id)
            quantity = own.product_uom_id._compute_quantity(
                own.product_uom_qty, product.uom_id, round=False, raise_if_failure=False
            )
            rate = own.order_id.currency_rate or 1.0
            size = line.tax_free / own.price_subtotal if own.price_subtotal else 0.0
            costs[line.id, line.part] = product.standard_price * quantity * rate * size
        return costs
