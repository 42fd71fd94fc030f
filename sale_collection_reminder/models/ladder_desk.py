from odoo import api, fields, models


class SaleCollectionLadder(models.Model):
    """What people see and do of reminder plans."""

    _inherit = "sale.collection.ladder"

    step_count = fields.Integer(string="Steps", compute="_compute_step_count")
    reminder_count = fields.Integer(
        string="Reminders sent", compute="_compute_reminder_count"
    )

    @api.depends("step_ids")
    def _compute_step_count(self):
        for ladder in self:
            ladder.step_count = len(ladder.step_ids)

    def _compute_reminder_count(self):
        reminders = self.env["sale.collection.reminder"]
        counts = dict(
            reminders._read_group(
                [("ladder_id", "in", self.ids), ("state", "in", ("queued", "sent"))],
                ["ladder_id"],
                ["__count"],
            )
        )
        for ladder in self:
            ladder.reminder_count = counts.get(ladder._origin, 0)

    def action_open_go_live(self):
        """Show what the plan would send before it may send anything."""
        self.ensure_one()
        self._check_usable()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Go live"),
            "res_model": "sale.collection.dry.run",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_ladder_id": self.id,
                "dialog_size": "extra-large",
            },
        }

    def action_open_tonight(self):
        """Show what of this plan waits to go out, and what was kept back."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_reminder.tonight_action"
        )
        return {**action, "domain": [("ladder_id", "=", self.id)]}

    def action_open_reminders(self):
        """Show what this plan has sent."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_reminder.reminder_action"
        )
        return {**action, "domain": [("ladder_id", "in", self.ids)], "context": {}}
