from functools import partial

from odoo import api, models

CONFIRMATIONS = (
    *("date", "amount", "currency_id", "state", "asked_on", "answered_on"),
    *("answered_by", "answered_ip", "registered_by_id", "words", "dispute_id"),
)


class SaleCollectionEvidence(models.AbstractModel):
    """Balances the customer confirmed or denied, with signatures and scans."""

    _inherit = "sale.collection.evidence"

    @api.model
    def _get_readers(self):
        return [
            *super()._get_readers(),
            (90, self.env._("Balance confirmations"), "_read_confirmations"),
        ]

    @api.model
    def _read_confirmations(self, profile):
        asked = self.env["sale.collection.confirmation"].search(
            [("profile_id", "=", profile.id)], order="date, id"
        )
        title = self.env._("Balance confirmations")
        yield from self._read_list(title, asked, CONFIRMATIONS)
        for batch in self._read_batches(asked):
            signatures = self._find_files(batch, "signature")
            files = self._find_files(batch)
            for one in batch:
                prefix = f"{one.date} {one.currency_id.name}"
                for signature in signatures.get(one.id, ()):
                    name = f"{prefix} {self.env._('Signature')}.png"
                    yield name, partial(self._read_file, signature)
                yield from self._read_files(files.get(one.id, ()), prefix)
