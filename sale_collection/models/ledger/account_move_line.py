import logging

from odoo import models

_logger = logging.getLogger(__name__)

TOUCHED = "sale_collection.touched"


class AccountMoveLine(models.Model):
    """Receivable lines that are touched are mirrored before the commit."""

    _inherit = "account.move.line"

    def write(self, vals):
        res = super().write(vals)
        if "date_maturity" in vals:
            self._collection_touch()
        return res

    def unlink(self):
        self._collection_touch()
        return super().unlink()

    def _collection_touch(self, with_matched=False):
        """Note receivable lines to be compared with the ledger before the commit.

        :param bool with_matched: the lines they are reconciled with as well
        """
        # A clerk of a branch may touch lines of the root that they cannot read.
        lines = self.sudo().filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        if not lines:
            return
        touched = self._collection_touched()
        touched["matched" if with_matched else "exact"].update(lines.ids)
        for line in lines:
            touched["partners"].setdefault(line.company_id.root_id, set()).update(
                line.partner_id.commercial_partner_id.ids
            )

    def _collection_touched(self):
        """Return the set of what this transaction has touched, empty at first."""
        precommit = self.env.cr.precommit
        if TOUCHED not in precommit.data:
            precommit.data[TOUCHED] = {"exact": set(), "matched": set(), "partners": {}}
            precommit.add(self.env["account.move.line"].sudo()._collection_mirror)
        return precommit.data[TOUCHED]

    def _collection_mirror(self):
        """Mirror what has been touched; never stop the accountant.

        Whatever fails is logged and stays queued, the document goes through.
        """
        touched = self.env.cr.precommit.data.pop(TOUCHED, None)
        if not touched:
            return
        Receipt = self.env["sale.collection.receipt"]
        try:
            with self.env.cr.savepoint(flush=False):
                Receipt._sync_ids(Receipt._expand(touched["exact"], touched["matched"]))
                self._collection_push("partner", touched["partners"])
        except Exception:
            _logger.warning("Ledger not in line yet, it stays queued", exc_info=True)
            self._collection_postpone(touched)

    def _collection_postpone(self, touched):
        """Queue what could not be mirrored now."""
        line_ids = touched["exact"] | touched["matched"]
        try:
            with self.env.cr.savepoint(flush=False):
                self._collection_push("line", {self.env.company: line_ids})
                self._collection_push("partner", touched["partners"])
        except Exception:
            _logger.exception("Collection work could not be queued: %s", touched)

    def _collection_push(self, kind, refs_by_company):
        """Queue records touched, given as {company: ids}."""
        for company, refs in refs_by_company.items():
            self.env["sale.collection.queue"]._push(kind, refs, company)
