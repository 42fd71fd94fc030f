from odoo import api, models


class SaleCollectionRun(models.Model):
    """The night's part of the promises."""

    _inherit = "sale.collection.run"

    @api.model
    def _get_phases(self):
        # EXTENDS: judged before the profiles count them, chased after grading
        phases = super()._get_phases()
        codes = [code for code, _label in phases]
        phases.insert(
            codes.index("refresh"), ("promises", self.env._("Judge promises"))
        )
        return phases + [("promise_follow_up", self.env._("Follow up promises"))]

    @api.model
    def _get_count_labels(self):
        return {
            **super()._get_count_labels(),
            "judged": self.env._("promises changed"),
            "confirmed": self.env._("payments confirmed"),
            "followed": self.env._("broken promises followed up"),
        }

    def _phase_promises(self, today):
        promises = self.env["sale.collection.promise"]
        return self._all_or_each(
            lambda: {"judged": promises._evaluate(today)},
            lambda: promises.search(promises._get_pending_domain(today)),
            lambda batch: {"judged": batch._evaluate(today)},
            key="promises",
        )

    def _phase_promise_follow_up(self, today):
        promises = self.env["sale.collection.promise"]
        due = promises._get_due_soon(self.company_id, today)
        self._each(due, lambda batch: batch._confirm(today), count="confirmed")
        broken = promises._get_newly_broken(self.company_id, today)
        return self._each(broken, lambda batch: batch._chase(today), count="followed")
