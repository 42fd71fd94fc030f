from odoo import Command, fields, models
from odoo.exceptions import UserError


class SaleCollectionProfile(models.Model):
    """Reminding customers by hand, and looking at what lies ahead of them."""

    _inherit = "sale.collection.profile"

    reminder_count = fields.Integer(
        string="Reminders sent", compute="_compute_reminder_count"
    )

    def _compute_reminder_count(self):
        reminders = self.env["sale.collection.reminder"]
        counts = dict(
            reminders._read_group(
                [("profile_id", "in", self.ids), ("state", "in", ("queued", "sent"))],
                ["profile_id"],
                ["__count"],
            )
        )
        for profile in self:
            profile.reminder_count = counts.get(profile._origin, 0)

    def action_open_reminders(self):
        """Show what these customers have been reminded of."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_reminder.reminder_action"
        )
        return {**action, "domain": [("profile_id", "in", self.ids)], "context": {}}

    def action_remind_now(self):
        """Ask how to remind these customers of all that is overdue."""
        self.check_access("read")
        lines = self.env["account.move.line"]
        for company, profiles in self.sudo().grouped("company_id").items():
            lines |= profiles._get_lines_overdue_now(company)
        if not lines:
            raise UserError(self.env._("Nothing is overdue at these customers."))
        return self._open_remind_dialog(lines)

    def _get_lines_overdue_now(self, company):
        """Return the receivable lines of these customers that are overdue today."""
        return self.env["account.move.line"].search(
            [
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("amount_residual", ">", 0),
                ("company_id", "child_of", company.id),
                ("date_maturity", "<", company._collection_today()),
                ("partner_id.commercial_partner_id", "in", self.partner_id.ids),
            ]
        )

    def _open_remind_dialog(self, lines):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Remind now"),
            "res_model": "sale.collection.reminder.now",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_profile_ids": [Command.set(self.ids)],
                "default_line_refs": lines.ids,
            },
        }

    def action_preview_reminders(self):
        """Show the reminders this customer would live through."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reminders ahead"),
            "res_model": "sale.collection.reminder.preview",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_id": self.id},
        }
