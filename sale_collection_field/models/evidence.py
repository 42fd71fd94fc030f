from functools import partial

from odoo import api, models

VISITS = ("date", "user_id", "contact_id", "state", "signed_by", "signed_on")


class SaleCollectionEvidence(models.AbstractModel):
    """Visits, with the balances the customer signed."""

    _inherit = "sale.collection.evidence"

    @api.model
    def _get_readers(self):
        return [
            *super()._get_readers(),
            (100, self.env._("Visits"), "_read_visits"),
        ]

    @api.model
    def _read_visits(self, profile):
        visits = self.env["sale.collection.visit"].search(
            [("profile_id", "=", profile.id)], order="date, id"
        )
        yield from self._read_list(
            self.env._("Visits"), visits, (*VISITS, "signed_text", "note")
        )
        for batch in self._read_batches(visits):
            signatures = self._find_files(batch, "signature")
            for visit in batch:
                for signature in signatures.get(visit.id, ()):
                    name = f"{visit.date} {self.env._('Signature')}.png"
                    yield name, partial(self._read_file, signature)
