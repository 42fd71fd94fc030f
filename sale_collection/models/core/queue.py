import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class SaleCollectionQueue(models.Model):
    """What has been touched and waits for the ledger or the profiles.

    Append-only for those who post and pay: one INSERT, no row two of them could
    fight for. The scheduled action works it off and deletes what it has done.
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
                    SELECT %s, UNNEST(%s), %s
                )
                SELECT EXISTS (SELECT FROM ir_cron_trigger WHERE cron_id = %s)
                """,
                kind,
                refs,
                company.root_id.id,
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
        while rows := self._claim(last_id, batch):
            last_id = rows[-1][0]
            done = self._process(rows)
            self.browse(done).unlink()
            if not Cron._commit_progress(len(rows)):
                break

    @api.model
    def _claim(self, after_id, limit):
        """Lock the next rows nobody else is working on."""
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
        """Process claimed rows; what fails stays queued for the next run.

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
    def _process_group(self, kind, company, pairs):
        """Process rows of one kind; where they fail together, each by itself."""
        try:
            with self.env.cr.savepoint():
                process = getattr(self, f"_process_{kind}")
                process(company, sorted({ref for __, ref in pairs}))
        except (ConcurrencyError, psycopg2.OperationalError):
            # One by one they would meet the same session: the next run sees it.
            _logger.info("Another session is at the same work: %s %s", kind, pairs)
            return []
        except Exception:
            if len(pairs) > 1:
                return [
                    row_id
                    for pair in pairs
                    for row_id in self._process_group(kind, company, [pair])
                ]
            _logger.exception("Collection work stays queued: %s %s", kind, pairs)
            return []
        return [row_id for row_id, __ in pairs]
