import logging
from datetime import timezone
from zoneinfo import ZoneInfo

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL, split_every

from ..tools.ladder import CENT
from .reminder_decide import Wanted

_logger = logging.getLogger(__name__)

# Messages checked, rendered and, by the scheduler, committed at once.
BATCH = 100


class SaleCollectionReminder(models.Model):
    """Sending: every message is checked once more, under lock, by the ledger.

    What is sent is what was prepared, less what has been paid, promised, disputed or
    credited since.
    """

    _inherit = "sale.collection.reminder"

    # === ENTRY POINTS ===#

    def _send(self, today=None):
        """Send messages; those to confirm count as confirmed by whoever sends them.

        On no record: all that is ready in the company. Nothing leaves a database
        that is a copy, neutralized or for demonstration.

        :param date today: the company's own today when left out
        :return: the messages that are on their way now
        """
        if self.env["sale.collection.ladder"]._get_silence():
            return self.browse()
        if self:
            self.filtered(lambda row: row.state == "candidate").action_confirm()
            ready = self.sudo()._filter_original()
        else:
            ready = self.sudo()._search_ready(self.env.company.root_id)
        gone = ready.browse()
        for batch in split_every(BATCH, ready.ids, ready.browse):
            gone |= batch._send_batch(today)
        self._wake_mail_queue(gone)
        return gone.with_env(self.env)

    @api.model
    def _cron_send(self):
        """Send what is ready to customers whose sending hours it is."""
        if self.env["sale.collection.ladder"]._get_silence():
            return
        Cron = self.env["ir.cron"]
        ready = self.sudo()._search_ready()._filter_awake()
        Cron._commit_progress(remaining=len(ready))
        for batch in split_every(BATCH, ready.ids, ready.browse):
            batch._send_or_each()
            if not Cron._commit_progress(len(batch)):
                break

    def _send_or_each(self):
        """Send a batch; where it fails as a whole, each message by itself."""
        try:
            with self.env.cr.savepoint():
                self._wake_mail_queue(self._send_batch())
        except (ConcurrencyError, psycopg2.OperationalError):
            # Somebody is paying or sending just now: the next round sees it.
            _logger.info("Another session is at reminders %s", self.ids)
        except Exception as error:
            for reminder in self if len(self) > 1 else ():
                reminder._send_or_each()
            if len(self) == 1:
                _logger.warning("Reminder %s not sent", self.id, exc_info=True)
                self._fail("error", str(error))

    @api.model
    def _search_ready(self, company=None):
        domain = [("state", "=", "ready")]
        if company:
            domain.append(("company_id", "=", company.id))
        return self.search(domain, order="id")._filter_original()

    def _filter_original(self):
        """Return the messages of plans that went live in this very database."""
        live = self.ladder_id._filter_original()
        return self.filtered(lambda row: row.ladder_id in live)

    def _filter_awake(self):
        """Return the messages to customers it is a working hour for now."""
        now = fields.Datetime.now().replace(tzinfo=timezone.utc)
        awake = self.browse()
        for company, reminders in self.grouped("company_id").items():
            is_working = company._collection_get_working_days()
            first = company.collection_reminder_from_hour
            last = company.collection_reminder_to_hour
            for reminder in reminders:
                local = now.astimezone(ZoneInfo(reminder._get_time_zone()))
                hour = local.hour + local.minute / 60
                if first <= hour < last and is_working(local.date()):
                    awake |= reminder
        return awake

    def _get_time_zone(self):
        """Return the time zone of the customer, else that of the company."""
        return (
            self.recipient_id.tz
            or self.partner_id.tz
            or self.company_id.partner_id.tz
            or self.company_id.resource_calendar_id.tz
            or "UTC"
        )

    # === ONE BATCH ===#

    def _send_batch(self, today=None):
        """Check and send messages of one or more companies; return those that went."""
        gone = self.browse()
        ready = self._lock_in("ready")
        for company, reminders in ready.grouped("company_id").items():
            reminders = reminders.with_company(company)._lock_instalments()
            if reminders:
                day = today or company._collection_today()
                gone |= reminders._recheck(company, day)._dispatch()
        return gone

    def _recheck_letters(self):
        """Drop queued letters that became wrong until today; return those to print.

        The words are drawn anew where amounts have changed.
        """
        queued = self.sudo().filtered(lambda row: row.state == "queued")
        kept = queued.browse()
        for company, letters in queued._lock_in("queued").grouped("company_id").items():
            letters = letters.with_company(company)._lock_instalments()
            if letters:
                kept |= letters._recheck(company, company._collection_today())
        kept._fix_texts()
        return (self.sudo() - queued | kept).with_env(self.env)

    def _lock_instalments(self):
        """Return the messages whose instalments nobody is paying at this moment."""
        lines = self.line_ids.line_id
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM account_move_line WHERE id = ANY(%s)
              ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
                """,
                lines.ids,
            )
        )
        locked = {row[0] for row in rows}
        return self.filtered(lambda row: locked.issuperset(row.line_ids.line_id.ids))

    def _dispatch(self):
        """Hand the messages to their channels; one that breaks stops no other."""
        gone = self.browse()
        for channel, reminders in self.grouped("channel").items():
            send = getattr(reminders, f"_send_{channel}")
            try:
                with self.env.cr.savepoint():
                    send()
                gone |= reminders
            except psycopg2.OperationalError:
                raise
            except Exception as error:
                gone |= reminders._dispatch_alone(error)
        return gone.filtered(lambda row: row.state in ("queued", "sent"))

    def _dispatch_alone(self, error):
        """Hand messages over one by one after they failed together."""
        if len(self) == 1:
            _logger.warning("Reminder %s not sent", self.id, exc_info=True)
            self._fail("error", str(error))
            return self.browse()
        return self.browse().union(*(reminder._dispatch() for reminder in self))

    # === CHECKED ONCE MORE ===#

    def _recheck(self, company, today):
        """Drop what is wrong by now and renew the amounts; return what may go."""
        plans = {plan.id: plan for plan in self.ladder_id._make_plans()}
        night = self._collect_for_plans(
            company, today, list(plans.values()), self.partner_id.ids
        )
        kept = self.browse()
        for reminder in self:
            reason = reminder._recheck_one(night, plans[reminder.ladder_id.id])
            if reason:
                reminder._drop(reason)
            else:
                kept |= reminder
        return kept

    def _recheck_one(self, night, plan):
        """Renew one message by the facts; return why it must not go, None when fine."""
        partner_id = self.partner_id.id
        lines = night.lines.get(partner_id, [])
        customer = night.customers[partner_id]
        own = {part.line_id.id: part for part in self.line_ids}
        if not lines:
            return "paid"
        if self.move_id and any(part.due_date < night.today for part in self.line_ids):
            return "outdated"  # announced too late is not announced
        asked, bars = self._weigh_debts(night, plan, lines, customer, own)
        left = {key for key, (__, amount) in asked.items() if amount >= CENT}
        left -= bars.keys()
        due = {key for key, part in own.items() if not part.listed}
        if not due & left:
            return next((bars[key] for key in sorted(due) if key in bars), "paid")
        self._leave_out(own, left, bars)
        self._renew_amounts(lines, asked)
        message = Wanted(
            partner_id, plan, self.step_id.id, self.move_id.id, None, 0, []
        )
        return self._find_late_bar(night, customer, lines, message)

    def _find_late_bar(self, night, customer, lines, message):
        """Return why the message as a whole must not go any more."""
        minimum = {self.step_id.id: self.step_id.min_amount}
        plan = message.plan._replace(gap_days=0, minimum=minimum)
        parts = self.line_ids
        reason = self._find_bar(
            night, plan, customer, lines, message._replace(lines=parts, plan=plan)
        )
        if reason:
            return reason
        recipient = self.recipient_id or self.partner_id
        return None if self._is_reachable(self.channel, recipient) else "no_address"

    def _leave_out(self, own, left, bars):
        """Take the instalments out that nobody is to be reminded of any more."""
        out = self.line_ids.browse(
            part.id for key, part in own.items() if key not in left
        )
        if not out:
            return
        said = [
            f"{part.line_name}: "
            f"{self._get_reason_label(bars.get(part.line_id.id, 'paid'))}"
            for part in out
        ]
        self.note = ", ".join(filter(None, [self.note, *said]))
        out.unlink()

    def _renew_amounts(self, lines, asked):
        residuals = {line.id: line.residual for line in lines}
        credit = 0.0
        for part in self.line_ids:
            before, amount = asked[part.line_id.id]
            credit += before - amount
            part.amount_residual = residuals[part.line_id.id]
            part.amount = amount
        self.amount_credit = credit
        self.amount_total = sum(self.line_ids.mapped("amount"))
