from odoo import models


class SaleCollectionReminderSender(models.AbstractModel):
    """Send text messages.

    Whoever gets none gets the next channel. A text message takes the place of no
    other channel: it costs money, and nobody gave the number for it.
    """

    _inherit = "sale.collection.reminder.sender"

    def _is_reachable(self, channel, recipient):
        # EXTENDS
        if channel == "sms":
            texter = self.env["sale.collection.reminder.texter"]
            return bool(texter._get_number(recipient))
        return super()._is_reachable(channel, recipient)

    def _send_sms(self, reminders):
        """Queue text messages, but to numbers that must not be written to."""
        texter = self.env["sale.collection.reminder.texter"]
        blocked = texter._find_opted_out(reminders)
        self._fail(blocked, "blacklisted")
        texter._queue(reminders - blocked)
