from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleCollectionHoldConfirm(models.TransientModel):
    """Confirm several quotations: those the supply rules do not refuse."""

    _name = "sale.collection.hold.confirm"
    _description = "Confirm orders that pass"

    order_ids = fields.Many2many("sale.order", string="Orders", required=True)
    line_ids = fields.One2many(
        "sale.collection.hold.confirm.line",
        "confirm_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    passing_count = fields.Integer(compute="_compute_passing_count")

    @api.depends("order_ids")
    def _compute_line_ids(self):
        for wizard in self:
            orders = wizard.order_ids._origin
            verdicts = orders._collection_foresee()
            wizard.line_ids = [
                fields.Command.clear(),
                *(
                    fields.Command.create(wizard._prepare_line(order, verdicts[order]))
                    for order in orders.sorted(
                        lambda order: (order.date_order, order.id)
                    )
                ),
            ]

    @api.depends("line_ids.strength")
    def _compute_passing_count(self):
        for wizard in self:
            passing = wizard.line_ids.filtered(lambda line: line.strength != "refuse")
            wizard.passing_count = len(passing)

    @api.model
    def _prepare_line(self, order, verdict):
        reasons = self.env["sale.collection.hold.text"]._describe_reasons(
            verdict["reasons"], order.company_id.currency_id
        )
        return {
            "order_id": order.id,
            "strength": verdict["strength"],
            "reason": "\n".join(reasons),
        }

    def action_confirm(self):
        """Confirm the quotations that are not refused, judged once more now."""
        self.ensure_one()
        orders = self._collection_get_given("order_ids", "write")
        verdicts = orders._collection_foresee()
        passing = orders.filtered(lambda order: verdicts[order]["strength"] != "refuse")
        if not passing:
            raise UserError(self.env._("None of these orders passes."))
        passing.action_confirm()
        return {"type": "ir.actions.act_window_close"}


class SaleCollectionHoldConfirmLine(models.TransientModel):
    _name = "sale.collection.hold.confirm.line"
    _description = "Order to confirm"

    confirm_id = fields.Many2one(
        "sale.collection.hold.confirm", required=True, ondelete="cascade"
    )
    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade")
    partner_id = fields.Many2one(related="order_id.partner_id", string="Customer")
    currency_id = fields.Many2one(related="order_id.currency_id")
    amount_total = fields.Monetary(related="order_id.amount_total", string="Total")
    strength = fields.Selection(
        [
            ("none", "Passes"),
            ("warn", "Warning"),
            ("limit", "Limited supply"),
            ("prepay", "Prepayment"),
            ("hold", "Hold"),
            ("refuse", "Not accepted"),
        ],
        string="Supply",
        readonly=True,
    )
    reason = fields.Text(string="Why", readonly=True)
