from odoo import api, models


class SaleCollectionRun(models.Model):
    """The nightly cycle books commission on the money of the day."""

    _inherit = "sale.collection.run"

    @api.model
    def _get_phases(self):
        return [*super()._get_phases(), ("commission", self.env._("Book commission"))]

    @api.model
    def _get_count_labels(self):
        return {**super()._get_count_labels(), "booked": self.env._("entries booked")}

    def _phase_commission(self, today):
        return {"booked": self.env["sale.collection.commission.entry"]._accrue(today)}
