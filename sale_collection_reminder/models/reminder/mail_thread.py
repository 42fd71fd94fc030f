from odoo import models


class MailThread(models.AbstractModel):
    """Bounced reminders."""

    _inherit = "mail.thread"

    def _routing_handle_bounce(self, email_message, message_dict):
        # EXTENDS: the next channel is tried when the bounce is one of a reminder
        result = super()._routing_handle_bounce(email_message, message_dict)
        messages = message_dict.get("bounced_message")
        if messages:
            self.env["sale.collection.reminder.mailer"]._note_bounce(
                messages, message_dict.get("bounced_email")
            )
        return result
