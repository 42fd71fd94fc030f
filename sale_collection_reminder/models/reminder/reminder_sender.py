import logging
from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import fields, models
from odoo.tools import SQL, split_every

from odoo.addons.sale_collection.models.core.transaction import (
    CONFLICTS,
    do_all_or_each,
)

from ...tools.ladder import next_channel
from ...tools.night import Named, Recheck
from .reminder_facts import AHEAD_DAYS

_logger = logging.getLogger(__name__)

# Reminders checked, rendered and, by the scheduler, committed at once.
BATCH = 100


class SaleCollectionReminderSender(models.AbstractModel):
    """Send reminders: each is checked once more, under lock, by the ledger.

    What is sent is what was prepared, less what has been paid, promised, disputed or
    credited since.

    Channel `x` is sent by the method `_send_x(reminders)`. An addon adds one by
    `selection_add` on `channel` of step and reminder and by that method, which sends
    the reminders and calls `_mark_queued` or `_mark_sent` on them.
    """

    _name = "sale.collection.reminder.sender"
    _description = "Sender of reminders"

    # === BATCHES ===#

    def _search_ready(self, company=None):
        """Return the reminders that may go out, of one root company or of all."""
        domain = [("state", "=", "ready")]
        if company:
            domain.append(("company_id", "=", company.id))
        reminders = self.env["sale.collection.reminder"].search(domain, order="id")
        return self._filter_original(reminders)

    def _filter_original(self, reminders):
        """Return the reminders of plans that went live in this very database."""
        live = reminders.ladder_id._filter_original()
        return reminders.filtered(lambda row: row.ladder_id in live)

    def _send_all(self, reminders, today=None):
        """Check and send reminders that are ready; return those that went out."""
        sent = reminders.browse()
        for batch in split_every(BATCH, reminders.ids, reminders.browse):
            sent |= self._send_batch(batch, today)
        self.env["sale.collection.reminder.mailer"]._wake_queue(sent)
        return sent

    def _send_in_hours(self, reminders):
        """Send reminders to customers whose sending hours it is, batch by batch.

        Each batch is committed when this runs as a scheduled action.
        """
        Cron = self.env["ir.cron"]
        awake = self._filter_awake(reminders)
        Cron._commit_progress(remaining=len(awake))
        for batch in split_every(BATCH, awake.ids, awake.browse):
            self._send_or_each(batch)
            if not Cron._commit_progress(len(batch)):
                break

    def _send_or_each(self, reminders):
        """Send a batch; a reminder that fails does not stop the others."""
        mailer = self.env["sale.collection.reminder.mailer"]

        def send(batch):
            mailer._wake_queue(self._send_batch(batch))

        try:
            do_all_or_each(self.env, reminders, send, self._note_error)
        except CONFLICTS:
            # Somebody is paying or sending just now: the next round sees it.
            _logger.info("Another session is at reminders %s", reminders.ids)

    def _note_error(self, reminder, error):
        _logger.warning("Reminder %s not sent", reminder.id, exc_info=error)
        self._fail(reminder, "error", str(error))

    def _send_batch(self, reminders, today=None):
        """Check and send reminders that are ready; return those that went out."""
        sent = reminders.browse()
        ready = reminders._lock_in("ready")
        for company, own in ready.grouped("company_id").items():
            sender = self.with_company(company)
            sent |= sender._dispatch(sender._recheck(company, own, today))
        return sent

    def _recheck_letters(self, reminders):
        """Return which letters to print: queued ones that are right, and sent ones.

        Letters that are wrong by now are dropped; the text is drawn anew where
        amounts have changed.
        """
        queued = reminders.filtered(lambda row: row.state == "queued")
        kept = queued.browse()
        for company, letters in queued._lock_in("queued").grouped("company_id").items():
            kept |= self.with_company(company)._recheck(company, letters)
        self.env["sale.collection.reminder.text"]._fix(kept)
        return reminders - queued | kept

    def _filter_awake(self, reminders):
        """Return the reminders to customers for whom it is a working hour now."""
        now = fields.Datetime.now().replace(tzinfo=timezone.utc)
        awake = reminders.browse()
        for company, own in reminders.grouped("company_id").items():
            is_working = company._collection_get_working_days()
            first = company.collection_reminder_from_hour
            last = company.collection_reminder_to_hour
            for reminder in own:
                local = now.astimezone(ZoneInfo(self._get_time_zone(reminder)))
                hour = local.hour + local.minute / 60
                if first <= hour < last and is_working(local.date()):
                    awake |= reminder
        return awake

    def _get_time_zone(self, reminder):
        """Return the time zone of the customer, else that of the company."""
        return (
            reminder.recipient_id.tz
            or reminder.partner_id.tz
            or reminder.company_id.partner_id.tz
            or reminder.company_id.resource_calendar_id.tz
            or "UTC"
        )

    # === CHECKED ONCE MORE ===#

    def _recheck(self, company, reminders, today=None):
        """Drop what is wrong by now and renew the amounts; return what may go out.

        Reminders of instalments that somebody is paying at this moment wait.

        :param date today: the company's own today when left out
        """
        reminders = self._lock_instalments(reminders.with_company(company))
        if not reminders:
            return reminders
        plans = {plan.id: plan for plan in reminders.ladder_id._make_plans()}
        facts = self.env["sale.collection.reminder.facts"]
        day = today or company._collection_today()
        night = facts._collect_night(
            company,
            day,
            list(plans.values()),
            reminders.partner_id.ids,
            ahead=AHEAD_DAYS,
        )
        gone = facts._explain_gone(
            company,
            day,
            {part.line_id.id: part.due_date for part in reminders.line_ids},
        )
        kept = reminders.browse()
        for reminder in reminders:
            plan = plans[reminder.ladder_id.id]
            case = night.get_case(reminder.partner_id.id, plan)
            reason = self._renew(reminder, case, gone)
            if reason:
                reminder._drop(reason)
            else:
                kept |= reminder
        return kept

    def _lock_instalments(self, reminders):
        """Return the reminders whose instalments no other session is paying."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM account_move_line WHERE id = ANY(%s)
              ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
                """,
                reminders.line_ids.line_id.ids,
            )
        )
        locked = {row[0] for row in rows}
        return reminders.filtered(
            lambda row: locked.issuperset(row.line_ids.line_id.ids)
        )

    def _renew(self, reminder, case, gone):
        """Renew a reminder by the facts of its customer; return why it must not go.

        :param case: `Case`; None when the customer owes nothing any more
        :param dict gone: why, by id of the instalments not open any more
        """
        named = [
            Named(part.line_id.id, part.due_date, part.listed)
            for part in reminder.line_ids
        ]
        if case:
            found = case.recheck(reminder.step_id.id, reminder.move_id.id, named, gone)
        else:
            reasons = [gone[one.line] for one in named if one.line in gone]
            found = Recheck(reasons[0] if reasons else "cancelled")
        if found.asked:
            self._renew_dates(reminder, case)
            self._leave_out(reminder, found)
            self._renew_amounts(reminder, found)
        if found.reason:
            return found.reason
        recipient = reminder.recipient_id or reminder.partner_id
        channel = self._find_channel(reminder.channel, recipient)
        if not channel:
            return "no_address"
        if channel != reminder.channel:
            reminder.channel = channel
        # dates count from the day it leaves, however long it waited
        reminder.write({"date": case.facts.today, "prepared_on": case.facts.today})
        return self.env["sale.collection.reminder.text"]._renew(reminder)

    def _leave_out(self, reminder, found):
        """Take out the instalments that are not to be reminded of, and note why."""
        out = reminder.line_ids.filtered(lambda part: part.line_id.id in found.left_out)
        if not out:
            return
        labels = dict(reminder._fields["reason"]._description_selection(self.env))
        said = [
            f"{part.line_name}: {labels[found.left_out[part.line_id.id]]}"
            for part in out
        ]
        reminder.note = ", ".join(filter(None, [reminder.note, *said]))
        out.unlink()

    def _renew_dates(self, reminder, case):
        dues = {line.id: line.due for line in case.customer.lines}
        for part in reminder.line_ids:
            part.due_date = dues.get(part.line_id.id, part.due_date)

    def _renew_amounts(self, reminder, found):
        credit = 0.0
        for part in reminder.line_ids:
            asked = found.asked[part.line_id.id]
            rate = asked.amount / asked.amount_currency
            credit += asked.credit * rate
            part.write(
                {
                    "amount_residual": asked.residual,
                    "amount": asked.amount,
                    "amount_currency": asked.amount_currency,
                    "credit_currency": asked.credit,
                }
            )
        reminder.amount_credit = credit
        reminder.amount_total = sum(reminder.line_ids.mapped("amount"))

    # === CHANNELS ===#

    def _dispatch(self, reminders):
        """Hand reminders to their channels; one that breaks stops no other.

        :return: those that went out
        """
        sent = reminders.browse()
        for channel, own in reminders.grouped("channel").items():
            send = getattr(self, f"_send_{channel}")
            done = do_all_or_each(self.env, own, send, self._note_error)
            sent = sent.union(*(items for items, _result in done))
        return sent.filtered(lambda row: row.state in ("queued", "sent"))

    def _is_reachable(self, channel, recipient):
        """Tell whether a channel has an address of the recipient."""
        if channel == "mail":
            return bool(recipient.email_normalized)
        if channel == "letter":
            return bool(recipient.city and (recipient.street or recipient.zip))
        return True

    def _find_channel(self, channel, recipient):
        """Return the channel that reaches a recipient: this one, else the first.

        None without an address. Nobody is called instead who has no number.
        """
        others = self._get_fallback_channels()
        if not recipient.phone:
            others = [other for other in others if other != "call"]
        order = [channel, *others]
        return next((one for one in order if self._is_reachable(one, recipient)), None)

    def _send_mail(self, reminders):
        """Queue mails, but to addresses that must not be written to."""
        blocked = self._find_blacklisted(reminders)
        self._fail(blocked, "blacklisted")
        mailer = self.env["sale.collection.reminder.mailer"]
        templates = (reminders - blocked).grouped(lambda row: row.step_id.template_id)
        for template, own in templates.items():
            ready, texts = self._draw_texts(own)
            mailer._queue_mails(template, ready, texts)

    def _find_blacklisted(self, reminders):
        emails = set(reminders.recipient_id.mapped("email_normalized")) - {False}
        blocked = self.env["mail.blacklist"].sudo().search([("email", "in", [*emails])])
        emails = set(blocked.mapped("email"))
        return reminders.filtered(
            lambda row: row.recipient_id.email_normalized in emails
        )

    def _draw_texts(self, reminders):
        """Return the reminders whose texts can be drawn, and the texts by id."""
        texts, errors = self.env["sale.collection.reminder.text"]._render(reminders)
        for reminder in reminders:
            if not texts.get(reminder.id, ("",))[0]:
                # On paper the same text would be missing.
                self._fail(reminder, "error", errors.get(reminder.id), skip=("letter",))
        return reminders.filtered(lambda row: row.state == "ready"), texts

    def _send_letter(self, reminders):
        """Queue letters for the next print batch, with the text of now."""
        errors = self.env["sale.collection.reminder.text"]._fix(reminders)
        for reminder in reminders:
            if errors.get(reminder.id):
                self._fail(reminder, "error", errors[reminder.id])
        reminders.filtered(lambda one: one.state == "ready")._mark_queued()

    def _send_call(self, reminders):
        """Have the customers called."""
        self._schedule(reminders, "mail.mail_activity_data_call")
        reminders._mark_sent()

    def _send_visit(self, reminders):
        """Have the customers visited."""
        self._schedule(reminders, "sale_collection_reminder.activity_reminder_visit")
        reminders._mark_sent()

    def _send_escalation(self, reminders):
        """Tell a colleague that reminding the customer has not helped."""
        for reminder in reminders:
            reminder.user_id = reminder.profile_id._get_escalation_user(
                reminder.step_id.escalate_to
            )
        activity = "sale_collection_reminder.activity_reminder_escalation"
        self._schedule(reminders, activity)
        reminders._mark_sent()

    # === WHAT FOLLOWS ===#

    def _apply_consequences(self, reminders):
        """Apply what follows from reminders that have gone out just now.

        A plan's first run has no consequences but a line in the invoices.
        """
        self._log_on_invoices(reminders)
        earnest = reminders.filtered(lambda reminder: not reminder.is_first_run)
        earnest.profile_id._refresh_stage()
        queue = self.env["sale.collection.queue"].sudo()
        for company, own in earnest.grouped("company_id").items():
            # figures that hang on the stage are brought up to date within a minute
            queue._push("partner", own.partner_id.ids, company)
        for reminder in earnest.filtered("step_id.hand_over"):
            self._hand_over(reminder)

    def _log_on_invoices(self, reminders):
        """Leave a line in the chatter of the reminded invoices."""
        labels = dict(reminders._fields["channel"]._description_selection(self.env))
        bodies = {}
        for reminder in reminders:
            recipient = reminder.recipient_id or reminder.partner_id
            text = self.env._(
                "Reminded: %(step)s (%(channel)s) to %(recipient)s",
                step=reminder.step_id.name,
                channel=labels[reminder.channel],
                recipient=recipient.display_name,
            )
            bodies.update(dict.fromkeys(reminder.line_ids.move_id.ids, text))
        if bodies:
            moves = self.env["account.move"].sudo().browse(bodies)
            moves._message_log_batch(bodies)

    def _hand_over(self, reminder):
        """Ask the credit controller to hand the debts over."""
        controller = reminder.company_id._collection_get_controller() or self.env.user
        reminder.profile_id.activity_schedule(
            "sale_collection_reminder.activity_hand_over",
            date_deadline=reminder.date,
            user_id=controller.id,
            summary=self.env._(
                "Hand over %(amount)s",
                amount=reminder.currency_id.format(reminder.amount_total),
            ),
            note=self._get_document_names(reminder),
        )

    # === WHEN ONE FAILS ===#

    def _get_fallback_channels(self):
        """Return the channels in the order they are tried when one has failed."""
        return ["mail", "letter", "call"]

    def _fail(self, reminders, reason, note=False, skip=()):
        """Note that reminders did not arrive; make the next attempt at each.

        :param str reason: `bounced`, `blacklisted` or `error`
        :param skip: channels that would fail as well
        """
        failed = reminders.filtered(
            lambda reminder: reminder.state in ("ready", "queued", "sent")
        )
        failed._set_state("failed", reason=reason, **({"note": note} if note else {}))
        for reminder in failed:
            channel = self._get_next_channel(reminder, skip)
            if channel:
                self._make_attempt(reminder, channel)

    def _make_attempt(self, reminder, channel):
        """Make the next attempt at a reminder; a text changed by hand goes along."""
        attempt = reminder.copy(
            {
                "channel": channel,
                "state": "ready",
                "reason": False,
                "note": False,
                "attempt": reminder.attempt + 1,
                "previous_id": reminder.id,
                "profile_id": reminder.profile_id.id,
                "company_id": reminder.company_id.id,
            }
        )
        for part in reminder.line_ids:
            part.copy({"reminder_id": attempt.id, "state": "ready"})
        attempt.line_ids.flush_recordset()
        if reminder.is_edited:
            names = ("fixed_subject", "fixed_body", "fixed_for", "is_edited")
            attempt.write({name: reminder[name] for name in names})

    def _get_next_channel(self, reminder, skip=()):
        """Return the next channel that can reach the recipient, None when none can."""
        order = [code for code in self._get_fallback_channels() if code not in skip]
        channel = next_channel(reminder.channel, order)
        recipient = reminder.recipient_id or reminder.partner_id
        while channel and not self._is_reachable(channel, recipient):
            channel = next_channel(channel, order)
        return channel

    # === ACTIVITIES ===#

    def _schedule(self, reminders, activity_type):
        """Give the sender of each reminder an activity on the customer."""
        model_id = self.env["ir.model"]._get_id("sale.collection.profile")
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": self.env.ref(activity_type).id,
                    "res_model_id": model_id,
                    "res_id": reminder.profile_id.id,
                    "summary": self._get_summary(reminder),
                    "note": self._get_document_names(reminder),
                    "date_deadline": reminder.date,
                    "user_id": self._get_activity_user(reminder).id,
                    "automated": True,
                }
                for reminder in reminders
            ]
        )

    def _get_summary(self, reminder):
        """Return what is to do about a reminder, in the language of who does it."""
        lang = self._get_activity_user(reminder).lang
        reminder = reminder.with_context(lang=lang)
        labels = dict(reminder._fields["channel"]._description_selection(reminder.env))
        return reminder.env._(
            "%(channel)s: %(step)s, %(amount)s overdue",
            channel=labels[reminder.channel],
            step=reminder.step_id.name,
            amount=reminder.currency_id.format(reminder.amount_total),
        )

    def _get_document_names(self, reminder):
        return ", ".join(filter(None, reminder.line_ids.mapped("line_name")))

    def _get_activity_user(self, reminder):
        return (
            reminder.user_id
            or reminder.profile_id.user_id
            or reminder.company_id._collection_get_controller()
            or self.env.user
        )
