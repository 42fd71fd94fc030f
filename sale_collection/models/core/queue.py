import logging

from odoo import api, fields, models
from odoo.tools import SQL

from .sql import root_company_sql
from .transaction import CONFLICTS, do_all_or_each

_logger = logging.getLogger(__name__)


class SaleCollectionQueue(models.Model):
    """Work that waits for the scheduled action, mostly records that were touched.

    People who post and pay only append rows, so that no two of them wait for each
    other. The scheduled action does the work and deletes the rows done.
    """

    _name = "sale.collection.queue"
    _description = "Collection work to do"
    _order = "id"
    _log_access = False

    kind = fields.Selection(
        [],
        required=True,
        help="The method `_process_<kind>(company, ids)` does the work.",
    )
    ref = fields.Integer(required=True, help="Id of the record touched.")
    company_id = fields.Many2one(
        "res.company", required=True, ondelete="cascade", help="Root company."
    )

    @api.model
    def _push(self, kind, refs, company):
        """Append work and wake the scheduled action unless it is awake already.

        :param str kind: a value of the field `kind`
        :param refs: ids of the records touched
        :param company: the company concerned; its root is stored
        """
        refs = sorted(set(refs))
        if not refs:
            return
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(
            "sale_collection.cron_queue"
        )
        [[is_awake]] = self.env.execute_query(
            SQL(
                """
                WITH pushed AS (
                    INSERT INTO sale_collection_queue (kind, ref, company_id)
                    SELECT %s, UNNEST(%s), %s FROM res_company company WHERE id = %s
                )
                SELECT EXISTS (SELECT FROM ir_cron_trigger WHERE cron_id = %s)
                """,
                kind,
                refs,
                root_company_sql(),
                company.id,
                cron_id,
            )
        )
        if not is_awake:
            self.env["ir.cron"].sudo().browse(cron_id)._trigger()

    @api.model
    def _cron_process(self, batch=500):
        """Work off the queue: lines first, for profiles read the ledger."""
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=self.search_count([]))
        last_id = 0
        while rows := self._lock_rows(last_id, batch):
            last_id = rows[-1][0]
            done = self._process(rows)
            self.browse(done).unlink()
            if not Cron._commit_progress(len(rows)):
                break

    @api.model
    def _lock_rows(self, after_id, limit):
        """Lock and return the next rows that no other session is working on.

        :return: list of (id, kind, ref, root company id)
        """
        return self.env.execute_query(
            SQL(
                """
                SELECT id, kind, ref, company_id
                  FROM sale_collection_queue
                 WHERE id > %s
                 ORDER BY id
                 LIMIT %s
                   FOR UPDATE SKIP LOCKED
                """,
                after_id,
                limit,
            )
        )

    @api.model
    def _process(self, rows):
        """Process rows of `_lock_rows`; what fails stays queued for the next run.

        :return: ids of the rows done
        """
        groups = {}
        for row_id, kind, ref, company_id in rows:
            groups.setdefault((kind, company_id), []).append((row_id, ref))
        return [
            row_id
            for (kind, company_id), pairs in sorted(groups.items())
            for row_id in self._process_group(
                kind, self.env["res.company"].browse(company_id), pairs
            )
        ]

    @api.model
    def _process_group(self, kind, company, rows):
        """Process rows (id, ref) of one kind and return the ids of those done."""

        def process(rows):
            getattr(self, f"_process_{kind}")(company, sorted({ref for _, ref in rows}))

        def log(rows, error):
            _logger.error(
                "Collection work stays queued: %s %s", kind, rows, exc_info=error
            )

        try:
            done = do_all_or_each(self.env, rows, process, log)
        except CONFLICTS:
            # The next run sees what the other session wrote; work done twice does no
            # harm.
            _logger.info("Another session is at the same work: %s %s", kind, rows)
            return []
        return [row_id for rows, _ in done for row_id, _ in rows]
