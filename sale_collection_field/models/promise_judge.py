from collections import defaultdict

from odoo import api, models

from ..tools.visit import excuse


class SaleCollectionPromiseJudge(models.AbstractModel):
    """A payment we were to collect is not missed before we have come for it."""

    _inherit = "sale.collection.promise.judge"

    @api.model
    def _collect_excused(self, promises):
        collected = promises.filtered(lambda promise: promise.mode == "collect")
        if not collected:
            return super()._collect_excused(promises)
        visits = self.env["sale.collection.visit"].search(
            [("promise_id", "in", collected.ids), ("state", "!=", "cancelled")],
            order="date, id",
        )
        excused = defaultdict(dict, super()._collect_excused(promises))
        for visit in visits:  # the latest one of a payment stands
            days = excuse(visit.due_date, visit.date, visit.state == "done")
            excused[visit.promise_id.id][visit.due_date] = days
        return excused
