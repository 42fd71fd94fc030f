from odoo import api, models

from odoo.addons.sale_collection.tools.night import Phase


class SaleCollectionRun(models.Model):
    """The night says which parts of contract plans are not invoiced."""

    _inherit = "sale.collection.run"

    @api.model
    def _get_phases(self):
        # EXTENDS: with what else tells people what to do
        return [
            *super()._get_phases(),
            Phase(
                "contract",
                self.env._("Tell of parts not invoiced"),
                after="promise_follow_up",
                counts={"not_invoiced": self.env._("told of parts not invoiced")},
            ),
        ]

    def _phase_contract(self, today):
        lines = self.env["sale.collection.contract.line"]
        return self._get_phase_at_work()._each(
            lines._find_untold(self.company_id, today),
            lambda batch: {"not_invoiced": batch._tell_responsible(today)},
            key="contract",
        )
