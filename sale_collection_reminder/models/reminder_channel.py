from odoo import api, models

from ..tools.ladder import next_channel
from .ladder_step import CHANNELS


class SaleCollectionReminder(models.Model):
    """Channels as strategies: channel `x` is sent by the method `_send_x`.

    An addon adds one by `selection_add` on `channel` of step and reminder and by that
    method, which sends its records and calls `_mark_queued` or `_mark_sent`.
    """

    _inherit = "sale.collection.reminder"

    def _send_letter(self):
        """Queue letters for the next print batch."""
        self._mark_queued()

    def _send_call(self):
        """Have the customer called."""
        self._schedule("mail.mail_activity_data_call")
        self._mark_sent()

    def _send_visit(self):
        """Have the customer visited."""
        self._schedule("sale_collection_reminder.activity_reminder_visit")
        self._mark_sent()

    def _send_escalation(self):
        """Tell somebody inside that reminding the customer has not helped."""
        for reminder in self:
            reminder.user_id = reminder.profile_id._get_escalation_user(
                reminder.step_id.escalate_to
            )
        self._schedule("sale_collection_reminder.activity_reminder_escalation")
        self._mark_sent()

    # === WHEN ONE FAILS ===#

    @api.model
    def _get_fallback_channels(self):
        """Return the channels in the order they are tried when one has failed."""
        return ["mail", "letter", "call"]

    def _get_next_channel(self, skip=()):
        """Return the next channel that can reach the recipient, None when none can."""
        order = [code for code in self._get_fallback_channels() if code not in skip]
        channel = next_channel(self.channel, order)
        recipient = self.recipient_id or self.partner_id
        while channel and not self._is_reachable(channel, recipient):
            channel = next_channel(channel, order)
        return channel

    def _fail(self, reason, note=False, skip=()):
        """Note that messages did not arrive and start the next channel for each.

        :param str reason: `bounced`, `blacklisted` or `error`
        :param skip: channels that would fail as well
        :return: the next attempts
        """
        failed = self.filtered(
            lambda reminder: reminder.state in ("ready", "queued", "sent")
        )
        failed._set_state("failed", reason=reason, **({"note": note} if note else {}))
        attempts = self.browse()
        for reminder in failed:
            channel = reminder._get_next_channel(skip)
            if channel:
                attempts |= reminder._try_again(channel)
        return attempts

    def _try_again(self, channel):
        """Return the next attempt at this message, on another channel."""
        attempt = self.copy(
            {
                "channel": channel,
                "state": "ready",
                "reason": False,
                "note": False,
                "attempt": self.attempt + 1,
                "previous_id": self.id,
                "profile_id": self.profile_id.id,
                "company_id": self.company_id.id,
            }
        )
        for part in self.line_ids:
            part.copy({"reminder_id": attempt.id, "state": "ready"})
        attempt.line_ids.flush_recordset()
        return attempt

    # === ACTIVITIES ===#

    def _schedule(self, activity_type):
        """Give each message's sender an activity on the customer, all in one create."""
        kind = self.env.ref(activity_type)
        model_id = self.env["ir.model"]._get_id("sale.collection.profile")
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": kind.id,
                    "res_model_id": model_id,
                    "res_id": reminder.profile_id.id,
                    "summary": reminder._get_activity_summary(),
                    "note": reminder._get_activity_note(),
                    "date_deadline": reminder.date,
                    "user_id": reminder._get_activity_user().id,
                    "automated": True,
                }
                for reminder in self
            ]
        )

    def _get_activity_user(self):
        return (
            self.user_id
            or self.profile_id.user_id
            or self.company_id._collection_get_controller()
            or self.env.user
        )

    def _get_activity_summary(self):
        channel = dict(self._fields["channel"]._description_selection(self.env)).get(
            self.channel, dict(CHANNELS).get(self.channel)
        )
        return self.env._(
            "%(channel)s: %(step)s, %(amount)s overdue",
            channel=channel,
            step=self.step_id.name,
            amount=self.currency_id.format(self.amount_total),
        )

    def _get_activity_note(self):
        return ", ".join(name for name in self.line_ids.mapped("line_name") if name)
