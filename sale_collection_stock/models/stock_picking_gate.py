from odoo import models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    """The door: goods of an order on hold do not leave, whoever opens it.

    Only deliveries to customers are stopped. What is reserved stays reserved.
    """

    _inherit = "stock.picking"

    def button_validate(self):
        """Validate what may leave; name what may not.

        A hold found at the door must be kept, and an error would undo it: then the
        message is a notification.
        """
        todo = self.filtered(lambda picking: picking.state != "done")
        known = todo._collection_find_held()
        held = todo._collection_judge()
        if not held:
            return super().button_validate()
        stopped = todo.browse(picking.id for picking in held)
        going = todo - stopped
        text = stopped._collection_get_stop_text(held)
        if not going:
            if held.keys() <= known.keys():
                raise UserError(text)
            return self._collection_notify_stopped(text)
        stopped._collection_leave_out(text)
        return super(StockPicking, going).button_validate()

    def _action_done(self):
        held = self._collection_judge()
        if not held:
            return super()._action_done()
        stopped = self.browse(picking.id for picking in held)
        going = self - stopped
        text = stopped._collection_get_stop_text(held)
        if not going:
            raise UserError(text)
        stopped._collection_leave_out(text)
        return super(StockPicking, going)._action_done()

    def _collection_judge(self):
        """Return {delivery: orders that keep it}, by what is known at this moment.

        Orders are judged under lock: of two deliveries at once that do not both fit
        the free credit one passes.
        """
        orders = self.env["sale.order"].sudo()
        for picking in self.sudo():
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
