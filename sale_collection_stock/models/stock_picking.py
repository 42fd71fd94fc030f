from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# States of an order's hold in which a delivery may have to wait; a release may be of a
# part.
KEEPING = ("held", "rejected", "released")


class StockPicking(models.Model):
    """A delivery of an order on hold does not leave, and says why.

    Only deliveries to customers are stopped. What is reserved stays reserved.
    """

    _inherit = "stock.picking"

    collection_is_held = fields.Boolean(
        string="On hold",
        compute="_compute_collection_is_held",
        search="_search_collection_is_held",
        compute_sudo=True,
        help="Goods reserved for this delivery must not leave yet.",
        groups="base.group_user",
    )
    collection_hold_reason = fields.Text(
        string="Why it waits",
        compute="_compute_collection_is_held",
        compute_sudo=True,
        groups="base.group_user",
    )

    @api.depends(
        "state",
        "sale_id.collection_hold_state",
        "move_ids.quantity",
        "move_ids.sale_line_id",
    )
    def _compute_collection_is_held(self):
        held = self._collection_find_held()
        for picking in self:
            orders = held.get(picking)
            picking.collection_is_held = bool(orders)
            picking.collection_hold_reason = orders and "\n".join(
                picking._collection_get_wait_texts(orders)
            )

    def _search_collection_is_held(self, operator, value):
        if operator != "in":
            return NotImplemented
        waiting = self.search(
            [
                ("picking_type_id.code", "=", "outgoing"),
                ("state", "not in", ("done", "cancel")),
                ("sale_id.collection_hold_state", "in", KEEPING),
            ]
        )
        held = Domain("id", "in", waiting.filtered("collection_is_held").ids)
        return held if True in value else ~held

    # === CRUD ===#

    def write(self, vals):
        if "sale_id" in vals and not self.env.su:
            orders = self.sudo().move_ids.sale_line_id.order_id | self.sudo().sale_id
            self.move_ids._collection_check_untied(orders)
        return super().write(vals)

    # === VALIDATE ===#

    def button_validate(self):
        """Validate the deliveries that may leave and name those that may not.

        A hold opened by this very check must be kept, and an error would undo it: the
        user then gets a notification instead.
        """
        todo = self.filtered(lambda picking: picking.state != "done")
        known = todo._collection_find_held()
        held = todo._collection_judge_orders()
        if not held:
            with todo._collection_keep_judged():
                return super().button_validate()
        stopped = todo.browse(picking.id for picking in held)
        going = todo - stopped
        text = stopped._collection_get_stop_text(held)
        if not going:
            if held.keys() <= known.keys():
                raise UserError(text)
            return self._collection_notify_stopped(text)
        stopped._collection_leave_out(text)
        with going._collection_keep_judged():
            return super(StockPicking, going).button_validate()

    @contextmanager
    def _collection_keep_judged(self):
        """Do not judge again, in what follows, what has just been judged under lock."""
        judged = self._collection_get_judged()
        new = set(self.ids) - judged
        judged |= new
        try:
            yield
        finally:
            judged -= new

    @api.model
    def _collection_get_judged(self):
        """Return the ids of the deliveries being validated, judged already."""
        data = self.env.cr.precommit.data
        return data.setdefault("sale_collection.judged_pickings", set())

    def _action_done(self):
        held = self._collection_judge_orders()
        if not held:
            return super()._action_done()
        stopped = self.browse(picking.id for picking in held)
        going = self - stopped
        text = stopped._collection_get_stop_text(held)
        if not going:
            raise UserError(text)
        stopped._collection_leave_out(text)
        return super(StockPicking, going)._action_done()

    def _collection_judge_orders(self):
        """Judge the orders of these deliveries now; return {delivery: orders that
        keep it}.

        Orders are judged under lock: of two deliveries validated at once that do not
        both fit the free credit, one passes.
        """
        judged = self._collection_get_judged()
        orders = self.env["sale.order"].sudo()
        for picking in self.sudo():
            if picking.id not in judged:
                orders |= picking._collection_get_orders()
        orders._collection_recheck()
        return self._collection_find_held()

    def _collection_get_stop_text(self, held):
        """Say which deliveries must wait, for which orders and why."""
        lines = [
            f"- {picking.name} ({text})"
            for picking, orders in held.items()
            for text in picking._collection_get_wait_texts(orders)
        ]
        return self.env._(
            "These goods must not leave yet:\n%(deliveries)s\n"
            "They stay reserved. A credit controller can release the order.",
            deliveries="\n".join(lines),
        )

    def _collection_notify_stopped(self, text):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger",
                "title": self.env._("On hold"),
                "message": text,
                "sticky": True,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _collection_leave_out(self, text):
        """Take deliveries on hold out of a common validation and say so."""
        if "batch_id" in self._fields:
            for batch in self.batch_id:
                batch.message_post(body=text)
            self.batch_id = False
        self.env.user._bus_send(
            "simple_notification",
            {
                "type": "warning",
                "title": self.env._("Left out: on hold"),
                "message": text,
                "sticky": True,
            },
        )

    # === WHICH ORDERS KEEP IT ===#

    def _collection_get_orders(self):
        """Return the orders whose goods this transfer takes to a customer.

        None for receipts, returns, internal transfers and what a vendor ships. What
        came back from the customer may go out again.
        """
        self.ensure_one()
        moves = self._collection_get_moves()
        if (
            not moves
            or self.picking_type_id.code != "outgoing"
            or not self.location_dest_id._is_outgoing()
        ):
            return self.env["sale.order"]
        return moves.sale_line_id.order_id | self.sale_id

    def _collection_get_moves(self):
        return self.move_ids.filtered(
            lambda move: (
                move.state not in ("done", "cancel")
                and not move._collection_goes_out_again()
            )
        )

    def _collection_find_held(self):
        """Return {delivery: orders that keep it}, by the holds as they are stored."""
        found = {}
        open_pickings = self.filtered(lambda one: one.state not in ("done", "cancel"))
        for picking in open_pickings.sudo():
            orders = picking._collection_get_orders().filtered(
                lambda order: order._collection_supply_waits()
            )
            over = orders.filtered(picking._collection_takes_too_much)
            if over:
                found[picking.sudo(self.env.su)] = over
        return found

    def _collection_takes_too_much(self, order):
        """Tell whether this delivery takes more than a waiting order may supply."""
        allowed = order._collection_get_allowed_quantities()
        moves = self._collection_get_moves()
        leaving = moves.filtered("picked") or moves
        free = leaving.filtered(lambda move: move.sale_line_id.order_id - order)
        for line, parts in (leaving - free).grouped("sale_line_id").items():
            if parts._collection_exceed(line, allowed.get(line.id, 0.0)):
                return True
        return False

    def _collection_get_wait_texts(self, orders):
        """Return one line for each order: what keeps this delivery."""
        return [
            f"{order.name}: {order._collection_get_wait_reason()}" for order in orders
        ]
