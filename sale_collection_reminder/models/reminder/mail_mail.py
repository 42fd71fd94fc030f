from odoo import models


class MailMail(models.Model):
    """Tell reminders what became of their mails."""

    _inherit = "mail.mail"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        # EXTENDS
        # A copy with a wrong address does not make the reminder itself fail.
        is_delivered = bool(success_pids or success_emails)
        self.env["sale.collection.reminder.mailer"]._note_delivery(
            self, not is_delivered and failure_type, failure_reason
        )
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason, failure_type
        )
