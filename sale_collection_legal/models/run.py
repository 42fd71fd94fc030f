from odoo import api, models

from odoo.addons.sale_collection.tools.night import Phase


class SaleCollectionRun(models.Model):
    """The night warns of debts that will be lost in court."""

    _inherit = "sale.collection.run"

    @api.model
    def _get_phases(self):
        # EXTENDS: before the order of Today, which lists what is warned of
        return [
            *super()._get_phases(),
            Phase(
                "limitation",
                self.env._("Warn of debts that will be lost in court"),
                after="promise_follow_up",
                counts={"warned": self.env._("debts warned of")},
            ),
        ]

    def _phase_limitation(self, today):
        clocks = self.env["sale.collection.limitation"]
        clocks._refresh(self.company_id, today)
        return self._get_phase_at_work()._each(
            clocks._find_unwarned(self.company_id, today),
            lambda batch: {"warned": batch._warn(today)},
            key="limitation",
        )
