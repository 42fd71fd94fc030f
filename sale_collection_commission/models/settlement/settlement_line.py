from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

KINDS = [
    ("adjustment", "Adjustment"),
    ("reserve_kept", "Reserve kept"),
    ("reserve_loss", "Loss taken from the reserve"),
    ("reserve_released", "Reserve released"),
]
RESERVE_KINDS = ("reserve_kept", "reserve_loss", "reserve_released")


class SaleCollectionSettlementLine(models.Model):
    """What a settlement pays besides its entries, and every move of the reserve.

    `amount` counts in the settlement, `reserve_amount` in the reserve of the earner;
    both in the currency of the settlement.
    """

    _name = "sale.collection.settlement.line"
    _description = "Line of a commission settlement"
    _inherit = ["sale.collection.code.written"]
    _order = "settlement_id desc, id"
    _check_company_auto = True

    settlement_id = fields.Many2one(
        "sale.collection.settlement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="settlement_id.company_id", store=True)
    currency_id = fields.Many2one(related="settlement_id.currency_id", store=True)
    user_id = fields.Many2one(related="settlement_id.user_id", store=True)
    agent_id = fields.Many2one(related="settlement_id.agent_id", store=True)
    date = fields.Date(related="settlement_id.date_to", store=True)
    state = fields.Selection(related="settlement_id.state")
    kind = fields.Selection(KINDS, required=True, default="adjustment")
    name = fields.Char(string="Reason", required=True)
    plan_id = fields.Many2one(
        "sale.collection.commission.plan", readonly=True, ondelete="restrict"
    )
    amount = fields.Monetary(required=True)
    reserve_amount = fields.Monetary(
        string="In the reserve",
        readonly=True,
        help="Positive: put into the reserve; negative: taken out of it.",
    )
    release_date = fields.Date(
        string="To be released on",
        readonly=True,
        help="Empty: kept until a manager releases it.",
    )
    # Written anew with each preview; what a person has added stays.
    is_automatic = fields.Boolean(readonly=True, export_string_translation=False)

    # Sums the reserve of an earner.
    _reserve_index = models.Index(
        "(company_id, currency_id, COALESCE(user_id, 0), COALESCE(agent_id, 0)) "
        "WHERE reserve_amount <> 0"
    )

    @api.model
    def _is_reserve(self, line):
        return line.kind in RESERVE_KINDS

    # === CHECKS ===#

    @api.constrains("name", "amount")
    def _check_adjustment(self):
        for line in self.filtered(lambda line: line.kind == "adjustment"):
            if not (line.name or "").strip():
                raise ValidationError(
                    self.env._("Reason: say what the adjustment is for.")
                )
            if line.currency_id.is_zero(line.amount):
                raise ValidationError(
                    self.env._("Amount: an adjustment of nothing changes nothing.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_by_hand()
        return lines

    def write(self, vals):
        self._check_by_hand()
        res = super().write(vals)
        self._check_by_hand()
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_by_hand(self):
        self._check_by_hand()

    def _check_by_hand(self):
        """Let people touch the adjustments of drafts alone."""
        if self.env.su:
            return
        if any(line.state != "draft" for line in self):
            raise UserError(
                self.env._("A confirmed settlement is not changed. Re-open it instead.")
            )
        if any(
            line.kind != "adjustment" or line.is_automatic or line.reserve_amount
            for line in self
        ):
            raise UserError(
                self.env._(
                    "Only adjustments are written by hand; the reserve follows "
                    "the plans."
                )
            )
