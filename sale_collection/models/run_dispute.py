from odoo import api, models


class SaleCollectionRun(models.Model):
    """Disputes in the nightly cycle."""

    _inherit = "sale.collection.run"

    @api.model
    def _get_phases(self):
        phases = super()._get_phases()
        return [*phases, ("disputes", self.env._("Tell of late disputes"))]

    @api.model
    def _get_count_labels(self):
        labels = super()._get_count_labels()
        return {**labels, "escalated": self.env._("disputes past their deadline")}

    def _phase_disputes(self, today):
        """Tell the credit controller of disputes past their deadline."""
        late = self.env["sale.collection.dispute"]._get_late(self.company_id, today)
        return self._each(late, lambda batch: batch._escalate(today), count="escalated")
