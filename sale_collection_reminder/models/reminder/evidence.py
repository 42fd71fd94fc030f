from functools import partial

from markupsafe import Markup

from odoo import api, models

REMINDERS = (
    *("sent_at", "date", "step_id", "channel", "recipient_id", "copy_ids", "user_id"),
    *("subject", "amount_total", "currency_id", "state", "reason", "note", "attempt"),
)
MAIL = ("email_from", "message_id", "failure_reason")
HEAD = Markup(
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>%s</title></head><body>'
)
TABLE = Markup("<table>%s</table><hr>")
FOOT = Markup("</body></html>")


class SaleCollectionEvidence(models.AbstractModel):
    """Reminders that left: what they said, and how and when they went."""

    _inherit = "sale.collection.evidence"

    @api.model
    def _get_readers(self):
        return [
            *super()._get_readers(),
            (80, self.env._("Reminders"), "_read_reminders"),
        ]

    @api.model
    def _read_reminders(self, profile):
        reminders = self.env["sale.collection.reminder"].search(
            [
                ("profile_id", "=", profile.id),
                ("state", "in", ("queued", "sent", "failed")),
            ],
            order="date, id",
        )
        yield from self._read_list(self.env._("Reminders"), reminders, REMINDERS)
        for batch in self._read_batches(reminders):
            for reminder in batch:
                name = f"{reminder.date} {reminder.step_id.sudo().name}.html"
                yield name, partial(self._write_reminder, reminder)

    @api.model
    def _write_reminder(self, reminder):
        """Return a reminder as a page: how it went, and the text that left."""
        message = reminder.sudo().message_id
        rows = Markup().join(
            Markup("<tr><th align='left'>%s</th><td>%s</td></tr>") % pair
            for pair in self._describe_reminder(reminder)
        )
        text = (message.body if message else reminder.body) or Markup()
        page = HEAD % (reminder.subject or "")
        return [(page + TABLE % rows + text + FOOT).encode()]

    @api.model
    def _describe_reminder(self, reminder):
        """Return pairs of label and value: whom it was for, when and how it left."""
        names = ("subject", "recipient_id", "channel", "sent_at", "state", "reason")
        heads = self._get_heads(reminder, names)
        pairs = list(zip(heads, self._get_cells(reminder, names), strict=True))
        mail = reminder.sudo().mail_id
        if mail:
            emails = ", ".join(filter(None, mail.recipient_ids.mapped("email")))
            pairs.append((self.env._("E-mail address"), emails))
            pairs += zip(
                self._get_heads(mail, MAIL), self._get_cells(mail, MAIL), strict=True
            )
        return [(head, value) for head, value in pairs if value]
