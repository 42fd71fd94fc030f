from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import commission
from ..tools.settlement import Earners


class SaleCollectionSettlementRelease(models.TransientModel):
    """Pays out reserve by hand, in a draft: when somebody leaves, or earlier."""

    _name = "sale.collection.settlement.release"
    _description = "Release reserve"

    settlement_id = fields.Many2one("sale.collection.settlement", required=True)
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    balance = fields.Monetary(
        string="In the reserve",
        compute="_compute_balance",
        help="Before this settlement.",
    )
    amount = fields.Monetary(
        string="To release",
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
    )
    loss = fields.Monetary(
        string="Share of bad debts",
        help="Taken off what is released; nobody pays more than the reserve holds.",
    )
    payout = fields.Monetary(string="Paid out", compute="_compute_payout")
    reason = fields.Char(required=True)

    @api.depends("settlement_id")
    def _compute_balance(self):
        reader = self.env["sale.collection.settlement.facts"]
        self.balance = 0.0
        for wizard in self.filtered("settlement_id"):
            record = wizard.settlement_id
            earners = Earners(record.user_id.ids, record.agent_id.ids)
            accounts = reader._collect_accounts(record.date_to, earners)
            account = accounts.get(record._get_key())
            released = sum(
                record.line_ids.filtered("is_automatic")
                .filtered(lambda line: line.kind != "reserve_kept")
                .mapped("reserve_amount")
            )
            wizard.balance = account.kept - account.gone + released if account else 0.0

    @api.depends("balance")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.balance

    @api.depends("amount", "loss")
    def _compute_payout(self):
        for wizard in self:
            wizard.payout = commission.release_reserve(
                wizard.amount, wizard.loss, wizard.currency_id.rounding or 0.01
            )

    @api.constrains("amount", "loss")
    def _check_amounts(self):
        for wizard in self:
            compare = wizard.currency_id.compare_amounts
            if (
                compare(wizard.amount, 0) <= 0
                or compare(wizard.amount, wizard.balance) > 0
            ):
                raise ValidationError(
                    self.env._(
                        "To release: enter an amount above zero, up to %(balance)s.",
                        balance=wizard.currency_id.format(wizard.balance),
                    )
                )
            if compare(wizard.loss, 0) < 0:
                raise ValidationError(
                    self.env._("Share of bad debts: enter zero or more.")
                )

    def action_release(self):
        """Add the lines of the release to the draft."""
        self.ensure_one()
        record = self._collection_get_given("settlement_id", "write")
        if record.state != "draft":
            raise UserError(self.env._("Reserve is released in a draft."))
        self.env["sale.collection.settlement.line"].sudo().create(
            {
                "settlement_id": record.id,
                "kind": "reserve_released",
                "name": self._get_line_name(),
                "amount": self.payout,
                "reserve_amount": -self.amount,
            }
        )
        self.env["sale.collection.settlement.preview"]._renew(record)
        return {"type": "ir.actions.act_window_close"}

    def _get_line_name(self):
        if self.currency_id.is_zero(self.loss):
            return self.reason
        return self.env._(
            "%(reason)s (%(amount)s less a share of bad debts of %(loss)s)",
            reason=self.reason,
            amount=self.currency_id.format(self.amount),
            loss=self.currency_id.format(self.loss),
        )
