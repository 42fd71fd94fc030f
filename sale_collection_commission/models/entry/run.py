from odoo import api, models

from odoo.addons.sale_collection.tools.night import Phase


class SaleCollectionRun(models.Model):
    """The nightly cycle books commission on the money of the day."""

    _inherit = "sale.collection.run"

    @api.model
    def _get_phases(self):
        # EXTENDS: the money of the day
        return [
            *super()._get_phases(),
            Phase(
                "commission",
                self.env._("Book commission"),
                after="promise_follow_up",
                counts={
                    "booked": self.env._("entries booked"),
                },
            ),
        ]

    def _phase_commission(self, today):
        return {"booked": self.env["sale.collection.commission.entry"]._accrue(today)}
