from odoo import Command, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import format_date


class SaleCollectionProfile(models.Model):
    """A pause in the reminders: of a customer, or of some instalments."""

    _inherit = "sale.collection.profile"

    def action_open_snooze(self):
        """Ask until when and why nobody is to be reminded."""
        return self._open_snooze_dialog()

    def action_wake(self):
        """End the pause of these customers today."""
        self._check_may_snooze()
        self.sudo().write({"snooze_until": False, "snooze_reason": False})
        self.sudo()._refresh_next_action()
        return True

    def _open_snooze_dialog(self, lines=None):
        """Open the dialog for customers, or for some of their instalments."""
        lines = lines or self.env["account.move.line"]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Snooze reminders"),
            "res_model": "sale.collection.snooze.dialog",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_profile_ids": [Command.set(self.ids)],
                "default_line_refs": lines.ids,
                "default_scope": "instalment" if lines else "customer",
            },
        }

    def _snooze(self, until, reason, lines=None):
        """Remind nobody of these customers, or of some instalments, up to a day.

        :param date until: last day without reminders
        :param str reason: why, for everybody to read
        :param lines: instalments; all there is and will be when left out
        :raise ValidationError: naming the field
        """
        self._check_may_snooze()
        until, reason = fields.Date.to_date(until), (reason or "").strip()
        for profile in self:
            profile._check_snooze(until, reason)
        if lines:
            self.sudo()._snooze_lines(until, reason, lines.sudo())
        else:
            self.sudo().write({"snooze_until": until, "snooze_reason": reason})
            waiting = self.sudo().reminder_ids.filtered(
                lambda one: one.state in ("candidate", "ready")
            )
            waiting._drop("snoozed")
        self.sudo()._refresh_next_action()

    def _refresh_next_action(self):
        """Tell of these customers at once when the next reminder is due."""
        steps = self._get_next_steps()
        days = {}
        for line in self.env["account.move.line"].browse(steps):
            key = line.company_id.root_id, line.partner_id.commercial_partner_id
            days.setdefault(key, []).append(steps[line.id][0])
        for profile in self:
            key = profile.company_id, profile.partner_id
            profile.next_action_date = min(days.get(key, ()), default=False)

    def _check_may_snooze(self):
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(
            "sale_collection.group_user"
        ):
            raise AccessError(
                self.env._("Reminders are snoozed by the people who collect.")
            )

    def _check_snooze(self, until, reason):
        today = self.company_id._collection_today()
        if not until or until < today:
            raise ValidationError(
                self.env._(
                    "Until: choose a day from today (%(today)s) on.",
                    today=format_date(self.env, today),
                )
            )
        if not reason:
            raise ValidationError(
                self.env._("Reason: say why nobody is to be reminded.")
            )

    def _snooze_lines(self, until, reason, lines):
        """Write one snooze for each instalment, in place of earlier ones."""
        snoozes = self.env["sale.collection.snooze"]
        owners = {(profile.company_id, profile.partner_id): profile for profile in self}
        snoozes.search([("line_id", "in", lines.ids)]).unlink()
        values, notes = [], {}
        for line in lines:
            root = line.company_id.root_id
            profile = owners[root, line.partner_id.commercial_partner_id]
            values.append(
                {
                    "profile_id": profile.id,
                    "line_id": line.id,
                    "until": until,
                    "reason": reason,
                    "user_id": self.env.user.id,
                }
            )
            notes.setdefault(profile, []).append(line.move_id.name or line.name or "")
        snoozes.create(values)
        self._message_log_batch(
            {
                profile.id: self.env._(
                    "No reminders until %(day)s for %(documents)s: %(reason)s",
                    day=format_date(self.env, until),
                    documents=", ".join(dict.fromkeys(names)),
                    reason=reason,
                )
                for profile, names in notes.items()
            }
        )
