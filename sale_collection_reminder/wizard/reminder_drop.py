from odoo import fields, models


class SaleCollectionReminderDrop(models.TransientModel):
    """Why reminders are dropped by hand."""

    _name = "sale.collection.reminder.drop"
    _description = "Drop reminders"

    reminder_ids = fields.Many2many(
        "sale.collection.reminder", required=True, readonly=True
    )
    note = fields.Char(string="Why", required=True)

    def action_apply(self):
        """Drop them: their step counts as done."""
        self.ensure_one()
        self._collection_get_given("reminder_ids").action_drop(self.note)
        return {"type": "ir.actions.act_window_close"}
