from odoo import api, models


class SaleCollectionRun(models.Model):
    """The night's part of the reminders."""

    _inherit = "sale.collection.run"

    @api.model
    def _get_phases(self):
        # EXTENDS: last, when promises are judged, grades given and supply is held
        phases = super()._get_phases()
        return phases + [("reminders", self.env._("Prepare reminders"))]

    @api.model
    def _get_count_labels(self):
        return {
            **super()._get_count_labels(),
            "ready": self.env._("reminders ready"),
            "candidate": self.env._("reminders to confirm"),
            "dropped": self.env._("reminders kept back"),
        }

    def _phase_reminders(self, today):
        reminders = self.env["sale.collection.reminder"]._prepare(today)
        groups = reminders._read_group(
            [("id", "in", reminders.ids)], ["state"], ["__count"]
        )
        self.env["sale.collection.profile"].sudo()._refresh_stage()
        return dict(groups)
