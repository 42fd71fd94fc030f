from odoo import fields, models
from odoo.exceptions import AccessError, UserError

STRENGTHS = [
    ("limit", "Limited supply"),
    ("prepay", "Prepayment"),
    ("hold", "Hold"),
    ("refuse", "Refuse"),
]
STATES = [
    ("active", "Active"),
    ("ready", "Ready"),
    ("released", "Released"),
    ("rejected", "Rejected"),
    ("expired", "Expired"),
]
# What still says something about the order.
CURRENT_STATES = ("active", "ready", "released", "rejected")


class SaleCollectionHold(models.Model):
    """Why an order is not supplied, what would cure it, and who let it go.

    Opened and made ready by the rules alone; released and rejected by people.
    Amounts are in company currency.
    """

    _name = "sale.collection.hold"
    _description = "Supply hold"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "held_at desc, id desc"
    _rec_name = "order_id"
    _check_company_auto = True
    _mail_post_access = "read"

    order_id = fields.Many2one(
        "sale.order",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="profile_id.partner_id", string="Customer", store=True, index=True
    )
    user_id = fields.Many2one(
        related="order_id.user_id", string="Salesperson", store=True, index=True
    )
    controller_id = fields.Many2one(
        "res.users", string="Credit controller", readonly=True, index="btree_not_null"
    )
    strength = fields.Selection(STRENGTHS, required=True, readonly=True)
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="active",
        index=True,
        tracking=True,
    )
    amount = fields.Monetary(
        string="Order amount", readonly=True, help="Total of the order."
    )
    amount_received = fields.Monetary(
        string="Received",
        readonly=True,
        help="Money linked to this order: down payments, payment links, paid online.",
    )
    reasons = fields.Json(readonly=True, export_string_translation=False)
    cures = fields.Json(readonly=True, export_string_translation=False)
    rule_ids = fields.Many2many(
        "sale.collection.hold.rule", string="Rules", readonly=True
    )
    held_at = fields.Datetime(
        string="Held since", readonly=True, default=fields.Datetime.now
    )
    ready_at = fields.Datetime(string="Ready since", readonly=True)

    sold_by_id = fields.Many2one(
        "res.users", readonly=True, export_string_translation=False
    )

    # === RELEASE ===#

    released_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, tracking=True
    )
    released_at = fields.Datetime(string="Decided at", readonly=True)
    release_reason = fields.Text(string="Reason", readonly=True)
    release_until = fields.Date(
        string="Released until",
        readonly=True,
        help="Last day goods may leave on this release. Empty: no end.",
    )
    release_amount = fields.Monetary(
        string="Released up to",
        readonly=True,
        help="A larger order is judged again.",
    )
    promise_id = fields.Many2one(
        "sale.collection.promise",
        string="Released on promise",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    # === ACTIONS ===#

    def action_release(self, reason, until=None, amount=None):
        """Let these orders be supplied although the rules say no.

        :param str reason: kept with the order
        :param date until: last day goods may leave on this release; no end without
        :param float amount: company currency; the whole order when left out, of a
            part that much may leave
        """
        until = fields.Date.to_date(until)  # text when called from outside
        self._decide(reason, until, amount)
        for hold in self.sudo():
            hold.write(
                {
                    **self._prepare_decision("released", reason),
                    "release_until": until or False,
                    "release_amount": amount or hold.amount,
                }
            )
        self.sudo().order_id._collection_launch_supply()
        return True

    def action_reject(self, reason):
        """Decide that these orders are not supplied.

        :param str reason: kept with the order
        """
        self._decide(reason)
        self.sudo().write(self._prepare_decision("rejected", reason))
        return True

    def _prepare_decision(self, state, reason):
        return {
            "state": state,
            "released_by_id": self.env.uid,
            "released_at": fields.Datetime.now(),
            "release_reason": reason,
        }

    def _decide(self, reason, until=None, amount=None):
        """Refuse what is no decision, with the way to make it one."""
        group = "sale_collection.group_credit_controller"
        if not (self.env.su or self.env.user.has_group(group)):
            raise AccessError(
                self.env._("Only credit controllers release or reject held orders.")
            )
        self.check_access("read")
        if not (reason or "").strip():
            raise UserError(self.env._("Reason: say why, it stays with the order."))
        if any(hold.state not in ("active", "rejected") for hold in self):
            raise UserError(
                self.env._("Only held or rejected orders are released or rejected.")
            )
        if amount is not None and amount <= 0:
            raise UserError(self.env._("Released up to: the amount must be above 0."))
        for company in self.sudo().company_id if until else ():
            if until < company.root_id._collection_today():
                raise UserError(
                    self.env._("Released until: choose today or a later day.")
                )
