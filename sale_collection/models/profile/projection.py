from operator import itemgetter

from odoo import api, models
from odoo.tools import SQL, split_every

from ..core.sql import update_rows
from ..core.transaction import commit_batch

# Rows written, and committed by the nightly run, at once.
BATCH = 500

# The projection's columns and their types, in the order they are compared in.
PROJECTION = {
    "amount_open": "numeric",
    "amount_unapplied": "numeric",
    "amount_overdue": "numeric",
    "amount_not_due": "numeric",
    "amount_1_30": "numeric",
    "amount_31_60": "numeric",
    "amount_61_90": "numeric",
    "amount_over_90": "numeric",
    "amount_disputed": "numeric",
    "amount_promised": "numeric",
    "amount_collectable": "numeric",
    "oldest_due_date": "date",
    "exposure": "numeric",
    "available_credit": "numeric",
    "avg_days_late": "numeric",
    "median_days_late": "numeric",
    "late_share": "numeric",
    "late_count": "int",
    "open_late_count": "int",
    "paid_count": "int",
    "paid_late_count": "int",
    "short_paid_count": "int",
    "paid_amount": "numeric",
    "paid_days_weight": "numeric",
    "recent_amount": "numeric",
    "recent_days_weight": "numeric",
    "short_pay_share": "numeric",
    "days_late_trend": "numeric",
    "bounced_count": "int",
    "first_invoice_date": "date",
    "last_payment_date": "date",
    "after_due_count": "int",
    "over_30_count": "int",
    "day_off_paid_count": "int",
    "day_off_after_due_count": "int",
    "day_off_median_days_late": "numeric",
    "recent_days_late": "numeric",
    "promise_kept_ratio": "numeric",
    "broken_promise_count": "int",
}
STAMPS = (
    "collection_refreshed_at",
    "collection_refreshed_for",
    "collection_refreshed_xid",
)


class SaleCollectionProfile(models.Model):
    """Bring the projection up to the ledger: only rows that differ are written."""

    _inherit = "sale.collection.profile"

    # === ENTRY POINTS ===#

    def _refresh(self, today=None):
        """Compare the projection with the ledger and write what differs.

        On no record: every customer of the company with receivables, receipts,
        history, orders or a limit, profiles made where missing. Writes profiles only.

        :param date today: the company's own today when left out
        :return: number of profiles written
        """
        written = 0
        for company, profiles in self._by_company():
            day = today or company._collection_today()
            if profiles:
                written += profiles._refresh_some(company, day)
            else:
                written += profiles._refresh_everyone(company, day)
        return written

    @api.model
    def _refresh_touched(self, partners, today=None):
        """Bring everything up to date that hangs on customers something happened to.

        :param partners: contacts or customers
        :return: their profiles
        """
        profiles = self._for(partners)
        if profiles:
            for _sequence, step in sorted(self._get_touched_steps()):
                getattr(profiles, step)(today)
        return profiles

    @api.model
    def _get_touched_steps(self):
        """Return what is done for touched customers, as pairs (sequence, method name).

        The methods work on profiles of one root company and take `today`. Sequences:
        10 promises judged, 20 figures refreshed, 30 graded, 40 money told of, 50
        orders judged, 60 stage set.
        """
        return [(20, "_refresh")]

    def _by_company(self):
        """Return pairs of root company and profiles; no profiles stand for all."""
        if self:
            return list(self.sudo().grouped("company_id").items())
        return [(self.env.company.sudo().root_id, self.sudo())]

    # === APPLY ===#

    def _refresh_some(self, company, today):
        """Refresh these profiles of one root company from all there is."""
        read_at = self.env.cr.now()
        facts = self._collect_facts(company, today, self.partner_id.ids)
        written = self._write_changed(self._read_projection(company), facts, read_at)
        self.env.cr.execute(
            SQL(
                "UPDATE sale_collection_profile SET refreshed_at = %s"
                " WHERE id = ANY(%s) AND refreshed_at IS DISTINCT FROM %s",
                read_at,
                sorted(self.ids),
                read_at,
            )
        )
        self.invalidate_model([*PROJECTION, "refreshed_at", "as_of"], flush=False)
        return written

    @api.model
    def _refresh_everyone(self, company, today):
        """Refresh, or make, the profiles of all customers of a root company."""
        self.env.flush_all()
        read_at, xid = self.env.cr.now(), self._get_snapshot()
        rows = self._read_projection(company)
        behaviour = self._update_behaviour(company, today, rows)
        facts = self._collect_facts(company, today, behaviour=behaviour)
        rows += self._make_missing(company, facts.keys(), rows)
        written = self._write_changed(rows, facts, read_at)
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_company
                   SET collection_refreshed_at = %s,
                       collection_refreshed_for = %s,
                       collection_refreshed_xid = %s
                 WHERE id = %s
                """,
                read_at,
                today,
                xid,
                company.id,
            )
        )
        company.invalidate_recordset(STAMPS, flush=False)
        self.invalidate_model([*PROJECTION, "refreshed_at", "as_of"], flush=False)
        return written

    @api.model
    def _get_snapshot(self):
        """Return the oldest transaction whose rows we may not see yet."""
        [[xid]] = self.env.execute_query(
            SQL("SELECT PG_SNAPSHOT_XMIN(PG_CURRENT_SNAPSHOT())::text")
        )
        return xid

    @api.model
    def _write_changed(self, rows, facts, read_at):
        """Write the facts of the stored rows they differ from; return how many."""
        changed = [
            (row, wanted)
            for row in rows
            if _in_order(wanted := facts[row["partner_id"]]) != _in_order(row)
        ]
        for batch in split_every(BATCH, changed, list):
            self._write_projection(batch, read_at)
            commit_batch(self.env)
        return len(changed)

    @api.model
    def _make_missing(self, company, partner_ids, rows):
        """Make the profiles of customers without one, and return their rows."""
        missing = partner_ids - {row["partner_id"] for row in rows}
        return self._make(company, missing)._read_projection(company) if missing else []

    def _read_projection(self, company):
        """Return the stored figures of these profiles, all of the company on none.

        :return: dicts of the projection with `id`, `partner_id`, `refreshed_at` and
            `limit_total`, the credit given in all, 0 without a limit
        """
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT id, partner_id, refreshed_at, %(columns)s,
                       COALESCE(exposure + available_credit, 0) AS limit_total
                  FROM sale_collection_profile
                 WHERE company_id = %(company)s AND %(chosen)s
              ORDER BY id
                """,
                columns=SQL(", ").join(map(SQL.identifier, PROJECTION)),
                company=company.id,
                chosen=SQL("id = ANY(%s)", self.ids) if self else SQL("TRUE"),
            )
        )

    @api.model
    def _write_projection(self, batch, read_at):
        """Write pairs of a stored row and what it should be.

        A row somebody refreshed after our reading is newer than what we know and is
        left alone.
        """
        names = [
            name
            for name in PROJECTION
            if any(row[name] != wanted[name] for row, wanted in batch)
        ]
        update_rows(
            self.env,
            self._table,
            {name: PROJECTION[name] for name in names},
            [
                (row["id"], *(wanted[name] for name in names), row["refreshed_at"])
                for row, wanted in batch
            ],
            common={"refreshed_at": read_at},
            unchanged={"refreshed_at": "timestamp"},
        )


# The values of the projection in the order of PROJECTION.
_in_order = itemgetter(*PROJECTION)
