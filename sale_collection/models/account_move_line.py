import logging

from odoo import models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

TOUCHED = "sale_collection.touched"


class AccountMoveLine(models.Model):
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
        """Have receivable lines compared with the ledger before the commit.

        :param bool with_matched: the lines they are reconciled with as well
        """
        lines = self.filtered(lambda line: line.account_type == "asset_receivable")
        if not lines:
            return
        touched = self._collection_touched()
        touched["matched" if with_matched else "exact"].update(lines.ids)
        for line in lines:
            touched["partners"].setdefault(line.company_id.root_id, set()).update(
                line.partner_id.commercial_partner_id.ids
            )

    def _collection_touched(self):
        """Return what this transaction has touched, to be mirrored before commit."""
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
        line_ids = touched["exact"] | touched["matched"]
        try:
            with self.env.cr.savepoint(flush=False):
                line_ids |= self._collection_matched_ids(touched["matched"])
                self.env["sale.collection.receipt"]._sync(self.browse(line_ids))
        except Exception:
            _logger.warning(
                "Receipt ledger not in line yet, the lines stay queued: %s",
                sorted(line_ids),
                exc_info=True,
            )
            self._collection_push("line", {self.env.company: line_ids})
        self._collection_push("partner", touched["partners"])

    def _collection_matched_ids(self, line_ids):
        if not line_ids:
            return set()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT debit_move_id, credit_move_id
                  FROM account_partial_reconcile
                 WHERE debit_move_id = ANY(%(ids)s) OR credit_move_id = ANY(%(ids)s)
                """,
                ids=list(line_ids),
            )
        )
        return {line_id for row in rows for line_id in row}

    def _collection_push(self, kind, refs_by_company):
        try:
            with self.env.cr.savepoint(flush=False):
                for company, refs in refs_by_company.items():
                    self.env["sale.collection.queue"]._push(kind, refs, company)
        except Exception:
            _logger.exception("Collection work could not be queued: %s", kind)
