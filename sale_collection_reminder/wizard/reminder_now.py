from odoo import fields, models


class SaleCollectionReminderNow(models.TransientModel):
    """Remind customers of chosen instalments now, without waiting for the night."""

    _name = "sale.collection.reminder.now"
    _description = "Remind now"
    _inherit = ["sale.collection.instalment.dialog"]

    step = fields.Selection(
        [
            ("next", "The next step of each customer's plan"),
            ("again", "The step each has reached, once more"),
        ],
        string="With",
        required=True,
        default="next",
    )

    def action_prepare(self):
        """Make the messages and show them; they wait to be confirmed."""
        return self._prepare_messages()._get_waiting_action()

    def action_send(self):
        """Make the messages and send them at once."""
        self.env["sale.collection.ladder"]._check_may_send()
        reminders = self._prepare_messages()
        reminders.filtered(lambda one: one.state == "candidate").action_send()
        return reminders._get_waiting_action()

    def _prepare_messages(self):
        self.ensure_one()
        self._collection_get_given("profile_ids", "write")
        preparation = self.env["sale.collection.reminder.preparation"]
        reminders = self.env["sale.collection.reminder"]
        groups = self._get_lines().grouped(lambda line: line.company_id.root_id)
        for lines in groups.values():
            reminders |= preparation._make_by_hand(lines, self.step == "again")
        return reminders
