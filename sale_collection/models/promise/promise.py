from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ...fields import OptionalFloat
from ...tools.promise import JUDGED_STATES, Instalment
from .promise_terms import BREACHES, DATE_CHOICES, KINDS, SPLITS

STATES = [
    ("draft", "Draft"),
    ("open", "Open"),
    ("kept", "Kept"),
    ("partial", "Partly kept"),
    ("broken", "Broken"),
    ("cancelled", "Cancelled"),
    ("superseded", "Superseded"),
]

# Only giving and judging a promise write these.
JUDGED_FIELDS = {"opened_at", "noted_on", "receipt_mark", "next_date", "next_amount"}
JUDGED_FIELDS |= {"amount_received", "expected_amount", "fulfilment", "days_late"}
JUDGED_FIELDS |= {"cancelled_by_id", "superseded_by_id", "level"}

# What the customer's word consists of: checked again when it changes.
ENTRY_FIELDS = {"profile_id", "kind", "date", "made_on", "amount", "split", "line_ids"}
ENTRY_FIELDS |= {"allocation_ids", "plan_line_ids", "first_date", "until_date"}
ENTRY_FIELDS |= {"payment_form", "maturity_date", "contact_id", "grace_days"}
ENTRY_FIELDS |= {"threshold_percent"}

# What may still change once the customer's word is given, beside what chatter and
# activities write.
EDITABLE_FIELDS = {"user_id", "contact_id", "note", "support_ids"}
CHATTER_PREFIXES = ("message_", "activity_", "my_activity_", "website_")


class SaleCollectionPromise(models.Model):
    """What a customer said it would pay, for which instalments and when.

    A draft is given by `action_open`: it then claims its instalments and replaces
    other open promises on them. From then on the receipt ledger alone decides: money
    keeps it, money undone opens it again. Amounts are in company currency.
    """

    _name = "sale.collection.promise"
    _description = "Promise to pay"
    _inherit = [
        "sale.collection.code.written",
        "mail.thread",
        "mail.activity.mixin",
        "sale.collection.promise.terms",
        "sale.collection.promise.bargain",
        "sale.collection.promise.signed",
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
    noted_on = fields.Date(string="Noted on", readonly=True, copy=False)
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
    support_ids = fields.One2many("sale.collection.promise.support", "promise_id")
    note = fields.Text(string="Internal note")

    # === ENTRY ===#

    date_choice = fields.Selection(DATE_CHOICES, string="Promised for", store=False)
    target_amount = fields.Monetary(
        string="Needed",
        store=False,
        help="What you need to come in. 'Asked for' is then proposed from how this "
        "customer bargains and keeps promises.",
    )
    proposed_amount = fields.Monetary(
        string="Collectable", compute="_compute_proposed_amount"
    )
    rest_amount = fields.Monetary(string="Rest", compute="_compute_rest_amount")
    warning = fields.Text(compute="_compute_warning")

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
            collector = promise.profile_id.sudo().user_id
            promise.user_id = collector or promise.user_id or self.env.user

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
        self._check_draft()
        for promise in self:
            kept = promise.allocation_ids.filtered(
                lambda part, lines=promise.line_ids: part.line_id in lines
            )
            promise.allocation_ids = [
                *(Command.delete(part.id) for part in promise.allocation_ids - kept),
                *(
                    Command.create({"line_id": line.id})
                    for line in promise.line_ids - kept.line_id
                ),
            ]

    @api.depends("profile_id", "kind")
    def _compute_allocation_ids(self):
        drafts = self.filtered(lambda promise: promise.state == "draft")
        found = drafts.profile_id._get_promisable_lines()
        for promise in drafts:
            lines = found.get(promise.profile_id._origin.id, [])
            if promise.kind == "standing":
                promise.allocation_ids = [Command.clear()]
            elif not promise.allocation_ids:
                promise.allocation_ids = [
                    Command.create({"line_id": line_id}) for line_id in lines
                ]

    @api.depends("profile_id", "allocation_ids.line_id")
    def _compute_proposed_amount(self):
        spared = self.profile_id._get_spared_amounts()
        for promise in self:
            opened = sum(promise.allocation_ids.mapped("residual"))
            overdue = spared.get(promise.profile_id._origin.id, 0.0)
            promise.proposed_amount = max(opened - overdue, 0.0)

    @api.depends("proposed_amount", "kind")
    def _compute_amount(self):
        for promise in self:
            if promise.state == "draft" and promise.kind != "standing":
                promise.amount = promise.amount or promise.proposed_amount

    @api.depends("amount", "proposed_amount", "kind")
    def _compute_rest_amount(self):
        for promise in self:
            rest = promise.proposed_amount - promise.amount
            single = promise.kind == "single" and promise.state == "draft"
            promise.rest_amount = max(rest, 0.0) if single else 0.0

    @api.depends("date_choice", "kind", "plan_line_ids.date", "first_date")
    def _compute_date(self):
        for promise in self:
            if promise.kind == "plan":
                days = [day for day in promise.plan_line_ids.mapped("date") if day]
                promise.date = max(days, default=promise.first_date)
            elif promise.kind == "standing":
                promise.date = promise.until_date or promise.first_date
            elif promise.date_choice:
                profile = promise.profile_id.sudo()
                promise.date = profile._get_named_day(promise.date_choice)

    @api.depends("kind", "amount", "first_date", "frequency", "payment_count")
    def _compute_plan_line_ids(self):
        entry = self.env["sale.collection.promise.entry"]
        for promise in self.filtered(lambda promise: promise.state == "draft"):
            parts = entry._propose_payments(promise)
            if parts or promise.kind != "plan":
                promise.plan_line_ids = [
                    Command.clear(),
                    *(Command.create(part._asdict()) for part in parts),
                ]

    @api.depends("target_amount")
    def _compute_amount_asked(self):
        entry = self.env["sale.collection.promise.entry"]
        for promise in self:
            if promise.target_amount:
                promise.amount_asked = entry._propose_amount_asked(promise)

    @api.depends("profile_id", "date", "amount", "allocation_ids.line_id")
    @api.depends_context("lang")
    def _compute_warning(self):
        entry = self.env["sale.collection.promise.entry"]
        for promise in self:
            asked = promise.state == "draft" and promise.profile_id
            promise.warning = "\n".join(entry._get_warnings(promise) if asked else [])

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        states = [vals.get("state", "draft") for vals in vals_list]
        if not set(states) <= {"draft", "open"}:
            raise UserError(self._get_state_message())
        for vals in vals_list:
            self._check_not_judged(vals)
        promises = super().create([self._prepare_draft(vals) for vals in vals_list])
        self.env["sale.collection.promise.entry"]._check_entered(promises)
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
        entered = {name for name in vals if not name.startswith(CHATTER_PREFIXES)}
        if not self.env.su and entered - EDITABLE_FIELDS:
            self._check_draft()
            if vals.get("state", "draft") != "draft":
                raise UserError(self._get_state_message())
        res = super().write(vals)
        if not ENTRY_FIELDS.isdisjoint(vals):
            self.env["sale.collection.promise.entry"]._check_entered(self)
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

    # === GIVE AND CLOSE ===#

    def action_open(self):
        """Take the promise as given: it replaces open ones on the same invoices."""
        self.check_access("write")
        entry = self.env["sale.collection.promise.entry"]
        drafts = self.sudo().filtered(lambda promise: promise.state == "draft")
        entry._check_terms(drafts)
        for company, promises in drafts.grouped("company_id").items():
            entry.sudo()._give(promises, company._collection_today())
        drafts.profile_id._queue_refresh()

    def action_cancel(self):
        """Withdraw open promises; what is past its grace is judged instead."""
        if not self:
            return
        self._check_mine()
        self.sudo()._evaluate()
        judged = self.filtered(lambda promise: promise.state not in ("draft", "open"))
        if judged:
            raise UserError(
                self.env._(
                    "%(promise)s is closed already and can no longer be cancelled.",
                    promise=judged[0].display_name,
                )
            )
        self.sudo()._close({"state": "cancelled", "cancelled_by_id": self.env.uid})
        self._message_log_batch(
            {promise.id: self.env._("Promise cancelled.") for promise in self}
        )
        self.profile_id._queue_refresh()

    def _check_mine(self):
        """Let people cancel or hand over their own promises, managers everybody's."""
        self.check_access("write")
        mine = self.filtered(
            lambda promise: self.env.user in (promise.create_uid, promise.user_id)
        )
        manager = self.env.user.has_group("sale_collection.group_manager")
        if self - mine and not (manager or self.env.su):
            raise AccessError(
                self.env._(
                    "Only the collector of %(promise)s or a manager can cancel it "
                    "or hand it over.",
                    promise=(self - mine)[0].display_name,
                )
            )

    def _close(self, vals):
        """Close open promises and let go of their instalments."""
        self.write({**vals, "next_date": False, "next_amount": 0})
        self.allocation_ids.filtered("is_live").write({"is_live": False})
        pending = self.plan_line_ids.filtered(
            lambda line: line.state in ("draft", "open")
        )
        pending.write({"state": "cancelled"})
        self.activity_unlink(
            [
                "sale_collection.mail_activity_promise_due",
                "sale_collection.mail_activity_promise_broken",
            ]
        )
        self._follow_bargain()

    # === JUDGE ===#

    def _evaluate(self, today=None):
        """Judge promises and write what changed, with a constant number of queries.

        On no record: those of the company that are open or may still change with
        the days. Older ones change when their customer is touched.

        :param date today: the company's own today when left out
        :return: number of promises whose state changed
        """
        judge = self.env["sale.collection.promise.judge"].sudo()
        return judge._judge(self.sudo(), today)

    def _on_state_changed(self):
        """Drop the activities that the new states of these promises answer."""
        settled = self.filtered(lambda promise: promise.state not in JUDGED_STATES[1:])
        settled.filtered("followed_up").write({"followed_up": False})
        settled.activity_unlink(["sale_collection.mail_activity_promise_broken"])
        closed = self.filtered(lambda promise: promise.state != "open")
        closed.activity_unlink(["sale_collection.mail_activity_promise_due"])
        self._follow_bargain()

    def _get_missed_lines(self):
        return self.plan_line_ids.filtered(
            lambda line: line.state in ("partial", "broken")
        )

    def _get_missed_payment(self):
        """Return day and amount not paid in time: of a plan its latest such part."""
        latest = self._get_missed_lines().sorted("date")[-1:] or self
        return Instalment(latest.date, latest.amount)

    # === DIALOG AND LETTER ===#

    def action_confirm_dialog(self):
        """Confirm and go back to where the dialog was opened."""
        self.action_open()
        return {"type": "ir.actions.act_window_close"}

    def action_print_letter(self):
        """Print the promise, or the plan agreement, to be signed."""
        return self.env.ref("sale_collection.report_promise").report_action(self)
