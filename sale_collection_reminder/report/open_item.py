from odoo import fields, models


class SaleCollectionOpenItem(models.Model):
    """When open instalments are reminded of next."""

    _inherit = "sale.collection.open.item"

    next_reminder_date = fields.Date(
        string="Next reminder", compute="_compute_next_reminder_date"
    )

    def _compute_next_reminder_date(self):
        steps = self.profile_id._get_next_steps()
        for item in self:
            day, __ = steps.get(item.line_id.id, (False, None))
            item.next_reminder_date = day

    def action_remind(self):
        """Remind one customer of these instalments."""
        return self._get_one_profile()._open_remind_dialog(self.line_id)
