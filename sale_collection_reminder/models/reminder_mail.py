from datetime import timedelta

from odoo import api, fields, models

# While our own mail server does not answer, mails are tried again so many hours.
PATIENCE_HOURS = 24


class SaleCollectionReminder(models.Model):
    """The e-mail channel: rendered in batch, queued together with its reminder."""

    _inherit = "sale.collection.reminder"

    def _send_mail(self):
        """Queue the mails; they land on the profile's thread, as the replies do."""
        blocked = self._find_blacklisted()
        blocked._fail("blacklisted")
        for template, reminders in (
            (self - blocked).grouped(lambda row: row.step_id.template_id).items()
        ):
            reminders._queue_mails(template)

    def _find_blacklisted(self):
        """Return the messages to addresses that must not be written to."""
        emails = set(self.recipient_id.mapped("email_normalized")) - {False}
        blocked = self.env["mail.blacklist"].sudo().search([("email", "in", [*emails])])
        emails = set(blocked.mapped("email"))
        return self.filtered(lambda row: row.recipient_id.email_normalized in emails)

    def _queue_mails(self, template):
        texts, errors = self._render_texts()
        for reminder in self.filtered(lambda row: not texts.get(row.id, ("",))[0]):
            # On paper the same words would be missing.
            reminder._fail("error", errors.get(reminder.id), skip=("letter",))
        ready = self.filtered(lambda row: row.state == "ready").sudo()
        heads = {
            name: template._render_field(name, ready.ids, compute_lang=True)
            for name in ("email_from", "email_cc")
        }
        files = ready._collect_attachments()
        values = [
            {
                **row._prepare_mail(template, *texts[row.id], files.get(row.id, [])),
                "email_from": heads["email_from"][row.id] or row._get_email_from(),
                "email_cc": heads["email_cc"][row.id],
            }
            for row in ready
        ]
        mails = self.env["mail.mail"].sudo().create(values)
        for reminder, mail in zip(ready, mails, strict=True):
            reminder.write({"mail_id": mail.id, "message_id": mail.mail_message_id.id})
        ready._mark_queued()

    def _prepare_mail(self, template, subject, text, files):
        """Return the values of the mail of one message.

        :param list files: what goes along, as (name, content)
        """
        body = self._wrap_body(template, text)
        people = self.recipient_id | self.copy_ids
        return {
            "model": "sale.collection.profile",
            "res_id": self.profile_id.id,
            "subject": subject,
            "body_html": body,
            "body": body,
            "author_id": (self.user_id or self.env.user).partner_id.id,
            "recipient_ids": [fields.Command.link(partner.id) for partner in people],
            "mail_server_id": template.mail_server_id.id,
            "attachment_ids": [
                *map(fields.Command.link, template.attachment_ids.ids),
                *(
                    fields.Command.create({"name": name, "raw": content})
                    for name, content in files
                ),
            ],
            "auto_delete": False,
        }

    def _wrap_body(self, template, text):
        lang = self.lang or self.env.lang
        return template.with_context(lang=lang)._render_encapsulate(
            template.email_layout_xmlid or "mail.mail_notification_light",
            text,
            add_context={"company": self.company_id},
            context_record=self.profile_id.with_context(lang=lang),
        )

    def _get_email_from(self):
        sender = self.user_id or self.company_id
        return sender.email_formatted or self.company_id.email_formatted

    # === THE MAIL QUEUE ===#

    @api.model
    def _wake_mail_queue(self, gone):
        """Have queued mails sent soon: the queue looks for itself only every hour."""
        if gone.mail_id:
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _note_delivery(self, failure_type, failure_reason):
        """Note what the mail server said to the mails of these messages."""
        queued = self.filtered(lambda reminder: reminder.state == "queued")
        if not failure_type:
            queued._mark_sent()
        elif failure_type == "mail_smtp" and not queued._is_out_of_patience():
            queued._retry_mail(failure_reason)
        else:
            reason = "blacklisted" if failure_type == "mail_bl" else "error"
            queued._fail(reason, failure_reason)
            queued.mail_id.sudo().state = "cancel"

    def _note_bounce(self, message_dict):
        """Note that a mail came back; a copy that did is not the message's failure."""
        email = message_dict.get("bounced_email")
        self.filtered(
            lambda row: not email or row.recipient_id.email_normalized == email
        )._fail("bounced", email)

    def _is_out_of_patience(self):
        limit = fields.Datetime.now() - timedelta(hours=PATIENCE_HOURS)
        return any(reminder.sent_at < limit for reminder in self)

    def _retry_mail(self, failure_reason):
        """Put mails back: that our server is down is not the customer's address."""
        self.write({"note": failure_reason or ""})
        self.mail_id.sudo().write(
            {
                "state": "outgoing",
                "scheduled_date": fields.Datetime.now() + timedelta(hours=1),
            }
        )


class MailMail(models.Model):
    """Tell reminders what became of their mails."""

    _inherit = "mail.mail"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        # EXTENDS
        reminders = self.env["sale.collection.reminder"].sudo()
        found = reminders.search([("mail_id", "in", self.ids)])
        # A copy with a wrong address does not make the message itself fail.
        delivered = bool(success_pids or success_emails)
        found._note_delivery(not delivered and failure_type, failure_reason)
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason, failure_type
        )
