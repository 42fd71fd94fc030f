from odoo import api, models

from odoo.addons.sale_collection.tools.night import Phase


class SaleCollectionRun(models.Model):
    """The night's part of the reminders."""

    _inherit = "sale.collection.run"

    @api.model
    def _get_phases(self):
        # EXTENDS: when promises are judged and grades given
        return [
            *super()._get_phases(),
            Phase(
                "reminders",
                self.env._("Prepare reminders"),
                after="promise_follow_up",
                counts={
                    "ready": self.env._("reminders ready"),
                    "candidate": self.env._("reminders to confirm"),
                    "dropped": self.env._("reminders kept back"),
                },
            ),
        ]

    def _phase_reminders(self, today):
        reminders = self.env["sale.collection.reminder"]._prepare(
            today, on_error=self._leave_out_customer
        )
        groups = reminders._read_group(
            [("id", "in", reminders.ids)], ["state"], ["__count"]
        )
        self.env["sale.collection.profile"].sudo()._refresh_stage()
        return dict(groups)

    def _leave_out_customer(self, partner_id, error):
        """Note the error of a customer that could not be decided on."""
        customer = self.env["res.partner"].browse(partner_id)
        self._get_phase_at_work()._note_error(customer, error)
