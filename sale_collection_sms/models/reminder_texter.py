from datetime import timedelta
from typing import NamedTuple

from odoo import Command, fields, models
from odoo.tools import format_date, html2plaintext

from odoo.addons.sale_collection_reminder.models.reminder.reminder_mailer import (
    PATIENCE_HOURS,
)

from ..tools.sms import fill, is_mobile

# The customer does not want it, or the number is wrong; the rest is no fault of theirs.
UNWANTED = ("sms_blacklist", "sms_optout")
WRONG = ("sms_number_missing", "sms_number_format")


class Words(NamedTuple):
    """What a text is filled with."""

    company: models.BaseModel
    customer: models.BaseModel
    lang: str
    totals: dict  # currency -> amount
    due: fields.Date
    pay_by: fields.Date
    sender: str


class SaleCollectionReminderTexter(models.AbstractModel):
    """Write and queue text messages, and note what becomes of them.

    Core's queue sends them after the transaction, as it does with e-mails.
    """

    _name = "sale.collection.reminder.texter"
    _description = "Texter of reminders"

    # === WHO GETS ONE ===#

    def _get_number(self, partner):
        """Return the mobile number of a contact as `+15550100`, None without."""
        number = partner and partner._phone_format(fname="phone")
        return number if number and is_mobile(number) else None

    def _find_opted_out(self, reminders):
        """Return the reminders to numbers that want no text messages."""
        numbers = {one: self._get_number(one.recipient_id) for one in reminders}
        blocked = self._get_blocked(numbers.values())
        return reminders.filtered(lambda one: numbers[one] in blocked)

    def _get_blocked(self, numbers):
        """Return those of these numbers that want no text messages."""
        numbers = [*filter(None, numbers)]
        found = self.env["phone.blacklist"].sudo().search([("number", "in", numbers)])
        return set(found.mapped("number"))

    # === WHAT IT SAYS ===#

    def _draw(self, reminders):
        """Return {id: text} of reminders, each in its language."""
        reminders = reminders.sudo()
        text = self.env["sale.collection.reminder.text"]
        providers = text._get_providers(reminders.company_id)
        drawn = {}
        for one in reminders:
            totals = {row["currency"]: row["amount"] for row in text._get_totals(one)}
            words = Words(
                one.company_id,
                one.partner_id,
                one.lang,
                totals,
                one.first_due_date,
                one.pay_by_date,
                one.sender_name,
            )
            drawn[one.id] = self._fill(
                one.step_id, words, self._get_link(one, providers)
            )
        return drawn

    def _fill(self, step, words, link):
        """Return the text of a step with its words; empty where it has none."""
        env = self.with_context(lang=words.lang or self.env.lang).env
        text = step.sudo().with_env(env).sms_text or ""
        totals = {one.with_env(env): amount for one, amount in words.totals.items()}
        values = {
            "company": words.company.name,
            "customer": words.customer.name or "",
            "amount": env["res.currency"]._collection_format_sum(totals),
            "due": format_date(env, words.due),
            "pay_by": format_date(env, words.pay_by),
            "sender": words.sender or "",
        }
        return text and fill(text, values, link or "")

    def _get_link(self, reminder, providers):
        """Return where the customer pays, None where it cannot online."""
        text = self.env["sale.collection.reminder.text"]
        rows = text._get_rows(reminder)
        text._add_links(rows, providers)
        payable = [row["url"] for row in rows if row.get("payable")]
        return payable[0] if len(payable) == 1 else text._get_pay_link(reminder, rows)

    # === TO THE QUEUE ===#

    def _queue(self, reminders):
        """Queue the text messages of reminders, all in one create.

        They stand on the thread of the profile, as e-mails do.
        """
        reminders = reminders.sudo()
        texts, __ = self.env["sale.collection.reminder.text"]._render(reminders)
        bodies = {
            one: html2plaintext(
                texts[one.id][1] or "", include_references=False
            ).strip()
            for one in reminders
        }
        empty = reminders.filtered(lambda one: not bodies[one].strip())
        self._fail(empty, "error", self.env._("The step has no text for an SMS."))
        full = reminders - empty
        messages = self.env["mail.message"].create(
            [self._prepare_message(one, *texts[one.id]) for one in full]
        )
        items = self.env["sms.sms"].create(
            [
                {
                    "number": self._get_number(one.recipient_id),
                    "body": bodies[one].strip(),
                    "partner_id": one.recipient_id.id,
                    "mail_message_id": message.id,
                }
                for one, message in zip(full, messages, strict=True)
            ]
        )
        self.env["mail.notification"].create(
            [self._prepare_notification(one) for one in items]
        )
        for reminder, item in zip(full, items, strict=True):
            reminder.write(
                {"message_id": item.mail_message_id.id, "sms_uuid": item.uuid}
            )
        full._mark_queued()

    def _prepare_message(self, reminder, subject, body):
        return {
            "model": "sale.collection.profile",
            "res_id": reminder.profile_id.id,
            "record_company_id": reminder.company_id.id,
            "message_type": "sms",
            "subtype_id": self.env.ref("mail.mt_note").id,
            "author_id": (reminder.user_id or self.env.user).partner_id.id,
            "subject": subject,
            "body": body,
        }

    def _prepare_notification(self, item):
        """Return what core hears of delivery by, of a message in the queue."""
        return {
            "author_id": item.mail_message_id.author_id.id,
            "mail_message_id": item.mail_message_id.id,
            "res_partner_id": item.partner_id.id,
            "sms_number": item.number,
            "notification_type": "sms",
            "sms_id_int": item.id,
            "sms_tracker_ids": [Command.create({"sms_uuid": item.uuid})],
            "is_read": True,
            "notification_status": "ready",
        }

    # === WHAT BECAME OF THEM ===#

    def _note_status(self, uuids, status, failure_type, failure_reason):
        """Note what the provider said of text messages.

        :param status: as `mail.notification` has it
        """
        found = self.env["sale.collection.reminder"].sudo()
        found = found.search([("sms_uuid", "in", uuids)])
        queued = found.filtered(lambda one: one.state == "queued")
        if status in ("pending", "sent"):
            queued._mark_sent()
        elif status == "canceled":
            queued.dropped_by_id = self.env.user
            queued._drop("manual")
        elif status in ("exception", "bounce") and failure_type != "sms_server":
            note = failure_reason or self._describe_failure(failure_type)
            self._fail(found, self._get_reason(failure_type), note)

    def _get_reason(self, failure_type):
        if failure_type in UNWANTED:
            return "blacklisted"
        wrong = {*WRONG, *self.env["sms.sms"].DELIVERY_ERRORS}
        return "bounced" if failure_type in wrong else "error"

    def _describe_failure(self, failure_type):
        field = self.env["mail.notification"]._fields["failure_type"]
        return dict(field._description_selection(self.env)).get(failure_type, "")

    def _retry(self, items):
        """Try again in an hour what never reached the provider, for a day.

        That is no fault of the customer's number. Then the next channel is tried.
        """
        found = self._find_queued(items)
        limit = fields.Datetime.now() - timedelta(hours=PATIENCE_HOURS)
        lost = found.filtered(lambda one: one.sent_at < limit)
        self._fail(lost, "error", self._describe_failure("sms_server"))
        waiting = set((found - lost).mapped("sms_uuid"))
        again = items.filtered(lambda one: one.uuid in waiting)
        (items - again).collection_retry_at = False
        if again:
            again.collection_retry_at = fields.Datetime.now() + timedelta(hours=1)
            queue = self.env.ref("sms.ir_cron_sms_scheduler_action").sudo()
            queue._trigger(again[0].collection_retry_at)

    def _queue_waiting(self):
        """Put back into core's queue what has waited long enough to be tried again."""
        items = self.env["sms.sms"].sudo()
        items = items.search(
            [
                ("collection_retry_at", "<=", fields.Datetime.now()),
                ("state", "=", "error"),
                ("to_delete", "!=", True),
            ]
        ).try_lock_for_update()
        queued = set(self._find_queued(items).mapped("sms_uuid"))
        again = items.filtered(lambda one: one.uuid in queued)
        items.collection_retry_at = False
        again.write({"state": "outgoing", "failure_type": False})

    def _find_queued(self, items):
        """Return the reminders still to be sent by these text messages."""
        reminders = self.env["sale.collection.reminder"].sudo()
        return reminders.search(
            [("sms_uuid", "in", items.mapped("uuid")), ("state", "=", "queued")]
        )

    def _fail(self, reminders, reason, note):
        sender = self.env["sale.collection.reminder.sender"].sudo()
        sender._fail(reminders, reason, note)
