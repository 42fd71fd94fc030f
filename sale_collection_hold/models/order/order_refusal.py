from odoo import api, models
from odoo.exceptions import UserError

from ...exceptions import OrderRefused


class SaleCollectionOrderRefusal(models.AbstractModel):
    """Say which orders the rules refuse, why, and the way out."""

    _name = "sale.collection.order.refusal"
    _description = "Refusal of orders"

    @api.model
    def _make(self, orders, refused):
        """Return one error that names every refused order.

        :param orders: all orders somebody wanted to confirm, or changed
        :param refused: Judgements of those refused
        """
        lines = "\n".join(self._get_line(orders, found) for found in refused)
        if any(order.state == "sale" for order in orders):
            return UserError(
                self.env._("These orders cannot grow:\n%(orders)s", orders=lines)
            )
        text = self.env._("These orders cannot be confirmed:\n%(orders)s", orders=lines)
        if len(orders) > 1:
            text += "\n" + self.env._("Nothing has been confirmed.")
        return OrderRefused(text, *self._get_way_out(orders))

    @api.model
    def _get_line(self, orders, judgement):
        order = orders.sudo().browse(judgement.order.id)
        texts = self.env["sale.collection.hold.text"]
        reasons = texts._describe_reasons(
            judgement.reasons(*texts._get_words()), order.company_id.currency_id
        )
        return f"- {order.name}: {'; '.join(reasons)}"

    @api.model
    def _get_way_out(self, orders):
        """Return action, label and context of the button beside the refusal."""
        if len(orders) == 1:
            action = orders.action_collection_request_release()
            return action, self.env._("Ask for release"), {}
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_hold.hold_confirm_action"
        )
        context = {"default_order_ids": orders.ids}
        return action, self.env._("Confirm those that pass"), context
