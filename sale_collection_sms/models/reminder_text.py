from odoo import models
from odoo.tools import plaintext2html


class SaleCollectionReminderText(models.AbstractModel):
    """What a text message says, read where the text of an e-mail is read."""

    _inherit = "sale.collection.reminder.text"

    def _render(self, reminders):
        # EXTENDS: as the subject stands the step, for whoever reads it with us
        short = reminders.filtered(
            lambda one: (
                one.id
                and one.channel == "sms"
                and not (one.fixed_body or one.message_id)
            )
        )
        texts, errors = super()._render(reminders - short)
        self._ensure_links(short)
        drawn = self.env["sale.collection.reminder.texter"]._draw(short)
        for reminder in short:
            body = plaintext2html(drawn[reminder.id])
            texts[reminder.id] = (reminder.step_id.sudo().name, body)
        return texts, errors
