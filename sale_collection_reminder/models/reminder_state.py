from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .reminder import REASONS

# What people may change of a message that waits for them.
EDITABLE_FIELDS = {
    "recipient_id",
    "copy_ids",
    "user_id",
    "channel",
    "lang",
    "note",
    "subject",
    "body",
}


# Days it is kept why nobody was reminded.
KEEP_DAYS = 180


class SaleCollectionReminder(models.Model):
    """The way of a message: to confirm, ready, queued, sent, failed or dropped.

    Every change of state takes the lines along: by theirs the database keeps an
    instalment from being claimed twice.
    """

    _inherit = "sale.collection.reminder"

    # === CRUD ===#

    def write(self, vals):
        if not self.env.su:
            self._check_writable(vals)
        return super().write(vals)

    def _check_writable(self, vals):
        names = vals.keys() - EDITABLE_FIELDS
        if names:
            label = self._fields[min(names)].get_description(self.env)["string"]
            raise AccessError(
                self.env._("%(field)s of a reminder is not set by hand.", field=label)
            )
        if any(reminder.state not in ("candidate", "ready") for reminder in self):
            raise UserError(
                self.env._("What has been sent or dropped cannot be changed any more.")
            )

    @api.onchange("recipient_id")
    def _onchange_recipient_id(self):
        if self.recipient_id.lang:
            self.lang = self.recipient_id.lang

    # === ACTIONS ===#

    def action_confirm(self):
        """Let these messages go out, as they are shown."""
        self.check_access("write")
        waiting = self.sudo()._lock_in("candidate")
        waiting._fix_texts()
        waiting.confirmed_by_id = self.env.user
        waiting._set_state("ready")
        waiting._finish_first_run()
        return True

    def action_drop(self, note=False):
        """Drop messages by hand; the step counts as done.

        :param str note: why
        """
        self.check_access("write")
        waiting = self.sudo()._lock_in("candidate", "ready", "queued")
        sent = waiting.filtered(lambda reminder: reminder.channel != "letter")
        waiting -= sent.filtered(lambda reminder: reminder.state == "queued")
        waiting.dropped_by_id = self.env.user
        waiting._drop("manual", note)
        waiting._finish_first_run()
        return True

    def action_send(self):
        """Send now, whatever the hour; checked once more."""
        self.check_access("write")
        if self:  # on no record it would send all that is ready
            self._send()
        return True

    def _finish_first_run(self):
        """Once nothing of a plan's first run waits any more, it is confirmed."""
        ladders = self.filtered("is_first_run").ladder_id
        groups = self._read_group(
            [
                ("ladder_id", "in", ladders.ids),
                ("is_first_run", "=", True),
                ("state", "=", "candidate"),
            ],
            ["ladder_id"],
        )
        waiting = self.env["sale.collection.ladder"].union(*(row[0] for row in groups))
        # who confirms need not be allowed to change plans
        (ladders - waiting).with_user(self.env.user).sudo()._confirm_first_run()

    # === STATES ===#

    def _lock_in(self, *states):
        """Return those of these messages that are in a state, locked."""
        locked = self.try_lock_for_update(allow_referencing=True)
        locked.invalidate_recordset(["state"])
        return locked.filtered(lambda reminder: reminder.state in states)

    def _set_state(self, state, **values):
        """Change the state of messages and of the instalments they claim."""
        self.write({"state": state, **values})
        self.line_ids.write({"state": state})
        self.flush_recordset()
        self.line_ids.flush_recordset()

    def _drop(self, reason, note=False):
        """Keep messages from going out, for a reason."""
        values = {"note": note} if note else {}
        self._set_state("dropped", reason=reason, **values)

    @api.model
    def _get_reason_label(self, reason):
        labels = dict(self._fields["reason"]._description_selection(self.env))
        return labels.get(reason, dict(REASONS)[reason])

    def _mark_queued(self):
        """Note that messages are on their way: in the mail queue or to be printed."""
        self._set_state("queued", sent_at=fields.Datetime.now())
        self._follow()

    def _mark_sent(self):
        """Note that messages have gone out: delivered, printed or given to a person."""
        fresh = self.filtered(lambda reminder: reminder.state == "ready")
        self._set_state("sent", sent_at=fields.Datetime.now())
        fresh._follow()

    @api.model
    def _mark_settled(self, company, partner_ids=None):
        """Note which reminded debts have been paid since: open again, they start anew.

        :param partner_ids: commercial partners; all when left out
        """
        parts = self.env["sale.collection.reminder.line"]
        domain = [
            ("reminder_id.company_id", "=", company.id),
            ("settled", "=", False),
            ("line_id.reconciled", "=", True),
        ]
        if partner_ids is not None:
            domain.append(("reminder_id.partner_id", "in", partner_ids))
        parts.sudo().search(domain).settled = True

    @api.autovacuum
    def _gc_kept_back(self):
        """Forget what was kept back long ago; what was sent, or dropped by a person,
        stays."""
        limit = fields.Date.today() - timedelta(KEEP_DAYS)
        self.search(
            [
                ("state", "=", "dropped"),
                ("dropped_by_id", "=", False),
                ("prepared_on", "<", limit),
            ],
            limit=10000,
        ).unlink()
