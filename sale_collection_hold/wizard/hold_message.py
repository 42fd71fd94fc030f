from odoo import fields, models
from odoo.exceptions import UserError

KINDS = [
    ("request", "Ask for release"),
    ("question", "Ask the salesperson"),
    ("reject", "Do not supply"),
]


class SaleCollectionHoldMessage(models.TransientModel):
    """A few words on held orders, from the salesperson or the controller."""

    _name = "sale.collection.hold.message"
    _description = "Message on held orders"

    kind = fields.Selection(KINDS, required=True, readonly=True)
    hold_ids = fields.Many2many("sale.collection.hold", string="Held", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True)
    body = fields.Text(string="Message")

    def action_apply(self):
        """Ask, or decide against, with these words."""
        self.ensure_one()
        if not (self.body or "").strip():
            raise UserError(self.env._("Message: write a few words, they stay."))
        if not (self.order_id if self.kind == "request" else self.hold_ids):
            raise UserError(self.env._("Orders: choose those this is about."))
        if self.kind == "request":
            order = self._collection_get_given("order_id")
            order._collection_ask_release(self.body)
        elif self.kind == "question":
            news = self.env["sale.collection.hold.news"]
            holds = self._collection_get_given("hold_ids")
            news._ask_salesperson(holds, self.body)
        else:
            self._collection_get_given("hold_ids").action_reject(self.body)
        return {"type": "ir.actions.act_window_close"}
