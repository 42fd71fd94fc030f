from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...models.contact.advice import NEXT_STEPS
from ...models.contact.contact import RESULTS, TYPES
from ...models.core.contact_role import ROLES
from ...models.promise.promise_support import KINDS, TIMINGS
from ...models.promise.promise_terms import DATE_CHOICES
from ...tools.period import next_working_day

# The oldest overdue instalments listed in the dialog.
LISTED = 40
# The usual way to pay of customers nobody has noted one for.
USUAL_FORM = "transfer"
PROPOSALS = [
    ("credit_note", "A credit note"),
    ("reminder_plan", "Another reminder plan"),
    ("hold", "A hold"),
    ("manager", "The manager steps in"),
]
CHANNELS = {"email": "email", "phone": "call", "visit": "visit"}
CHANNELS |= {"chat": "chat", "letter": "letter"}


class SaleCollectionContactLog(models.TransientModel):
    """The one dialog of a talk about money: what was said, what comes next.

    Saving it writes the log and, in the same step, makes the dispute, the promise or
    the follow-up that the talk ended with. What the dialog proposes and warns of is
    what a draft of the promise or dispute says, made for the moment.
    """

    _name = "sale.collection.contact.log"
    _description = "Log a contact"
    _inherit = ["sale.collection.promise.terms"]

    profile_id = fields.Many2one(required=True)
    partner_id = fields.Many2one(related="profile_id.partner_id", string="Customer")
    company_id = fields.Many2one(related="profile_id.company_id")
    currency_id = fields.Many2one(related="profile_id.currency_id")
    move_ids = fields.Many2many("account.move", string="About")
    amount_overdue = fields.Monetary(
        string="Overdue", compute="_compute_amounts", help="As the ledger stands now."
    )
    amount_collectable = fields.Monetary(
        string="Collectable", compute="_compute_amounts"
    )

    # === BEFORE THE TALK ===#

    open_dispute_count = fields.Integer(related="profile_id.open_dispute_count")
    our_undelivered_count = fields.Integer(related="profile_id.our_undelivered_count")
    our_draft_credit_count = fields.Integer(related="profile_id.our_draft_credit_count")
    amount_unapplied = fields.Monetary(related="profile_id.amount_unapplied")
    has_our_side = fields.Boolean(related="profile_id.has_our_side")
    recent_ids = fields.Many2many(related="profile_id.recent_contact_ids")
    people_html = fields.Html(related="profile_id.people_html")

    # === WHAT WAS DONE AND WHY ===#

    type = fields.Selection(
        TYPES, required=True, compute="_compute_type", store=True, readonly=False
    )
    result = fields.Selection(RESULTS)
    contact_id = fields.Many2one(
        "res.partner",
        string="Person",
        compute="_compute_contact_id",
        store=True,
        readonly=False,
        domain="[('commercial_partner_id', '=', partner_id)]",
    )
    note = fields.Text()
    default_note = fields.Char(
        string="Note without words", compute="_compute_default_note"
    )
    sign_ids = fields.Many2many("sale.collection.warning.sign", string="Warning signs")
    reason_id = fields.Many2one("sale.collection.reason", string="Stated reason")
    confirmed_reason_id = fields.Many2one(
        "sale.collection.reason", string="Confirmed reason"
    )
    advice_title = fields.Char(string="Situation", compute="_compute_advice")
    advice = fields.Text(compute="_compute_advice")
    say_polite = fields.Text(string="Politely", compute="_compute_advice")
    say_firm = fields.Text(string="Firmly", compute="_compute_advice")
    reason_step = fields.Selection(
        NEXT_STEPS, string="What helps", compute="_compute_advice"
    )
    reason_said = fields.Char(string="Said before", compute="_compute_reason_said")
    proposal = fields.Selection(
        PROPOSALS,
        string="Propose",
        help="The credit controller is asked to decide.",
    )

    # === WHAT NEXT ===#

    date_chip = fields.Selection(
        DATE_CHOICES,
        string="When",
        help="Tomorrow is the next working day. Payment day is the next day on which "
        "this customer pays.",
    )
    next_date = fields.Date(
        string="Next date", compute="_compute_next_date", store=True, readonly=False
    )
    invite_manager = fields.Boolean(
        string="Invite manager",
        help="Put a meeting with the customer into the manager's calendar.",
    )
    manager_id = fields.Many2one(
        "res.users",
        compute="_compute_manager_id",
        store=True,
        readonly=False,
        domain="[('share', '=', False)]",
    )

    # === PROMISE ===#

    promise_amount = fields.Monetary(
        string="Promised amount",
        compute="_compute_promise_amount",
        store=True,
        readonly=False,
        help="Proposed is all that can be asked for now.",
    )
    promise_is_plan = fields.Boolean(
        string="Payment plan", help="Several equal payments instead of one."
    )
    promise_rest = fields.Monetary(string="Rest", compute="_compute_promise_draft")
    promise_warning = fields.Text(string="Warning", compute="_compute_promise_draft")

    # === SUPPORT FOR THE PROMISE ===#

    support_kind = fields.Selection(
        KINDS, string="Support", help="What we give so that the promise is kept."
    )
    support_cost = fields.Monetary(string="Cost of support")
    support_timing = fields.Selection(
        TIMINGS, string="When support is given", default="after"
    )
    support_note = fields.Char(string="What exactly")

    # === DISPUTE ===#

    line_ids = fields.One2many(
        "sale.collection.contact.log.line",
        "log_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    dispute_user_id = fields.Many2one(
        "res.users",
        string="Owner",
        default=lambda self: self.env.user,
        domain=lambda self: self.env["sale.collection.dispute"]._get_owner_domain(),
    )
    dispute_deadline = fields.Date(
        string="Deadline",
        compute="_compute_dispute_deadline",
        store=True,
        readonly=False,
    )

    # === WRONG PERSON ===#

    right_name = fields.Char(string="Right person")
    right_phone = fields.Char(string="Phone")
    right_email = fields.Char(string="E-mail")
    right_role = fields.Selection(ROLES, string="Role", default="handler")

    # === COMPUTE ===#

    @api.depends("profile_id")
    def _compute_amounts(self):
        for log in self:
            live = log.profile_id.sudo()._get_live_facts()
            facts = live.get(log.partner_id.id, {})
            log.amount_overdue = facts.get("amount_overdue", 0.0)
            log.amount_collectable = facts.get("amount_collectable", 0.0)

    @api.depends("profile_id", "reason_id")
    def _compute_advice(self):
        """Advise on the reason given now; before that on what is known."""
        for log in self:
            known = log.profile_id._origin._find_advice() if log.profile_id else {}
            reason = log.reason_id or known.get(log.profile_id._origin)
            reason = (reason or self.env["sale.collection.reason"]).sudo()
            log.reason_step = reason.next_step
            log.advice_title = not log.reason_id and reason.display_name
            for name in ("advice", "say_polite", "say_firm"):
                log[name] = reason[name]

    @api.depends("profile_id")
    def _compute_type(self):
        for log in self:
            channel = log.profile_id.preferred_channel
            log.type = log.type or CHANNELS.get(channel, "call")

    @api.depends("profile_id")
    def _compute_contact_id(self):
        for log in self:
            last = log.profile_id.contact_ids.filtered("contact_id")[:1].contact_id
            roles = self.env["sale.collection.contact.role"].search(
                [("customer_id", "=", log.partner_id.id), ("role", "=", "handler")],
                limit=1,
            )
            log.contact_id = log.contact_id or roles.contact_id or last

    @api.depends(
        *("type", "result", "contact_id", "right_name", "next_date", "promise_amount")
    )
    def _compute_default_note(self):
        for log in self:
            log.default_note = ", ".join(filter(None, log._get_note_parts()))

    def _get_note_parts(self):
        """Yield what was done, in the words of the dialog."""
        labels = self._fields["type"]._description_selection(self.env)
        results = self._fields["result"]._description_selection(self.env)
        yield dict(labels).get(self.type)
        yield self.contact_id.name
        yield dict(results).get(self.result, "").lower()
        if self.right_name:
            yield self.env._("the right person is %(name)s", name=self.right_name)
        if self.next_date and self.result == "promised":
            yield self.env._(
                "%(amount)s for %(date)s",
                amount=self.currency_id.format(self.promise_amount),
                date=format_date(self.env, self.next_date),
            )
        elif self.next_date:
            day = format_date(self.env, self.next_date)
            yield self.env._("next: %(date)s", date=day)

    @api.depends("profile_id", "reason_id")
    def _compute_reason_said(self):
        for log in self:
            record = log.profile_id._collect_reason_record() if log.reason_id else {}
            rows = record.get(log.profile_id.id, [])
            said = [row for row in rows if row[0] == log.reason_id]
            sentence = log.profile_id._format_reason_record
            log.reason_said = sentence(*said[0]) if said else False

    @api.depends("profile_id", "date_chip")
    def _compute_next_date(self):
        for log in self.filtered("date_chip"):
            day = log.profile_id._get_named_day(log.date_chip)
            is_tomorrow = log.date_chip == "tomorrow"
            log.next_date = next_working_day(day) if is_tomorrow else day

    @api.depends("profile_id")
    def _compute_manager_id(self):
        for log in self:
            profile = log.profile_id
            log.manager_id = profile._get_manager() if profile else False

    @api.depends("profile_id", "line_ids")
    def _compute_promise_amount(self):
        for log in self:
            draft = log._get_draft_promise()
            log.promise_amount = log.profile_id and draft.proposed_amount

    @api.depends(
        *("profile_id", "line_ids", "result", "next_date"),
        *("promise_amount", "promise_is_plan"),
    )
    def _compute_promise_draft(self):
        self.promise_rest = self.promise_warning = False
        for log in self.filtered("profile_id"):
            draft = log._get_draft_promise()
            if not log.promise_is_plan:
                rest = draft.proposed_amount - log.promise_amount
                log.promise_rest = max(0.0, rest)
            log.promise_warning = log.result == "promised" and draft.warning

    @api.depends("profile_id")
    def _compute_payment_form(self):
        # EXTENDS: a talk asks for one form, the usual one first
        res = super()._compute_payment_form()
        for log in self:
            log.payment_form = log.payment_form or USUAL_FORM
        return res

    @api.depends("profile_id")
    def _compute_dispute_deadline(self):
        disputes = self.env["sale.collection.dispute"]
        for log in self.filtered("profile_id"):
            draft = disputes.new({"profile_id": log.profile_id._origin.id})
            log.dispute_deadline = draft.deadline

    @api.depends("profile_id", "move_ids")
    def _compute_line_ids(self):
        for log in self:
            lines = self.env["account.move.line"]
            if log.profile_id:
                lines = log.profile_id._get_overdue_lines(
                    log._get_moves(), None, LISTED
                )
            log.line_ids = [
                Command.clear(),
                *(Command.create({"line_id": line.id}) for line in lines),
            ]

    # === CONSTRAINTS ===#

    @api.constrains("profile_id")
    def _check_profile_access(self):
        for log in self:
            log._collection_get_given("profile_id")

    def _check_complete(self):
        """Refuse a half-told talk, naming what is missing."""
        if not self.result:
            raise UserError(self.env._("Result: say what came of the contact."))
        if self.result == "promised" and not self.next_date:
            raise UserError(self.env._("Promised for: say when they will pay."))
        if self.result == "disputes" and not self.reason_id:
            raise UserError(self.env._("Stated reason: say what they dispute."))
        if self.invite_manager and not (self.next_date and self.manager_id):
            raise UserError(
                self.env._("Next date: choose the day and the manager of the meeting.")
            )

    # === ACTIONS ===#

    def action_no_answer_tomorrow(self):
        """Save a call without an answer, to be repeated tomorrow."""
        self.write({"result": "no_answer", "date_chip": "tomorrow"})
        return self.action_save()

    def action_next_step(self):
        """Take the step that fits the reason given, and show the dialog again."""
        self.ensure_one()
        step = self.reason_step
        self.promise_is_plan = self.promise_is_plan or step == "plan"
        if step == "dispute":
            self.result = "disputes"
        elif step in ("promise", "plan"):
            self.result = "promised"
        elif step in dict(PROPOSALS):
            self.proposal = step
        else:
            self.date_chip = self.date_chip or "tomorrow"
        return {**self.profile_id._open_contact_log(), "res_id": self.id, "context": {}}

    def action_save(self):
        """Write the log, with what the talk ended with."""
        self.ensure_one()
        self._collection_get_given("profile_id")
        self._collection_get_given("move_ids")
        self._check_complete()
        values = self._prepare_contact()
        if self.result == "disputes":
            disputes = self.env["sale.collection.dispute"]
            values["dispute_id"] = disputes.create(self._prepare_dispute()).id
        if self.result == "promised":
            promise = self.env["sale.collection.promise"]
            promise = promise.create(
                {
                    **self._prepare_promise(),
                    **self._prepare_promised_dates(),
                    **self._prepare_support(),
                }
            )
            promise.action_open()
            values["promise_id"] = promise.id
        contact = self.env["sale.collection.contact"].create(values)
        self._save_right_person()
        if self.proposal:
            why = filter(None, (self.reason_id.name, self.note or self.default_note))
            self.profile_id._ask_for_decision(self.proposal, ": ".join(why))
        if self.invite_manager:
            self._invite_manager(contact)
        return {"type": "ir.actions.act_window_close"}

    # === VALUES ===#

    def _get_moves(self):
        """Return the invoices talked about, also for users without accounting."""
        return self.sudo().move_ids._origin

    def _prepare_contact(self):
        moves = self._get_moves()
        return {
            "profile_id": self.profile_id.id,
            "type": self.type,
            "result": self.result,
            "contact_id": self.contact_id.id,
            **({"move_ids": [Command.set(moves.ids)]} if moves else {}),
            "reason_id": self.reason_id.id,
            "confirmed_reason_id": self.confirmed_reason_id.id,
            "sign_ids": [Command.set(self.sign_ids.ids)],
            "note": self.note or self.default_note,
            # A promise follows its own date up; what is left is ours to ask.
            "next_date": self.result != "promised" and self.next_date,
        }

    def _prepare_dispute(self):
        return {
            "profile_id": self.profile_id.id,
            "reason_id": self.reason_id.id,
            "user_id": self.dispute_user_id.id,
            "deadline": self.dispute_deadline,
            "note": self.note,
            "line_ids": [
                Command.create({"line_id": line.line_id.id, "amount": line.disputed})
                for line in self.line_ids.filtered("disputed")
            ],
        }

    def _get_draft_promise(self):
        """Return the promise as it would be, unsaved: it knows amounts and warnings."""
        values = {**self._prepare_promise(), "date": self.next_date}
        return self.env["sale.collection.promise"].new(
            {name: value for name, value in values.items() if value}
        )

    def _prepare_promise(self):
        lines = self.line_ids.line_id._origin if self._get_moves() else []
        return {
            "profile_id": self.profile_id._origin.id,
            "contact_id": self.contact_id._origin.id,
            "amount": self.promise_amount,
            "payment_form": self.payment_form,
            "maturity_date": self.maturity_date,
            "note": self.note,
            # Without invoices the promise takes all that is overdue itself.
            **(
                {
                    "allocation_ids": [
                        Command.create({"line_id": line.id}) for line in lines
                    ]
                }
                if lines
                else {}
            ),
        }

    def _prepare_promised_dates(self):
        if not self.promise_is_plan:
            rest_date = self.promise_rest and self.rest_date
            return {"date": self.next_date, "rest_date": rest_date}
        return {
            "kind": "plan",
            "first_date": self.next_date,
            "frequency": self.frequency,
            "payment_count": self.payment_count,
        }

    def _prepare_support(self):
        """Return what is given for the promise; its owner and day are proposed."""
        if not self.support_kind:
            return {}
        support = {
            "kind": self.support_kind,
            "cost": self.support_cost,
            "timing": self.support_timing,
            "note": self.support_note,
        }
        return {"support_ids": [Command.create(support)]}

    # === WHAT FOLLOWS ===#

    def _save_right_person(self):
        """Keep the right person with their role as a contact of the customer."""
        if self.result != "wrong_person" or not self.right_name:
            return
        # Users who talk to the customer may note whom to ask, whatever other rights.
        person = (
            self.env["res.partner"]
            .sudo()
            .create(
                {
                    "name": self.right_name,
                    "phone": self.right_phone,
                    "email": self.right_email,
                    "parent_id": self.partner_id.id,
                    "type": "contact",
                }
            )
        )
        self.env["sale.collection.contact.role"].create(
            {
                "customer_id": self.partner_id.id,
                "contact_id": person.id,
                "role": self.right_role or "handler",
            }
        )

    def _invite_manager(self, contact):
        """Ask the manager to a meeting with the customer on the next date."""
        if "calendar.event" in self.env:
            self.env["calendar.event"].create(self._prepare_meeting(contact))
        else:
            self.profile_id.activity_schedule(
                "sale_collection.activity_meeting",
                date_deadline=self.next_date,
                user_id=self.manager_id.id,
                note=contact.note,
            )

    def _prepare_meeting(self, contact):
        """Return a meeting of one hour at ten in the morning of the user."""
        zone = ZoneInfo(self.env.user.tz or "UTC")
        start = datetime.combine(self.next_date, time(10), tzinfo=zone)
        start = start.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
        people = self.env.user.partner_id | self.manager_id.partner_id
        return {
            "name": self.env._("Meeting: %(customer)s", customer=self.partner_id.name),
            "start": start,
            "stop": start + timedelta(hours=1),
            "partner_ids": [Command.set(people.ids)],
            "description": contact.note,
        }
