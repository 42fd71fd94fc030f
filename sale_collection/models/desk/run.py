from odoo import api, models

from ...tools.night import Phase


class SaleCollectionRun(models.Model):
    """The night ends with the list of the day."""

    _inherit = "sale.collection.run"

    @api.model
    def _get_phases(self):
        # EXTENDS: behind all that stands behind the promises: see `in_order`
        return [
            *super()._get_phases(),
            Phase(
                "work",
                self.env._("Put the work of the day in order"),
                after="promise_follow_up",
                counts={"ranked": self.env._("customers with another place")},
            ),
        ]

    def _phase_work(self, today):
        profiles = self.env["sale.collection.profile"].with_company(self.company_id)
        return {"ranked": profiles._rank_work(today)}
