from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.sale_collection.tools.window import open_dialog

from ..plan.ladder_step import CHANNELS
from .reminder_line import REASONS, STATES

# What people may change of a reminder that waits for them.
EDITABLE_FIELDS = frozenset(
    "recipient_id copy_ids user_id channel lang note subject body".split()
)
# Days for which reminders that were kept back stay, with their reasons.
KEEP_DAYS = 180


class SaleCollectionReminder(models.Model):
    """One message to one customer about the instalments that reached a step.

    Made by `_prepare`, checked again and sent by `_send`. Every change of state takes
    the lines along: by theirs the database keeps an instalment from being claimed
    twice. Amounts are in company currency.

    Before a person has confirmed or changed the text it is drawn from the template
    whenever it is read, and so always tells today's amounts. A fixed text stays.
    """

    _name = "sale.collection.reminder"
    _description = "Reminder"
    _inherit = ["sale.collection.code.written", "sale.collection.titled"]
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        related="profile_id.partner_id", string="Customer", store=True, index=True
    )
    recipient_id = fields.Many2one("res.partner", ondelete="set null")
    copy_ids = fields.Many2many(
        "res.partner", "sale_collection_reminder_copy_rel", string="Copy to"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Sender",
        ondelete="set null",
        domain="[('share', '=', False)]",
    )
    lang = fields.Char(string="Language", export_string_translation=False)
    ladder_id = fields.Many2one(
        "sale.collection.ladder",
        string="Reminder plan",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    step_id = fields.Many2one(
        "sale.collection.ladder.step",
        required=True,
        readonly=True,
        ondelete="restrict",
        help="The highest step its instalments have reached.",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="An announcement before the due date is about one invoice.",
    )
    channel = fields.Selection(CHANNELS, required=True)
    date = fields.Date(
        required=True,
        readonly=True,
        help="The day it was prepared for; once it has left, the day it left.",
    )
    prepared_on = fields.Date(
        string="Still wanted on",
        readonly=True,
        help="The last night that found it right.",
    )
    state = fields.Selection(STATES, required=True, readonly=True, default="candidate")
    reason = fields.Selection(REASONS, readonly=True)
    note = fields.Char(help="What else there is to say about it.")
    amount_total = fields.Monetary(
        string="Amount", readonly=True, help="Asked for, less credits not matched yet."
    )
    amount_credit = fields.Monetary(
        string="Credits", readonly=True, help="Payments and credit notes not matched."
    )
    line_ids = fields.One2many(
        "sale.collection.reminder.line", "reminder_id", readonly=True
    )
    attempt = fields.Integer(readonly=True, default=1)
    previous_id = fields.Many2one(
        "sale.collection.reminder",
        string="Failed attempt",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    is_first_run = fields.Boolean(
        string="First run",
        readonly=True,
        help="Of the first run of the plan: without consequences.",
    )
    confirmed_by_id = fields.Many2one("res.users", readonly=True)
    dropped_by_id = fields.Many2one("res.users", readonly=True)
    sent_at = fields.Datetime(string="Sent", readonly=True, copy=False)
    is_of_last_night = fields.Boolean(
        store=False,
        search="_search_is_of_last_night",
        export_string_translation=False,
    )
    # The next attempt is another message: neither its text nor its bounces.
    mail_id = fields.Many2one(
        "mail.mail",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    message_id = fields.Many2one(
        "mail.message",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    # === WHAT IT SAYS ===#

    subject = fields.Char(compute="_compute_text", inverse="_inverse_text")
    body = fields.Html(
        string="Text",
        compute="_compute_text",
        inverse="_inverse_text",
        sanitize="email_outgoing",
    )
    fixed_subject = fields.Char(readonly=True, copy=False)
    fixed_body = fields.Html(readonly=True, copy=False, sanitize="email_outgoing")
    # The instalments and amounts the fixed text was written for.
    fixed_for = fields.Char(readonly=True, copy=False, export_string_translation=False)
    is_edited = fields.Boolean(string="Text changed by hand", readonly=True, copy=False)
    text_error = fields.Char(
        string="Problem with the text",
        compute="_compute_text",
        help="Why the text of the step cannot be shown for this customer.",
    )
    is_outdated = fields.Boolean(
        string="Amounts changed since",
        compute="_compute_is_outdated",
        help="The words were changed by hand for other amounts than those of now.",
    )
    line_count = fields.Integer(string="Instalments", compute="_compute_line_count")
    amount_text = fields.Char(
        string="To pay",
        compute="_compute_amount_text",
        help="What is asked for, in the currencies of the invoices.",
    )
    items_html = fields.Html(
        string="Table of instalments", compute="_compute_tables", sanitize=False
    )
    payment_html = fields.Html(
        string="How to pay", compute="_compute_tables", sanitize=False
    )
    first_due_date = fields.Date(
        string="First due date", compute="_compute_first_due_date"
    )
    pay_by_date = fields.Date(
        string="Pay by",
        compute="_compute_pay_by_date",
        help="The days to pay of the step after its date, moved to a working day.",
    )
    sender_name = fields.Char(string="Signed by", compute="_compute_sender_name")

    # what waits is looked for by state, and is little
    _waiting_index = models.Index(
        "(company_id, state) WHERE state IN ('candidate', 'ready', 'queued')"
    )

    # === COMPUTE ===#

    @api.depends("fixed_subject", "fixed_body", "step_id", "channel", "line_ids.amount")
    def _compute_text(self):
        texts, errors = self.env["sale.collection.reminder.text"]._render(self)
        for reminder in self:
            subject, body = texts.get(reminder.id, ("", ""))
            reminder.subject = subject
            reminder.body = body
            reminder.text_error = errors.get(reminder.id)

    def _inverse_text(self):
        """Keep the text of a person, for the amounts of now."""
        text = self.env["sale.collection.reminder.text"]
        drawn, __ = text._render(self)
        for reminder in self:
            subject, body = drawn.get(reminder.id, (False, False))
            # what was not written is not in the cache either
            subject, body = reminder.subject or subject, reminder.body or body
            text._write_fixed(reminder, subject, body, is_edited=True)
        self.invalidate_recordset(["subject", "body"])

    @api.depends("is_edited", "fixed_for", "prepared_on", "line_ids.amount_currency")
    def _compute_is_outdated(self):
        text = self.env["sale.collection.reminder.text"]
        for reminder in self:
            reminder.is_outdated = reminder.is_edited and text._is_outdated(reminder)

    @api.depends("line_ids")
    def _compute_line_count(self):
        for reminder in self:
            reminder.line_count = len(reminder.line_ids)

    @api.depends("line_ids.amount", "amount_total")
    @api.depends_context("lang")
    def _compute_amount_text(self):
        text = self.env["sale.collection.reminder.text"]
        for reminder in self:
            totals = {
                total["currency"]: total["amount"]
                for total in text._get_totals(reminder)
            }
            currencies = self.env["res.currency"]
            reminder.amount_text = currencies._collection_format_sum(totals)

    @api.depends("line_ids.amount", "amount_total", "channel")
    @api.depends_context("lang")
    def _compute_tables(self):
        text = self.env["sale.collection.reminder.text"]
        providers = text._get_providers(self.company_id)
        for reminder in self:
            reminder.items_html = text._render_items(reminder, providers)
            reminder.payment_html = text._render_payments(reminder)

    @api.depends("line_ids.due_date")
    def _compute_first_due_date(self):
        for reminder in self:
            dues = reminder.line_ids.filtered("due_date").mapped("due_date")
            reminder.first_due_date = min(dues, default=False)

    @api.depends("prepared_on", "date", "step_id.pay_days")
    def _compute_pay_by_date(self):
        for company, reminders in self.grouped("company_id").items():
            # one that waited long for a person must not name a day gone by
            wanted = {
                reminder: fields.Date.add(day, days=reminder.step_id.pay_days)
                for reminder in reminders
                if (day := reminder.prepared_on or reminder.date)
            }
            working = company.sudo()._collection_effective_dues(list(wanted.values()))
            for reminder in reminders:
                reminder.pay_by_date = working.get(wanted.get(reminder), False)

    @api.depends("user_id")
    def _compute_sender_name(self):
        for reminder in self:
            reminder.sender_name = reminder.user_id.sudo().name or ""

    @api.model
    def _search_is_of_last_night(self, operator, value):
        """Find what waits, and what was dropped or kept back on the last two nights.

        Nights are those of working days: on Monday those kept back on Friday count.
        """
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        found = Domain("state", "in", ("candidate", "ready"))
        for company in self.env.companies.root_id:
            since = company._collection_get_last_night()
            found |= (
                Domain("company_id", "=", company.id)
                & Domain("state", "=", "dropped")
                & (Domain("prepared_on", ">=", since) | Domain("date", ">=", since))
            )
        return found

    # === CRUD ===#

    def write(self, vals):
        if not self.env.su:
            self._check_writable(vals)
        return super().write(vals)

    def _check_writable(self, vals):
        """Refuse to change what is not set by hand, or has left already.

        :raise AccessError: a field that is not set by hand
        :raise UserError: a reminder that was sent or dropped
        """
        names = vals.keys() - EDITABLE_FIELDS
        if names:
            label = self._fields[min(names)].get_description(self.env)["string"]
            raise AccessError(
                self.env._("%(field)s of a reminder is not set by hand.", field=label)
            )
        if any(reminder.state not in ("candidate", "ready") for reminder in self):
            raise UserError(
                self.env._("What has been sent or dropped cannot be changed any more.")
            )

    @api.onchange("recipient_id")
    def _onchange_recipient_id(self):
        if self.recipient_id.lang:
            self.lang = self.recipient_id.lang

    @api.autovacuum
    def _gc_kept_back(self):
        """Delete what was kept back long ago; what people dropped stays."""
        limit = fields.Date.today() - timedelta(KEEP_DAYS)
        self.search(
            [
                ("state", "=", "dropped"),
                ("dropped_by_id", "=", False),
                ("prepared_on", "<", limit),
            ],
            limit=10000,
        ).unlink()

    # === PREPARE ===#

    @api.model
    def _prepare(self, today=None, on_error=None):
        """Make the messages of a day, and say of the others why they are kept back.

        Safe to run twice: what waits is compared with what is wanted. Nothing on
        quiet days, nor while no plan is live; the next working day catches up once.

        :param date today: the company's own today when left out
        :param on_error: called with the partner id and the error of each customer that
            cannot be decided on; the others go on. Raised when left out
        :return: the reminders of that day: to confirm, ready, dropped with a reason
        """
        company = self.env.company.sudo().root_id
        preparation = self.env["sale.collection.reminder.preparation"]
        return preparation._make_night(
            company, today or company._collection_today(), on_error
        )

    # === SEND ===#

    def _send(self, today=None):
        """Send reminders; those to confirm count as confirmed by the user.

        On no record: all that is ready in the company. Nothing leaves a database
        that is a copy, neutralized or for demonstration.

        :param date today: the company's own today when left out
        :return: the reminders that are on their way now
        """
        if self.env["sale.collection.ladder"]._get_silence():
            return self.browse()
        sender = self.env["sale.collection.reminder.sender"].sudo()
        if self:
            self.filtered(lambda row: row.state == "candidate").action_confirm()
            ready = sender._filter_original(self.sudo())
        else:
            ready = sender._search_ready(self.env.company.root_id)
        return sender._send_all(ready, today).with_env(self.env)

    @api.model
    def _cron_send(self):
        """Send what is ready to customers whose sending hours it is."""
        if not self.env["sale.collection.ladder"]._get_silence():
            sender = self.env["sale.collection.reminder.sender"].sudo()
            sender._send_in_hours(sender._search_ready())

    # === STATES ===#

    def _lock_in(self, *states):
        """Return those of these reminders that are in a state, locked."""
        locked = self.try_lock_for_update(allow_referencing=True)
        locked.invalidate_recordset(["state"])
        return locked.filtered(lambda reminder: reminder.state in states)

    def _set_state(self, state, **values):
        """Change the state of reminders and of the instalments they claim."""
        self.write({"state": state, **values})
        self.line_ids.write({"state": state})
        self.flush_recordset()
        self.line_ids.flush_recordset()

    def _drop(self, reason, note=False):
        """Keep reminders from going out, for a reason."""
        values = {"note": note} if note else {}
        self._set_state("dropped", reason=reason, **values)

    def _mark_queued(self):
        """Note that reminders are on their way: in the mail queue or to be printed."""
        self._set_state("queued", sent_at=fields.Datetime.now())
        self.env["sale.collection.reminder.sender"]._apply_consequences(self)

    def _mark_sent(self):
        """Note that reminders have gone out: delivered, printed, given to a person."""
        fresh = self.filtered(lambda reminder: reminder.state == "ready")
        self._set_state("sent", sent_at=fields.Datetime.now())
        self.env["sale.collection.reminder.sender"]._apply_consequences(fresh)

    # === ACTIONS ===#

    def action_confirm(self):
        """Let these reminders go out, as they are shown.

        :raise UserError: a text that tells other amounts, or cannot be drawn
        """
        text = self.env["sale.collection.reminder.text"]
        for reminder in self:
            if reminder.is_outdated:
                raise UserError(text._get_outdated_message(reminder))
        if len(self) == 1 and self.text_error:
            raise UserError(self.text_error)
        self.check_access("write")
        waiting = self.sudo()._lock_in("candidate")
        text._fix(waiting)
        waiting.confirmed_by_id = self.env.user
        waiting._set_state("ready")
        waiting.filtered("is_first_run").ladder_id._finish_first_run()
        return True

    def action_drop(self, note=False):
        """Drop reminders by hand; the step counts as done.

        :param str note: why
        """
        self.check_access("write")
        waiting = self.sudo()._lock_in("candidate", "ready", "queued")
        on_their_way = waiting.filtered(
            lambda one: one.state == "queued" and one.channel != "letter"
        )
        waiting -= on_their_way
        waiting.dropped_by_id = self.env.user
        waiting._drop("manual", note)
        waiting.filtered("is_first_run").ladder_id._finish_first_run()
        return True

    def action_send(self):
        """Send now, whatever the hour; checked once more."""
        self.check_access("write")
        if self:  # on no record it would send all that is ready
            self._send()
        return True

    def action_send_now(self):
        """Send, and say how many have gone out and what became of the others."""
        self.env["sale.collection.ladder"]._check_may_send()
        before = self.filtered(lambda one: one.state in ("candidate", "ready"))
        before.action_send()
        gone = before.filtered(lambda one: one.state in ("queued", "sent"))
        kept = len(before) - len(gone)
        text = self.env._("%(count)s reminders sent.", count=len(gone))
        if kept:
            text += " " + self._get_kept_back_text(kept)
        return self._notify_and_reload(text, kept)

    @api.model
    def _get_kept_back_text(self, count):
        return self.env._("%(count)s kept back: see their reasons.", count=count)

    @api.model
    def _notify_and_reload(self, text, is_warning):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if is_warning else "success",
                "message": text,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_reset_text(self):
        """Go back to the text of the step."""
        self.check_access("write")
        self._check_writable({})
        self.env["sale.collection.reminder.text"]._unfix(self)
        return True

    def action_refresh_tonight(self):
        """Prepare once more what is due today, with what has happened since."""
        self.check_access("write")
        self.browse()._prepare()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_print_letters(self):
        """Print letters in one batch and note that they have gone out."""
        letters = self.filtered(
            lambda one: one.channel == "letter" and one.state in ("queued", "sent")
        )
        if not letters:
            raise UserError(
                self.env._("Choose letters that wait to be printed: state Queued.")
            )
        letters.check_access("write")
        found = len(letters)
        sender = self.env["sale.collection.reminder.sender"].sudo()
        letters = sender._recheck_letters(letters.sudo()).with_env(self.env)
        if not letters:
            return self._notify_and_reload(self._get_kept_back_text(found), True)
        letters.sudo().filtered(lambda one: one.state == "queued")._mark_sent()
        report = self.env.ref("sale_collection_reminder.report_reminder_letter")
        return report.report_action(letters, config=False)

    # === SCREENS ===#

    def action_open_drop(self):
        """Ask why these reminders are dropped."""
        return open_dialog(
            self.env._("Drop reminders"),
            "sale.collection.reminder.drop",
            default_reminder_ids=self.ids,
        )

    def action_open_snooze(self):
        """Ask until when these customers are not to be reminded."""
        return self.profile_id._open_snooze_dialog(self.sudo().line_ids.line_id)

    def action_open_profile(self):
        """Open the credit profile of the customer."""
        self.ensure_one()
        return self.profile_id._get_records_action()

    def _get_waiting_action(self):
        """Return the action that shows these reminders: the one there is, or a list."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_reminder.reminder_action"
        )
        action |= {"domain": [("id", "in", self.ids)], "context": {}}
        if len(self) == 1:
            action |= {"res_id": self.id, "views": [(False, "form")]}
        return action
