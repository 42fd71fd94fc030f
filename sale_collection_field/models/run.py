from odoo import api, models

from odoo.addons.sale_collection.tools.night import Phase


class SaleCollectionRun(models.Model):
    """The night looks for money that reps reported, and for visits nobody made."""

    _inherit = "sale.collection.run"

    @api.model
    def _get_phases(self):
        # EXTENDS: when promises are judged, as the money is in the ledger then
        return [
            *super()._get_phases(),
            Phase(
                "notices",
                self.env._("Look for the money of notices and bills"),
                after="promise_follow_up",
                counts={
                    "confirmed": self.env._("payment notices confirmed"),
                    "returned": self.env._("payment notices returned"),
                    "cleared": self.env._("bills cleared"),
                },
            ),
            Phase(
                "visits",
                self.env._("Note the visits that were missed"),
                after="promise_follow_up",
                counts={"missed": self.env._("visits missed")},
            ),
        ]

    def _phase_notices(self, today):
        notices = self.env["sale.collection.notice"]
        bills = self.env["sale.collection.bill"]
        company = self.company_id
        return {
            "confirmed": len(notices._match(company, today=today)),
            "returned": len(notices._return_late(company, today)),
            "cleared": len(bills._clear_matched(company, today)),
        }

    def _phase_visits(self, today):
        late = self.env["sale.collection.visit"]._get_overdue(self.company_id, today)
        phase = self._get_phase_at_work()
        return phase._each(
            late, lambda batch: batch._mark_missed(today), count="missed"
        )
