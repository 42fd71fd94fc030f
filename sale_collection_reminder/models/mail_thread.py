from odoo import models


class MailThread(models.AbstractModel):
    """Bounced reminders."""

    _inherit = "mail.thread"

    def _routing_handle_bounce(self, email_message, message_dict):
        # EXTENDS: the next channel is tried when the bounce is one of a reminder
        result = super()._routing_handle_bounce(email_message, message_dict)
        message = message_dict.get("bounced_message")
        if message:
            reminders = self.env["sale.collection.reminder"].sudo()
            found = reminders.search([("message_id", "in", message.ids)])
            found._note_bounce(message_dict)
        return result
