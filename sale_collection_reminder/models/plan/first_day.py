from odoo import api, models

from odoo.addons.sale_collection.tools.first_day import Step


class SaleCollectionFirstDay(models.AbstractModel):
    """Reminders go out once a plan is live."""

    _inherit = "sale.collection.first.day"

    @api.model
    def _get_steps(self, company):
        # EXTENDS
        live = self.env["sale.collection.ladder"]._get_live(company)
        text = self.env._("Nothing is sent before a plan goes live.")
        if live:
            text = self.env._("“%(plan)s” is live.", plan=live[0].name)
        step = Step(
            40,
            "reminders",
            self.env._("Reminder plan"),
            text,
            bool(live),
            self.env._("See the plans") if live else self.env._("Choose a plan"),
            "sale_collection_reminder.ladder_action",
        )
        return [*super()._get_steps(company), step]
