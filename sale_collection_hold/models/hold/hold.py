from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.sale_collection.tools.window import open_dialog

from ...tools.hold import STEP_RULE
from ...tools.hold_facts import EPSILON, WAITING
from ..rule.hold_rule import STRENGTHS

STATES = [
    ("active", "Active"),
    ("ready", "Ready"),
    ("released", "Released"),
    ("rejected", "Rejected"),
    ("expired", "Expired"),
]
# What still says something about the order.
CURRENT_STATES = ("active", "ready", "released", "rejected")
WAITS_FOR = [
    ("controller", "Credit controller"),
    ("second", "Second person"),
    ("rep", "Salesperson"),
]
# A promise in one of these still carries the orders released on it.
CARRYING = ("open", "kept")
NOTICE = "sale_collection_hold.subtype_supply_notice"
NO_APPROVAL = {
    "first_by_id": False,
    "first_at": False,
    "first_reason": False,
    "first_until": False,
    "first_amount": 0.0,
    "first_promise_id": False,
}
# What only the rules and the buttons write.
DECISION_FIELDS = {
    "state",
    "strength",
    "amount",
    "rule_ids",
    "reasons",
    "cures",
    "released_by_id",
    "released_at",
    "release_reason",
    "release_until",
    "release_amount",
    "promise_id",
    "waits_for",
    "sold_by_id",
} | set(NO_APPROVAL)


class SaleCollectionHold(models.Model):
    """An order that is not supplied: why, what would cure it, and who let it go.

    Opened and made ready by the rules alone; released and rejected by people.
    Amounts are in company currency.
    """

    _name = "sale.collection.hold"
    _description = "Supply hold"
    _inherit = [
        "sale.collection.code.written",
        "sale.collection.titled",
        "mail.thread",
        "mail.activity.mixin",
    ]
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
    can_open_order = fields.Boolean(
        compute="_compute_can", export_string_translation=False
    )
    can_ask = fields.Boolean(compute="_compute_can", export_string_translation=False)
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
    strength = fields.Selection(
        STRENGTHS[1:], string="What happens", required=True, readonly=True
    )
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
    waits_for = fields.Selection(
        WAITS_FOR, string="Waits for", readonly=True, copy=False, tracking=True
    )
    notice_at = fields.Datetime(string="Customer told", readonly=True, copy=False)

    # === QUESTIONS ===#

    asked_by_id = fields.Many2one(
        "res.users", string="Release asked by", readonly=True, copy=False
    )
    asked_at = fields.Datetime(string="Release asked", readonly=True, copy=False)
    asked_reason = fields.Text(string="Why to release", readonly=True, copy=False)
    question = fields.Text(readonly=True, copy=False, help="To the salesperson.")

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
    first_by_id = fields.Many2one(
        "res.users", string="First approval by", readonly=True, copy=False
    )
    first_at = fields.Datetime(string="First approval at", readonly=True, copy=False)
    first_reason = fields.Text(
        string="Reason of the first approval", readonly=True, copy=False
    )
    first_until = fields.Date(string="First approval until", readonly=True, copy=False)
    first_amount = fields.Monetary(
        string="First approval up to", readonly=True, copy=False
    )
    first_promise_id = fields.Many2one(
        "sale.collection.promise",
        string="First approval on promise",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    # === SHOWN ===#

    age_days = fields.Integer(
        string="Days held", compute="_compute_age_days", help="Since it was stopped."
    )
    reason_text = fields.Text(string="Why", compute="_compute_texts")
    cure_text = fields.Text(string="What frees supply", compute="_compute_texts")
    reason_line = fields.Char(string="Why in short", compute="_compute_texts")
    cure_line = fields.Char(
        string="Cheapest way out",
        compute="_compute_texts",
        help="What frees supply for the least money.",
    )
    is_own_order = fields.Boolean(
        compute="_compute_is_own_order", export_string_translation=False
    )
    grade_id = fields.Many2one(related="profile_id.grade_id")
    grade_color = fields.Integer(
        related="profile_id.grade_id.color",
        string="Grade color",
        export_string_translation=False,
    )
    amount_overdue = fields.Monetary(related="profile_id.amount_overdue")
    oldest_due_date = fields.Date(related="profile_id.oldest_due_date")
    avg_days_late = fields.Float(related="profile_id.avg_days_late")
    promise_kept_ratio = fields.Float(related="profile_id.promise_kept_ratio")
    available_credit = fields.Monetary(
        related="profile_id.available_credit",
        string="Available credit of the customer",
    )
    last_payment_date = fields.Date(related="profile_id.last_payment_date")

    # === COMPUTE ===#

    @api.depends("held_at", "state", "released_at")
    def _compute_age_days(self):
        for hold in self:
            end = hold.released_at if hold.state != "active" else False
            since = hold.held_at or fields.Datetime.now()
            hold.age_days = max(0, ((end or fields.Datetime.now()) - since).days)

    @api.depends("reasons", "cures")
    @api.depends_context("lang")
    def _compute_texts(self):
        texts = self.env["sale.collection.hold.text"]
        for hold in self:
            reasons, cures = texts._describe(hold, hold.company_id).values()
            hold.reason_text = "\n".join(reasons)
            hold.cure_text = "\n".join(cures)
            hold.reason_line = "; ".join(reasons)
            hold.cure_line = cures[0] if cures else False

    @api.depends("user_id", "order_id.collection_hold_ids.sold_by_id")
    @api.depends_context("uid")
    def _compute_is_own_order(self):
        for hold in self:
            hold.is_own_order = self.env.user in hold._get_sellers()

    def _get_state_label(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        return states[self.state]

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        holds = super().create(vals_list)
        self.env["sale.collection.hold.news"]._tell_state(holds)
        return holds

    def write(self, vals):
        if not self.env.su and not DECISION_FIELDS.isdisjoint(vals):
            raise AccessError(
                self.env._("Held orders are decided on with their buttons.")
            )
        watched = not {"state", "strength"}.isdisjoint(vals)
        before = {hold: (hold.state, hold.strength) for hold in self if watched}
        result = super().write(vals)
        moved = self.filtered(lambda hold: watched and before[hold][0] != hold.state)
        changed = (self - moved).filtered(
            lambda hold: watched and before[hold][1] != hold.strength
        )
        news = self.env["sale.collection.hold.news"]
        if moved:
            news._tell_state(moved)
        if changed:
            news._tell_strength(changed)
        return result

    # === STATE ===#

    def _keeps_back(self):
        """Tell whether goods wait: all of them, or what goes beyond a release."""
        if self.state == "released":
            return self.release_amount < self.amount - EPSILON
        return self.state in ("active", "rejected") and self.strength in WAITING

    def _covers(self, judgement):
        """Tell whether what was released is what is judged now.

        Not a larger order, nor a customer some other rule has come to be against, nor
        after the last day, nor once the promise it rests on is broken or withdrawn.
        """
        if self.state != "released" or self._has_lost_promise():
            return False
        return (
            (not self.release_until or judgement.today <= self.release_until)
            and judgement.order.amount
            <= max(self.amount, self.release_amount) + EPSILON
            and {check.rule.id for check in judgement.stops} - {0}
            <= set(self.rule_ids.ids)
        )

    def _has_lost_promise(self):
        """Return whether this is a release on a promise that carries it no longer."""
        return (
            self.state == "released"
            and bool(self.promise_id)
            and self.promise_id.state not in CARRYING
        )

    def _get_sellers(self):
        """Return the users who sell these orders or did when they were stopped.

        Nobody passes an order to a colleague to release it himself.
        """
        order = self.sudo().order_id
        return order.user_id | order.collection_hold_ids.sold_by_id

    def _get_rule_values(self):
        """Return the rules of this hold as values.

        What its strength is owed to without a rule in use, a reminder step or a rule
        archived since, is one more rule about the whole order.
        """
        wanted = set(self.rule_ids.ids)
        rules = self.env["sale.collection.hold.rule"]._get_rules()
        found = [rule for rule in rules if rule.id in wanted]
        if self.strength not in {rule.strength for rule in found}:
            found.append(STEP_RULE._replace(strength=self.strength))
        return found

    # === RELEASE ===#

    def action_release(self, reason=None, until=None, amount=None):
        """Let these orders be supplied although the rules say no.

        Where two people have to agree, the first call only notes the first approval.

        :param str reason: kept with the order
        :param date until: last day goods may leave on this release; no end without
        :param float amount: company currency; the whole order when left out, of a
            part that much may leave
        :raise AccessError: the user may not release one of these orders
        """
        return self._release(reason, until, amount)

    def _release_on_promise(self, promise, reason, until=None, amount=None):
        """Release these orders for as long as a promise to pay is kept."""
        self.env["sale.collection.hold.approval"]._check_promise(self, promise)
        return self._release(reason, until, amount, promise)

    def _release(self, reason, until=None, amount=None, promise=None):
        """Release each of these orders, or note the first of two approvals."""
        levels = self.env["sale.collection.hold.approval"]
        until, amount = levels._read_terms(until, amount)
        levels._check_decision(self, reason, until, amount)
        plan = levels._prepare_approvals(self, amount)
        first = self.filtered(
            lambda hold: levels._is_first(hold, plan[hold], until, amount)
        )
        levels._note_first(first.sudo(), plan, reason, until, amount, promise)
        for hold in (self - first).sudo():
            if note := levels._get_lone_note(hold, plan[hold]):
                hold._message_log(body=note)
            hold.write(
                {
                    "release_until": until or False,
                    "release_amount": amount or hold.amount,
                    "promise_id": (promise or hold.first_promise_id).id,
                    **self._prepare_decision("released", reason),
                    "first_by_id": hold.first_at and hold.first_by_id.id,
                }
            )
        (self - first).sudo().order_id._collection_launch_supply()
        return True

    def action_reject(self, reason=None):
        """Decide that these orders are not supplied; an approval before it is void.

        :param str reason: kept with the order
        """
        self.env["sale.collection.hold.approval"]._check_decision(self, reason)
        self.sudo().write(self._prepare_decision("rejected", reason))
        return True

    @api.model
    def _prepare_decision(self, state, reason):
        return {
            "state": state,
            "released_by_id": self.env.uid,
            "released_at": fields.Datetime.now(),
            "release_reason": reason,
            **NO_APPROVAL,
        }

    @api.model
    def _check_controller(self):
        if not (
            self.env.su
            or self.env.user.has_group("sale_collection.group_credit_controller")
        ):
            raise AccessError(
                self.env._(
                    "Only credit controllers release or reject held orders. Ask one "
                    "of them with “Ask for release”."
                )
            )

    # === NOTICE TO THE CUSTOMER ===#
    # Names overdue invoices and the money missing; never a limit, a score or a grade.

    def action_send_notice(self):
        """Open the mail to the customer, ready to be sent."""
        self.ensure_one()
        template = self.env.ref("sale_collection_hold.mail_template_supply_notice")
        return open_dialog(
            self.env._("Supply notice"),
            "mail.compose.message",
            default_model=self._name,
            default_res_ids=self.ids,
            default_template_id=template.id,
            default_composition_mode="comment",
            default_subtype_id=self.env.ref(NOTICE).id,
            default_email_layout_xmlid="sale_collection.mail_layout",
            hide_mail_template_management_options=True,
            force_email=True,
        )

    def _message_post_after_hook(self, message, msg_vals):
        # EXTENDS mail: keep when the customer was told
        if message.subtype_id == self.env.ref(NOTICE):
            self.sudo().write({"notice_at": fields.Datetime.now()})
        return super()._message_post_after_hook(message, msg_vals)

    def _message_add_suggested_recipients(self, force_primary_email=False):
        # EXTENDS mail: the salesperson writes the mail, the customer gets it
        suggested = super()._message_add_suggested_recipients(
            force_primary_email=force_primary_email
        )
        for hold in self.sudo():
            suggested[hold.id]["partners"] -= hold.user_id.partner_id
        return suggested

    def _get_notice_recipient(self):
        """Return who deals with money at the customer, else the invoice contact."""
        self.ensure_one()
        roles = self.sudo().partner_id.collection_role_ids
        handlers = roles.filtered(lambda role: role.role == "handler").contact_id
        with_mail = handlers.filtered("email")
        return with_mail[:1] or self.sudo().order_id.partner_invoice_id

    def _get_notice_sender(self):
        self.ensure_one()
        return self.sudo().user_id or self.env.user

    def _get_notice_lines(self):
        """Return the overdue instalments of the customer, the oldest first."""
        self.ensure_one()
        company = self.sudo().company_id.root_id
        today = company._collection_today()
        condition = SQL(
            "line.partner_id = %s AND line.date_maturity < %s",
            self.sudo().partner_id.id,
            today,
        )
        lines = self.env["account.move.line"]
        lines = lines._find_open_debts(company, today, condition)
        least = company.collection_tolerance + 0.5
        return lines.filtered(
            lambda line: (
                line.collection_residual_currency > least * line.currency_id.rounding
            )
        )

    def _get_notice_amount(self):
        """Return the money that frees supply; 0 where money alone does not."""
        self.ensure_one()
        return next(
            (
                cure["amount"]
                for cure in self.cures or ()
                if cure["complete"] and cure["kind"] in ("pay", "due", "prepay")
            ),
            0.0,
        )

    # === ACTIONS ===#

    def action_open_release(self):
        """Open the dialog that lets these orders go."""
        self._check_controller()
        return open_dialog(
            self.env._("Release"),
            "sale.collection.hold.release",
            default_hold_ids=self.ids,
        )

    def action_open_reject(self):
        """Open the dialog that says why these orders are not supplied."""
        self._check_controller()
        return self._open_message("reject", self.env._("Do not supply"))

    def action_open_question(self):
        """Open the dialog that asks the salespersons of these orders."""
        self._check_controller()
        return self._open_message("question", self.env._("Ask the salesperson"))

    def action_open_request(self):
        """Open the dialog that asks the controller for release."""
        self.ensure_one()
        return self.order_id.action_collection_request_release()

    @api.depends("order_id")
    @api.depends_context("uid")
    def _compute_can(self):
        readable = self.order_id._filtered_access("read")
        writable = self.order_id._filtered_access("write")
        for hold in self:
            hold.can_open_order = hold.order_id in readable
            hold.can_ask = hold.order_id in writable

    def action_open_order(self):
        self.ensure_one()
        return self.order_id._get_records_action()

    def action_open_check(self):
        """Show what every rule says of the order."""
        self.ensure_one()
        order = self.order_id.sudo()  # known to who reads the hold
        return self.env["sale.collection.hold.preview"]._check_order(order)

    def action_recheck(self):
        """Judge these orders again, now."""
        self._check_controller()
        self.sudo().order_id._collection_recheck()
        return True

    def _open_message(self, kind, title):
        return open_dialog(
            title,
            "sale.collection.hold.message",
            default_kind=kind,
            default_hold_ids=self.ids,
        )
