from odoo import models


class SaleCollectionReminderLine(models.Model):
    """An instalment as the customer sees it: in the currency of its invoice."""

    _inherit = "sale.collection.reminder.line"

    def _get_row(self):
        """Return one row of the table of a reminder, as a dict."""
        self.ensure_one()
        item, move = self.line_id, self.line_id.move_id
        day = self.reminder_id.prepared_on or self.reminder_id.date
        late = (day - self.due_date).days if day and self.due_date else 0
        return {
            "name": self.line_name or move.name or "",
            "move": move,
            "reference": move.ref or "",
            "date": move.invoice_date or item.date,
            "due_date": self.due_date,
            "days_late": max(late, 0),
            "amount": self._get_amount_to_pay(),
            "currency": item.currency_id or self.currency_id,
        }

    def _get_amount_to_pay(self):
        """Return what is asked for, in the currency of the invoice."""
        item = self.line_id
        if not item or item.currency_id == self.currency_id or not item.amount_residual:
            return self.amount
        share = self.amount / item.amount_residual
        return item.currency_id.round(item.amount_residual_currency * share)
