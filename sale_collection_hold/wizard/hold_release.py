from odoo import api, fields, models
from odoo.exceptions import UserError

DECIDABLE = ("active", "rejected")


class SaleCollectionHoldRelease(models.TransientModel):
    """Let held orders go: why, until when, up to which amount, on which promise."""

    _name = "sale.collection.hold.release"
    _description = "Release held orders"

    hold_ids = fields.Many2many(
        "sale.collection.hold", string="Orders", required=True, readonly=True
    )
    company_id = fields.Many2one("res.company", compute="_compute_orders")
    currency_id = fields.Many2one(related="company_id.currency_id")
    order_count = fields.Integer(string="Number of orders", compute="_compute_orders")
    order_amount = fields.Monetary(string="Order amount", compute="_compute_orders")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_orders",
        help="Empty when the orders are of several customers.",
    )
    reason = fields.Text(
        required=True,
        compute="_compute_proposal",
        store=True,
        readonly=False,
        help="Stays with the order.",
    )
    until = fields.Date(
        compute="_compute_proposal",
        store=True,
        readonly=False,
        help="Last day goods may leave on this release. Empty: no end.",
    )
    amount = fields.Monetary(
        string="Up to",
        compute="_compute_proposal",
        store=True,
        readonly=False,
        help="When the order grows beyond it, it is judged again.",
    )
    promise_id = fields.Many2one(
        "sale.collection.promise",
        string="On promise",
        compute="_compute_proposal",
        store=True,
        readonly=False,
        domain="[('state', '=', 'open'), ('partner_id', '=', partner_id), "
        "('company_id', 'parent_of', company_id)]",
        help="The order stops again when this promise to pay is not kept.",
    )
    second_note = fields.Char(compute="_compute_second_note")

    # === COMPUTE ===#

    @api.depends("hold_ids")
    def _compute_orders(self):
        for dialog in self:
            holds = dialog.hold_ids
            dialog.company_id = holds.company_id[:1] or self.env.company
            dialog.order_count = len(holds)
            dialog.order_amount = sum(holds.mapped("amount"))
            customers = holds.partner_id
            dialog.partner_id = customers if len(customers) == 1 else False

    @api.depends("hold_ids")
    def _compute_proposal(self):
        """Propose what the first of two people approved, else the whole order."""
        for dialog in self:
            hold = dialog.hold_ids if len(dialog.hold_ids) == 1 else None
            dialog.reason = hold and hold.first_reason
            dialog.until = hold and hold.first_until
            dialog.promise_id = hold and hold.first_promise_id
            dialog.amount = hold and (hold.first_amount or hold.amount)

    @api.depends("hold_ids", "amount")
    def _compute_second_note(self):
        levels = self.env["sale.collection.hold.approval"]
        for dialog in self:
            approvals = levels._prepare_approvals(
                dialog.hold_ids, dialog.amount or None
            )
            second = next(
                (
                    approval
                    for hold, approval in approvals.items()
                    if approval.level.needs_second
                    and approval.others
                    and not hold.first_at
                ),
                None,
            )
            dialog.second_note = second and self.env._(
                "From %(amount)s a second person has to confirm, for instance "
                "%(user)s: supply goes on then.",
                amount=second.level.currency_id.format(second.level.amount_from),
                user=second.others[0].name,
            )

    # === ACTIONS ===#

    def action_release(self):
        """Release the orders, or have a second person confirm it."""
        self.ensure_one()
        holds = self._collection_get_given("hold_ids")
        decided = holds.filtered(lambda hold: hold.state not in DECIDABLE)
        if decided:
            raise UserError(
                self.env._(
                    "%(order)s waits no longer: its state is %(state)s.",
                    order=decided[0].order_id.name,
                    state=decided[0]._get_state_label(),
                )
            )
        # Several orders are released with the whole amount of each.
        amount = self.amount if len(holds) == 1 and self.amount else None
        until = self.until or None
        if self.promise_id:
            holds._release_on_promise(self.promise_id, self.reason, until, amount)
        else:
            holds.action_release(self.reason, until, amount)
        return {"type": "ir.actions.act_window_close"}
