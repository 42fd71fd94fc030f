from odoo import api, fields, models
from odoo.exceptions import UserError

NOT_LAUNCHED = "sale_collection_stock.activity_not_launched"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    collection_has_held = fields.Boolean(
        compute="_compute_collection_has_held",
        export_string_translation=False,
        groups="base.group_user",
    )

    @api.depends("order_line.collection_held_qty")
    def _compute_collection_has_held(self):
        for order in self:
            order.collection_has_held = any(
                line.collection_held_qty > 0 for line in order.order_line
            )

    def _collection_get_allowed_quantities(self):
        """Return {line id: quantity it may supply in all} of orders that wait."""
        allowed = {}
        for order in self:
            if order._collection_supply_waits():
                allowed |= dict.fromkeys(order.order_line.ids, 0.0)
                allowed |= order._collection_get_allowance() or {}
        return allowed

    def _collection_get_wait_reason(self):
        """Return why this order waits, in one line; empty when it does not."""
        self.ensure_one()
        if not self._collection_supply_waits():
            return ""
        hold = self.sudo().collection_hold_id
        if hold.state == "rejected":
            reason = hold.release_reason or self.env._("no reason given")
            return self.env._("rejected: %(reason)s", reason=reason)
        if hold.state == "released":
            amount = hold.currency_id.format(hold.release_amount)
            return self.env._("released up to %(amount)s", amount=amount)
        texts = self.env["sale.collection.hold.text"]
        return "; ".join(texts._describe_reasons(hold.reasons, hold.currency_id))

    def _collection_recheck(self, today=None):
        """Try again what is free to go but could not be launched before."""
        result = super()._collection_recheck(today)
        held = self.env["sale.order.line"].sudo()
        held = held.search(
            [("order_id", "in", self.ids), ("collection_held_qty", ">", 0)]
        )
        held.order_id.filtered(
            lambda order: not order._collection_supply_waits()
        )._collection_launch_supply()
        return result

    def _collection_launch_supply(self):
        """Launch what was held back and may go now, each order by itself.

        Where goods cannot be procured (no route, no vendor) the order keeps its held
        demand and its salesperson is told: credit and logistics are two decisions.
        """
        result = super()._collection_launch_supply()
        for order in self.sudo().filtered(lambda order: order.state == "sale"):
            lines = order.order_line.filtered("collection_held_qty")
            if not lines:
                continue
            try:
                with self.env.cr.savepoint():
                    order._collection_launch_lines(lines)
            except UserError as error:
                order._collection_tell_not_launched(error)
        return result

    def _collection_launch_lines(self, lines):
        """Launch supply of held lines of one order, also of a locked one."""
        locked = self.locked
        if locked:
            self.locked = False
        lines.with_context(skip_procurement=False)._action_launch_stock_rule()
        self.activity_unlink([NOT_LAUNCHED])
        if locked:
            self.locked = True

    def _collection_tell_not_launched(self, error):
        """Have the salesperson look into it, once."""
        if not self.activity_search([NOT_LAUNCHED]):
            user = self.user_id.id or self.env.uid
            self.activity_schedule(NOT_LAUNCHED, note=str(error), user_id=user)

    def _action_cancel(self):
        self.order_line.sudo().filtered("collection_held_qty").collection_held_qty = 0.0
        return super()._action_cancel()
