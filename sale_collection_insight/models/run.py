from odoo import api, models

from odoo.addons.sale_collection.tools.night import Phase


class SaleCollectionRun(models.Model):
    """The night keeps the forecast of the week, once figures and promises are new."""

    _inherit = "sale.collection.run"

    @api.model
    def _get_phases(self):
        # EXTENDS: behind all that stands behind the promises: see `in_order`
        return [
            *super()._get_phases(),
            Phase(
                "forecast",
                self.env._("Keep the cash forecast"),
                after="promise_follow_up",
                counts={
                    "kept": self.env._("weeks of the forecast kept"),
                    "compared": self.env._("weeks compared with what came"),
                },
            ),
        ]

    def _phase_forecast(self, today):
        forecasts = self.env["sale.collection.forecast"].sudo()
        return {
            "compared": forecasts._compare(self.company_id, today),
            "kept": forecasts._keep(self.company_id, today),
        }
