from odoo import api, fields, models
from odoo.exceptions import UserError

from ...fields import OptionalFloat
from ..profile.profile import PAYMENT_FORMS

KINDS = [
    ("single", "One payment"),
    ("plan", "Payment plan"),
    ("standing", "Standing promise"),
]
STATES = [
    ("draft", "Draft"),
    ("open", "Open"),
    ("kept", "Kept"),
    ("partial", "Partly kept"),
    ("broken", "Broken"),
    ("cancelled", "Cancelled"),
    ("superseded", "Superseded"),
]
SPLITS = [
    ("pro_rata", "Pro rata"),
    ("oldest", "Oldest first"),
    ("manual", "By hand"),
]
FREQUENCIES = [
    ("weekly", "Every week"),
    ("biweekly", "Every two weeks"),
    ("monthly", "Every month"),
    ("quarterly", "Every quarter"),
]
BREACHES = [
    ("accelerate", "The rest falls due"),
    ("continue", "The plan goes on"),
]
# States the ledger decides on, and may decide on again when money is undone.
JUDGED_STATES = ("kept", "partial", "broken")

# Only taking down and judging a promise write these.
JUDGED_FIELDS = {
    "opened_at",
    "receipt_mark",
    "next_date",
    "next_amount",
    "level",
    "amount_received",
    "expected_amount",
    "fulfilment",
    "days_late",
    "cancelled_by_id",
    "superseded_by_id",
}

# What may still change once the customer's word is given.
EDITABLE_FIELDS = {"user_id", "contact_id", "note", "confirmed_date", "followed_up"}


class SaleCollectionPromise(models.Model):
    """What a customer said it would pay, for which instalments and when.

    Judged by the receipt ledger alone, in both directions: money that comes keeps
    it, money that is undone opens it again. Amounts are in company currency.
    """

    _name = "sale.collection.promise"
    _description = "Promise to pay"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "sale.collection.profile.guard",
    ]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(readonly=True, copy=False, default="/", string="Reference")
    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="profile_id.partner_id", string="Customer", store=True, index=True
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Collector",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        tracking=True,
        domain="[('share', '=', False)]",
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Promised by",
        domain="[('commercial_partner_id', '=', partner_id)]",
        help="The person who gave the promise.",
    )
    kind = fields.Selection(KINDS, default="single", required=True)
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, copy=False, index=True
    )
    made_on = fields.Date(
        string="Made on",
        required=True,
        copy=False,
        default=lambda self: self.env.company.root_id._collection_today(),
    )
    opened_at = fields.Datetime(
        readonly=True, copy=False, help="Money known before is not the promised one."
    )
    # The youngest row of the ledger then, for promises without instalments.
    receipt_mark = fields.Integer(
        readonly=True, copy=False, export_string_translation=False
    )
    date = fields.Date(
        compute="_compute_date",
        store=True,
        readonly=False,
        help="Last day of the promise: the day promised, or the last date of the plan.",
    )
    next_date = fields.Date(
        string="Next payment",
        readonly=True,
        copy=False,
        help="The next date the customer should pay on.",
    )
    next_amount = fields.Monetary(readonly=True, copy=False)
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="Amount promised. Of a standing promise: on each date.",
    )
    amount_asked = fields.Monetary(
        compute="_compute_amount_asked",
        store=True,
        readonly=False,
        string="Asked for",
        help="What you asked the customer for.",
    )
    split = fields.Selection(
        SPLITS,
        default="pro_rata",
        required=True,
        help="How a promise below the open amount is spread over the invoices.",
    )
    allocation_ids = fields.One2many(
        "sale.collection.promise.allocation",
        "promise_id",
        string="Invoices",
        compute="_compute_allocation_ids",
        store=True,
        readonly=False,
        copy=False,
    )
    line_ids = fields.Many2many(
        "account.move.line",
        string="Instalments promised",
        compute="_compute_line_ids",
        inverse="_inverse_line_ids",
        help="The receivable lines the promise is about.",
    )
    frequency = fields.Selection(FREQUENCIES, default="monthly")
    payment_count = fields.Integer(string="Number of payments", default=3)
    first_date = fields.Date(string="First payment")
    until_date = fields.Date(string="Until", help="Empty: until it is cancelled.")
    plan_line_ids = fields.One2many(
        "sale.collection.promise.line",
        "promise_id",
        string="Payments",
        compute="_compute_plan_line_ids",
        store=True,
        readonly=False,
        copy=False,
    )
    breach_action = fields.Selection(
        BREACHES,
        string="When a payment is missed",
        compute="_compute_rules",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    grace_days = fields.Integer(
        string="Days of grace",
        compute="_compute_rules",
        store=True,
        readonly=False,
        precompute=True,
        help="Money that many days after the date still keeps the promise.",
    )
    threshold_percent = fields.Float(
        string="Enough from",
        compute="_compute_rules",
        store=True,
        readonly=False,
        precompute=True,
        help="Part of the promised amount, in percent, that counts as kept.",
    )
    payment_form = fields.Selection(
        PAYMENT_FORMS,
        string="Form of payment",
        compute="_compute_payment_form",
        store=True,
        readonly=False,
        precompute=True,
    )
    maturity_date = fields.Date(
        string="Bill matures on", help="When the bill of exchange can be cashed."
    )
    note = fields.Text(string="Internal note")

    # === JUDGEMENT, written by `_evaluate` alone ===#

    level = fields.Integer(
        readonly=True, copy=False, help="Which promise on this debt it is, from 1."
    )
    amount_received = fields.Monetary(
        string="Received in time", readonly=True, copy=False
    )
    expected_amount = fields.Monetary(
        string="Expected",
        readonly=True,
        copy=False,
        help="The promised amount times how reliable the customer's promises are.",
    )
    fulfilment = fields.Float(
        readonly=True,
        copy=False,
        aggregator="avg",
        help="0 to 1: the part received, money after the grace counting less each day.",
    )
    days_late = OptionalFloat(
        string="Days after promise",
        digits=(16, 1),
        readonly=True,
        copy=False,
        aggregator="avg",
        help="From the promised date to the money, weighted by amount.",
    )
    cancelled_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    superseded_by_id = fields.Many2one(
        "sale.collection.promise", readonly=True, copy=False, index="btree_not_null"
    )

    # === FOLLOW-UP ===#

    confirmed_date = fields.Date(
        readonly=True, copy=False, help="Payment date that was confirmed beforehand."
    )
    followed_up = fields.Boolean(readonly=True, copy=False)

    # `_evaluate` reads what is live, of one customer or of all.
    _live = models.Index("(partner_id, date) WHERE state = 'open'")
    _asked_positive = models.Constraint(
        "CHECK (amount_asked IS NULL OR amount_asked >= 0)",
        "The amount asked for cannot be negative.",
    )
    _grace_positive = models.Constraint(
        "CHECK (grace_days >= 0)", "Days of grace of a promise cannot be negative."
    )
    _threshold_range = models.Constraint(
        "CHECK (threshold_percent > 0 AND threshold_percent <= 100)",
        "'Enough from' must be above 0 and at most 100 percent.",
    )

    # === COMPUTE ===#

    @api.depends("profile_id")
    def _compute_user_id(self):
        for promise in self:
            promise.user_id = (
                promise.profile_id.sudo().user_id or promise.user_id or self.env.user
            )

    @api.depends("profile_id")
    def _compute_payment_form(self):
        for promise in self:
            promise.payment_form = (
                promise.payment_form or promise.profile_id.sudo().payment_form
            )

    @api.depends("profile_id")
    def _compute_rules(self):
        """Judge by the rules of the company that is owed, also from another one."""
        for promise in self.filtered(lambda promise: promise.state == "draft"):
            company = promise.profile_id.sudo().company_id or self.env.company.sudo()
            promise.grace_days = company.root_id.collection_promise_grace_days
            promise.threshold_percent = company.root_id.collection_promise_threshold
            promise.breach_action = company.root_id.collection_plan_breach

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for promise in self:
            customer = promise.partner_id.display_name or ""
            named = promise.name and promise.name != "/"
            promise.display_name = f"{promise.name} {customer}" if named else customer

    @api.depends("allocation_ids.line_id")
    def _compute_line_ids(self):
        for promise in self:
            promise.line_ids = promise.allocation_ids.line_id

    def _inverse_line_ids(self):
        for promise in self:
            promise._check_draft()
            lines = promise.line_ids
            commands = [
                fields.Command.delete(allocation.id)
                for allocation in promise.allocation_ids
                if allocation.line_id not in lines
            ]
            missing = lines - promise.allocation_ids.line_id
            promise.allocation_ids = commands + [
                fields.Command.create({"line_id": line.id}) for line in missing
            ]

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        states = [vals.get("state", "draft") for vals in vals_list]
        if not set(states) <= {"draft", "open"}:
            raise UserError(self._get_state_message())
        for vals in vals_list:
            self._check_not_judged(vals)
        promises = super().create([self._prepare_draft(vals) for vals in vals_list])
        promises._check_entry()
        opened = zip(promises.ids, states, strict=True)
        self.browse(key for key, state in opened if state == "open").action_open()
        return promises

    @api.model
    def _prepare_draft(self, vals):
        """Return values of a draft; the one date of a plan is its first one."""
        vals = {**vals, "state": "draft"}
        if vals.get("kind", "single") != "single" and "date" in vals:
            vals["first_date"] = vals.get("first_date") or vals["date"]
            del vals["date"]
        return vals

    def write(self, vals):
        self._check_not_judged(vals)
        if "user_id" in vals:
            self._check_mine()
        if not self.env.su and set(vals) - EDITABLE_FIELDS - _foreign_fields(self):
            self._check_draft()
            if vals.get("state", "draft") != "draft":
                raise UserError(self._get_state_message())
        res = super().write(vals)
        if not _ENTRY_FIELDS.isdisjoint(vals):
            self.filtered(lambda promise: promise.state == "draft")._check_entry()
        return res

    def _check_not_judged(self, vals):
        if not self.env.su and not JUDGED_FIELDS.isdisjoint(vals):
            raise UserError(
                self.env._("These figures follow the money received and are not set.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_given(self):
        if any(promise.state != "draft" for promise in self):
            raise UserError(
                self.env._(
                    "A promise a customer has given stays on record. Cancel it instead."
                )
            )

    def _get_state_message(self):
        return self.env._(
            "The state of a promise follows the money received. Use the buttons "
            "Confirm and Cancel promise."
        )

    def _check_draft(self):
        if any(promise.state != "draft" for promise in self):
            raise UserError(
                self.env._(
                    "A promise a customer has given is not changed. Log a new "
                    "promise: it replaces this one."
                )
            )


# What the customer's word consists of: checked again when it changes.
_ENTRY_FIELDS = {
    "profile_id",
    "kind",
    "date",
    "made_on",
    "amount",
    "split",
    "allocation_ids",
    "line_ids",
    "plan_line_ids",
    "first_date",
    "until_date",
    "payment_form",
    "maturity_date",
}


def _foreign_fields(promises):
    """Return the fields chatter and activities write on a record."""
    return {
        name
        for name in promises._fields
        if name.startswith(("message_", "activity_", "my_activity_", "website_"))
    }
