from odoo import fields, models


class SaleCollectionReminder(models.Model):
    """What follows from a message: stage, supply, hand-over, a word in the invoices."""

    _inherit = "sale.collection.reminder"

    def _follow(self):
        """Apply the consequences of messages that have gone out just now.

        A plan's first run has none.
        """
        self._log_on_invoices()
        earnest = self.filtered(lambda reminder: not reminder.is_first_run)
        earnest.profile_id._refresh_stage()
        for company, reminders in earnest.grouped("company_id").items():
            # a step may ask for a hold: open orders are judged within a minute
            queue = self.env["sale.collection.queue"].sudo()
            queue._push("partner", reminders.partner_id.ids, company)
        earnest.filtered("step_id.hand_over")._hand_over()

    def _log_on_invoices(self):
        """Leave a line in the chatter of the reminded invoices."""
        bodies = {}
        for reminder in self:
            text = reminder._get_log_text()
            for part in reminder.line_ids:
                if part.move_id:
                    bodies[part.move_id.id] = text
        moves = self.line_ids.move_id.filtered(lambda move: move.id in bodies)
        if moves:
            moves.sudo()._message_log_batch(bodies)

    def _get_log_text(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        return self.env._(
            "Reminded: %(step)s (%(channel)s) to %(recipient)s",
            step=self.step_id.name,
            channel=channels[self.channel],
            recipient=(self.recipient_id or self.partner_id).display_name,
        )

    def _hand_over(self):
        """Ask the credit controller to hand the debts over."""
        for reminder in self:
            company = reminder.company_id
            controller = company._collection_get_controller() or self.env.user
            reminder.profile_id.activity_schedule(
                "sale_collection_reminder.activity_hand_over",
                date_deadline=fields.Date.to_date(reminder.date),
                user_id=controller.id,
                summary=self.env._(
                    "Hand over %(amount)s",
                    amount=reminder.currency_id.format(reminder.amount_total),
                ),
                note=reminder._get_activity_note(),
            )
