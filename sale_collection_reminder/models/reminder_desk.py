from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleCollectionReminder(models.Model):
    """What people do with reminders in the screens."""

    _inherit = "sale.collection.reminder"

    line_count = fields.Integer(string="Instalments", compute="_compute_line_count")

    @api.depends("line_ids")
    def _compute_line_count(self):
        for reminder in self:
            reminder.line_count = len(reminder.line_ids)

    # === ACTIONS ===#

    def action_open_drop(self):
        """Ask why these messages are dropped."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Drop reminders"),
            "res_model": "sale.collection.reminder.drop",
            "view_mode": "form",
            "target": "new",
            "context": {"default_reminder_ids": self.ids},
        }

    def action_open_snooze(self):
        """Ask until when these customers are not to be reminded."""
        return self.profile_id._open_snooze_dialog(self.sudo().line_ids.line_id)

    def action_open_profile(self):
        """Open the credit profile of the customer."""
        self.ensure_one()
        return self.profile_id._get_records_action()

    def action_send_now(self):
        """Send, and say how many have gone out and what became of the others."""
        self._check_may_leave()
        before = self.filtered(lambda one: one.state in ("candidate", "ready"))
        before.action_send()
        gone = before.filtered(lambda one: one.state in ("queued", "sent"))
        kept = len(before) - len(gone)
        text = self.env._("%(count)s reminders sent.", count=len(gone))
        if kept:
            text += " " + self._get_kept_back_text(kept)
        return self._notify_and_reload(text, kept)

    @api.model
    def _get_kept_back_text(self, count):
        return self.env._("%(count)s kept back: see their reasons.", count=count)

    @api.model
    def _notify_and_reload(self, text, is_warning):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if is_warning else "success",
                "message": text,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _check_may_leave(self):
        silence = self.env["sale.collection.ladder"]._get_silence()
        if silence:
            label = {
                "neutralized": self.env._("it is a neutralized copy"),
                "demo": self.env._("it holds demonstration data"),
            }[silence]
            raise UserError(
                self.env._("This database sends nothing: %(why)s.", why=label)
            )

    def action_reset_text(self):
        """Go back to the text of the step."""
        self.check_access("write")
        self._check_writable({})
        self._unfix_texts()
        return True

    def action_refresh_tonight(self):
        """Prepare once more what is due today, with what has happened since."""
        self.check_access("write")
        self.browse()._prepare()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_print_letters(self):
        """Print letters in one batch: they have gone out then."""
        letters = self.filtered(
            lambda one: one.channel == "letter" and one.state in ("queued", "sent")
        )
        if not letters:
            raise UserError(
                self.env._("Choose letters that wait to be printed: state Queued.")
            )
        letters.check_access("write")
        found = len(letters)
        letters = letters._recheck_letters()
        if not letters:
            return self._notify_and_reload(self._get_kept_back_text(found), True)
        letters.sudo().filtered(lambda one: one.state == "queued")._mark_sent()
        report = self.env.ref("sale_collection_reminder.report_reminder_letter")
        return report.report_action(letters, config=False)

    # === SCREENS ===#

    @api.model
    def action_open_tonight(self):
        """Show what waits to go out, and what was kept back and why."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_reminder.tonight_action"
        )
        return action

    def _open_waiting(self):
        """Show these messages: the one there is, or the list."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_reminder.reminder_action"
        )
        action |= {"domain": [("id", "in", self.ids)], "context": {}}
        if len(self) == 1:
            action |= {"res_id": self.id, "views": [(False, "form")]}
        return action
