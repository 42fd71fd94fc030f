from odoo import api, models

REPLY = "sale_collection_reminder.activity_reply"


class SaleCollectionProfile(models.Model):
    """Answers of customers: an activity, and silence until somebody has read them."""

    _inherit = "sale.collection.profile"

    def _message_post_after_hook(self, message, msg_values):
        # EXTENDS
        result = super()._message_post_after_hook(message, msg_values)
        if self._is_reply(message):
            self._note_reply(message)
        return result

    @api.model
    def _is_reply(self, message):
        """Tell whether a message came by mail from anybody but our own people."""
        author = message.author_id
        return message.message_type == "email" and (not author or author.partner_share)

    def _note_reply(self, message):
        """Have the reply read; automatic reminders wait until the activity is done."""
        for profile in self.sudo():
            if profile.activity_search([REPLY]):
                continue
            controller = profile.company_id._collection_get_controller()
            profile.activity_schedule(
                REPLY,
                date_deadline=profile.company_id._collection_today(),
                user_id=(profile.user_id or controller or self.env.user).id,
                summary=self.env._(
                    "Read the reply: %(subject)s", subject=message.subject
                )
                if message.subject
                else self.env._("Read the reply"),
            )
