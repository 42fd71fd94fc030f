from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.tools import format_date

from ...models.contact.contact import RESULTS, TYPES
from ...models.core.contact_role import ROLES
from ...tools import period

# The oldest overdue instalments listed in the dialog.
LISTED = 40
PROPOSALS = [
    ("reminder_plan", "Another reminder plan"),
    ("hold", "A hold"),
    ("manager", "The manager steps in"),
]
CHANNELS = {"email": "email", "phone": "call", "visit": "visit"}
CHANNELS |= {"chat": "chat", "letter": "letter"}


class SaleCollectionContactLog(models.TransientModel):
    """The one dialog of a talk about money: what was said, what comes next.

    Saving it writes the log and, in the same step, makes the dispute, the promise or
    the follow-up that the talk ended with.
    """

    _name = "sale.collection.contact.log"
    _description = "Log a contact"
    _inherit = ["sale.collection.profile.guard"]

    profile_id = fields.Many2one("sale.collection.profile", required=True)
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

    # What was done
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

    # Why
    reason_id = fields.Many2one("sale.collection.reason", string="Stated reason")
    confirmed_reason_id = fields.Many2one(
        "sale.collection.reason", string="Confirmed reason"
    )
    advice = fields.Text(related="reason_id.advice")
    reason_said = fields.Char(string="Said before", compute="_compute_reason_said")
    reason_step = fields.Selection(related="reason_id.next_step")
    proposal = fields.Selection(
        PROPOSALS,
        string="Propose",
        help="The credit controller is asked to decide.",
    )

    # What next
    date_chip = fields.Selection(
        [
            ("tomorrow", "Tomorrow"),
            ("friday", "Friday"),
            ("payment_day", "Payment day"),
            ("month_end", "Month end"),
        ],
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

    # Dispute
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

    # Wrong person
    right_name = fields.Char(string="Right person")
    right_phone = fields.Char(string="Phone")
    right_email = fields.Char(string="E-mail")
    right_role = fields.Selection(ROLES, string="Role", default="handler")

    # Before the talk
    open_dispute_count = fields.Integer(related="profile_id.open_dispute_count")
    our_undelivered_count = fields.Integer(related="profile_id.our_undelivered_count")
    our_draft_credit_count = fields.Integer(related="profile_id.our_draft_credit_count")
    amount_unapplied = fields.Monetary(related="profile_id.amount_unapplied")
    has_our_side = fields.Boolean(related="profile_id.has_our_side")
    recent_ids = fields.Many2many(
        "sale.collection.contact", compute="_compute_recent_ids"
    )

    # === COMPUTE ===#

    @api.depends("profile_id")
    def _compute_amounts(self):
        for log in self:
            live = log.profile_id.sudo()._get_live_facts()
            facts = live.get(log.partner_id.id, {})
            log.amount_overdue = facts.get("amount_overdue", 0.0)
            log.amount_collectable = facts.get("amount_collectable", 0.0)

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

    @api.depends("profile_id", "date_chip")
    def _compute_next_date(self):
        for log in self:
            if log.date_chip:
                log.next_date = log._get_chip_date(log.date_chip)

    @api.depends("profile_id")
    def _compute_manager_id(self):
        for log in self:
            log.manager_id = log.profile_id._get_manager()

    @api.depends("profile_id")
    def _compute_dispute_deadline(self):
        for log in self:
            if log.company_id:
                days = log.company_id.sudo().collection_dispute_days
                today = log.company_id._collection_today()
                log.dispute_deadline = today + timedelta(days=days)

    @api.depends("profile_id", "move_ids")
    def _compute_line_ids(self):
        for log in self:
            lines = log._get_talked_about()[:LISTED]
            log.line_ids = [
                Command.clear(),
                *(Command.create({"line_id": line.id}) for line in lines),
            ]

    @api.depends("profile_id", "reason_id")
    def _compute_reason_said(self):
        for log in self:
            record = log.profile_id._collect_reason_record() if log.reason_id else {}
            rows = record.get(log.profile_id.id, [])
            said = [row for row in rows if row[0] == log.reason_id]
            sentence = log.profile_id._format_reason_record
            log.reason_said = sentence(*said[0]) if said else False

    @api.depends("profile_id")
    def _compute_recent_ids(self):
        for log in self:
            log.recent_ids = log.profile_id.contact_ids[:3]

    @api.depends(lambda self: self._get_note_fields())
    def _compute_default_note(self):
        for log in self:
            log.default_note = ", ".join(filter(None, log._get_note_parts()))

    @api.model
    def _get_note_fields(self):
        return ["type", "result", "contact_id", "right_name", "next_date"]

    def _get_note_parts(self):
        """Yield what was done, in the words of the dialog."""
        labels = self._fields["type"]._description_selection(self.env)
        results = self._fields["result"]._description_selection(self.env)
        yield dict(labels).get(self.type)
        yield self.contact_id.name
        yield dict(results).get(self.result, "").lower()
        if self.right_name:
            yield self.env._("the right person is %(name)s", name=self.right_name)
        if self.next_date:
            yield self._get_next_words(format_date(self.env, self.next_date))

    def _get_next_words(self, day):
        return self.env._("next: %(date)s", date=day)

    # === CONSTRAINTS ===#

    @api.constrains("profile_id")
    def _check_profile_access(self):
        self.sudo(False).profile_id.check_access("read")

    # === DATES ===#

    def _get_chip_date(self, chip):
        """Return the day that a date chip stands for."""
        today = self.company_id._collection_today()
        tomorrow = today + timedelta(days=1)
        if chip == "tomorrow":
            return period.next_working_day(tomorrow)
        if chip == "friday":
            return tomorrow + relativedelta(weekday=4)
        if chip == "payment_day":
            payment_days = self.profile_id._get_payment_days()
            return period.next_payment_day(tomorrow, payment_days)
        return period.month_bounds(tomorrow)[1]

    # === COLLECT ===#

    def _get_talked_about(self):
        """Return the instalments talked about: of the invoices, else all overdue."""
        if not self.profile_id:
            return self.env["account.move.line"]
        return self.profile_id._get_overdue_lines(self._get_moves())

    def _get_moves(self):
        """Return the invoices talked about, also to who has no rights in accounting."""
        return self.sudo().move_ids._origin

    # === ACTIONS ===#

    def action_no_answer_tomorrow(self):
        """Called, no answer, again tomorrow."""
        self.write({"result": "no_answer", "date_chip": "tomorrow"})
        return self.action_save()

    def action_next_step(self):
        """Take the step that fits the reason given."""
        self.ensure_one()
        step = self.reason_step
        if step == "dispute":
            self.result = "disputes"
        elif step in ("promise", "plan"):
            self.result = "promised"
        else:
            self.proposal = step
        return self._reopen()

    def action_save(self):
        """Write the log, with what the talk ended with."""
        self.ensure_one()
        self._check_complete()
        values = self._prepare_contact()
        values.update(self._create_outcome())
        contact = self.env["sale.collection.contact"].create(values)
        self._save_right_person()
        if self.proposal:
            why = self.reason_id.name or self.note
            self.profile_id._ask_for_decision(self.proposal, why)
        if self.invite_manager:
            self._invite_manager(contact)
        return {"type": "ir.actions.act_window_close"}

    def _create_outcome(self):
        """Make what the talk ended with.

        :return: values of the log that name it
        """
        if self.result != "disputes":
            return {}
        dispute = self.env["sale.collection.dispute"].create(self._prepare_dispute())
        return {"dispute_id": dispute.id}

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log contact"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
