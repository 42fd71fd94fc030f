from datetime import timedelta

from odoo import Command, fields, models

# While our own mail server does not answer, mails are tried again so many hours.
PATIENCE_HOURS = 24


class SaleCollectionReminderMailer(models.AbstractModel):
    """Queue the mails of reminders and note what becomes of them."""

    _name = "sale.collection.reminder.mailer"
    _description = "Mailer of reminders"

    # === TO THE QUEUE ===#

    def _queue_mails(self, template, reminders, texts):
        """Queue the mails of reminders, all in one create.

        They land on the thread of the profile, as the replies do.

        :param dict texts: {reminder id: (subject, body)}
        """
        reminders = reminders.sudo()
        heads = {
            name: template._render_field(name, reminders.ids, compute_lang=True)
            for name in ("email_from", "email_cc")
        }
        files = self.env["sale.collection.reminder.enclosure"]._print(reminders)
        values = [
            {
                **self._prepare_mail(
                    reminder, template, *texts[reminder.id], files[reminder.id]
                ),
                "email_from": heads["email_from"][reminder.id]
                or self._get_email_from(reminder),
                "email_cc": heads["email_cc"][reminder.id],
            }
            for reminder in reminders
        ]
        mails = self.env["mail.mail"].sudo().create(values)
        for reminder, mail in zip(reminders, mails, strict=True):
            reminder.write({"mail_id": mail.id, "message_id": mail.mail_message_id.id})
        reminders._mark_queued()

    def _prepare_mail(self, reminder, template, subject, text, files):
        """Return the values of the mail of one reminder.

        :param list files: what goes along, as (name, content)
        """
        body = self._wrap_body(reminder, template, text)
        people = reminder.recipient_id | reminder.copy_ids
        return {
            "model": "sale.collection.profile",
            "res_id": reminder.profile_id.id,
            "subject": subject,
            "body_html": body,
            "body": body,
            "author_id": (reminder.user_id or self.env.user).partner_id.id,
            "recipient_ids": [Command.link(partner.id) for partner in people],
            "mail_server_id": template.mail_server_id.id,
            "attachment_ids": [
                *map(Command.link, template.attachment_ids.ids),
                *(
                    Command.create({"name": name, "raw": content})
                    for name, content in files
                ),
            ],
            "auto_delete": False,
        }

    def _wrap_body(self, reminder, template, text):
        lang = reminder.lang or self.env.lang
        return template.with_context(lang=lang)._render_encapsulate(
            template.email_layout_xmlid or "sale_collection.mail_layout",
            text,
            add_context={"company": reminder.company_id},
            context_record=reminder.profile_id.with_context(lang=lang),
        )

    def _get_email_from(self, reminder):
        sender = reminder.user_id or reminder.company_id
        return sender.email_formatted or reminder.company_id.email_formatted

    def _wake_queue(self, reminders):
        """Have queued mails sent soon: the queue looks for itself only every hour."""
        if reminders.mail_id:
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    # === WHAT BECAME OF THEM ===#

    def _note_delivery(self, mails, failure_type, failure_reason):
        """Note what the mail server said to mails.

        :param failure_type: as `mail.mail` has it; empty when delivered
        """
        reminders = self.env["sale.collection.reminder"].sudo()
        queued = reminders.search(
            [("mail_id", "in", mails.ids), ("state", "=", "queued")]
        )
        if not failure_type:
            queued._mark_sent()
        elif failure_type == "mail_smtp" and not self._is_out_of_patience(queued):
            self._retry(queued, failure_reason)
        else:
            reason = "blacklisted" if failure_type == "mail_bl" else "error"
            self._fail(queued, reason, failure_reason)
            queued.mail_id.sudo().state = "cancel"

    def _note_bounce(self, messages, email):
        """Note that messages came back; a copy that did is no failure of a reminder."""
        reminders = self.env["sale.collection.reminder"].sudo()
        found = reminders.search([("message_id", "in", messages.ids)])
        bounced = found.filtered(
            lambda row: not email or row.recipient_id.email_normalized == email
        )
        self._fail(bounced, "bounced", email)

    def _fail(self, reminders, reason, note):
        self.env["sale.collection.reminder.sender"].sudo()._fail(
            reminders, reason, note
        )

    def _is_out_of_patience(self, reminders):
        limit = fields.Datetime.now() - timedelta(hours=PATIENCE_HOURS)
        return any(reminder.sent_at < limit for reminder in reminders)

    def _retry(self, reminders, failure_reason):
        """Put mails back: that our server is down is not the customer's address."""
        reminders.write({"note": failure_reason or ""})
        reminders.mail_id.sudo().write(
            {
                "state": "outgoing",
                "scheduled_date": fields.Datetime.now() + timedelta(hours=1),
            }
        )
