from operator import itemgetter

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ...fields import OptionalFloat, OptionalMonetary
from ...tools.figures import average_days_late
from ..core.open_line import RECEIVABLE_ACCOUNTS
from ..core.sql import columns_sql, format_array, read_dicts, update_rows
from ..core.transaction import commit_batch

# Rows written, and committed by the nightly run, at once.
BATCH = 500

# The columns of the projection and their types, in the order they are compared in.
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
    "amount_late": "numeric",
    "judged_due_date": "date",
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
    "weekday_paid": "varchar",
    "weekday_after_due": "varchar",
    "usual_amount": "numeric",
    "promise_kept_ratio": "numeric",
    "broken_promise_count": "int",
}
_NAMES = tuple(PROJECTION)
_in_order = itemgetter(*_NAMES)


def _find_change(row, wanted):
    """Return the names of the figures that differ, the row and what it should be."""
    stored, new = _in_order(row), _in_order(wanted)
    if stored == new:
        return None
    pairs = zip(_NAMES, stored, new, strict=True)
    return [name for name, old, value in pairs if old != value], row, wanted


class SaleCollectionProjection(models.AbstractModel):
    """The figures of a customer as last read from the ledger, on its profile.

    Written by `_refresh` alone, and only where they differ: decisions ask
    `_get_live_facts`, which reads the ledger itself.
    """

    _name = "sale.collection.projection"
    _description = "Stored figures of a customer"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )

    # === BALANCES ===#

    amount_open = fields.Monetary(
        string="Open", readonly=True, help="Not yet paid, due or not."
    )
    amount_not_due = fields.Monetary(string="Not due", readonly=True)
    amount_overdue = fields.Monetary(string="Overdue", readonly=True)
    amount_1_30 = fields.Monetary(string="1-30 days", readonly=True)
    amount_31_60 = fields.Monetary(string="31-60 days", readonly=True)
    amount_61_90 = fields.Monetary(string="61-90 days", readonly=True)
    amount_over_90 = fields.Monetary(string="Over 90 days", readonly=True)
    amount_unapplied = fields.Monetary(
        string="Not yet matched",
        readonly=True,
        help="Payments and credit notes not yet matched to an invoice.",
    )
    amount_disputed = fields.Monetary(string="Disputed", readonly=True)
    amount_promised = fields.Monetary(
        string="Promised", readonly=True, help="Overdue and covered by a promise."
    )
    amount_collectable = fields.Monetary(
        string="Collectable",
        readonly=True,
        help="Overdue, less what is disputed, promised or already paid but unmatched.",
    )
    oldest_due_date = fields.Date(string="Oldest due date", readonly=True)
    # The same two by the judged due date, which the grade goes by.
    amount_late = fields.Monetary(readonly=True, export_string_translation=False)
    judged_due_date = fields.Date(readonly=True, export_string_translation=False)
    exposure = fields.Monetary(
        string="Used credit",
        readonly=True,
        help="Open balance less payments not yet matched, plus what confirmed orders "
        "will still be invoiced, less what was paid online for them.",
    )
    available_credit = OptionalMonetary(
        string="Available credit",
        readonly=True,
        help="Empty while the customer has no limit.",
    )

    # === BEHAVIOUR ===#

    avg_days_late = OptionalFloat(
        string="Average days late",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Weighted by amount, over all money received and the overdue amounts "
        "with their age so far.",
    )
    median_days_late = OptionalFloat(
        string="Median days late",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Half of the paid instalments came later than this.",
    )
    late_share = OptionalFloat(
        string="Share paid late",
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="Part of the instalments paid late or late now, after grace and the days "
        "we were at fault. 1 is all of them.",
    )
    late_count = fields.Integer(
        string="Instalments late",
        readonly=True,
        help="Paid late or late now, after grace and the days we were at fault.",
    )
    open_late_count = fields.Integer(
        string="Instalments late now", readonly=True, help="Those still open."
    )
    paid_count = fields.Integer(string="Instalments paid", readonly=True)
    short_pay_share = OptionalFloat(
        string="Share short-paid",
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="Part of the paid instalments where we wrote off a rest.",
    )
    days_late_trend = OptionalFloat(
        string="Trend",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Average days late of the last 90 days less that of before. Positive when "
        "the customer has become slower.",
    )
    bounced_count = fields.Integer(
        string="Bounced payments", readonly=True, help="In the last 12 months."
    )
    first_invoice_date = fields.Date(string="Customer since", readonly=True)
    last_payment_date = fields.Date(string="Last payment", readonly=True)
    promise_kept_ratio = OptionalFloat(
        string="Promises kept", digits=(16, 4), readonly=True, aggregator="avg"
    )
    broken_promise_count = fields.Integer(string="Broken promises", readonly=True)
    after_due_count = fields.Integer(
        string="Paid after the due date",
        readonly=True,
        help="Instalments paid after the printed due date, be it by one day.",
    )
    over_30_count = fields.Integer(
        string="Paid over 30 days late",
        readonly=True,
        help="Instalments paid more than 30 days after the printed due date.",
    )
    day_off_paid_count = fields.Integer(
        string="Paid, due on a day off",
        readonly=True,
        help="Paid instalments whose due date was not a working day.",
    )
    day_off_after_due_count = fields.Integer(
        string="Paid after a due date on a day off", readonly=True
    )
    day_off_median_days_late = OptionalFloat(
        string="Median days late after a day off",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Of instalments due on a day off, counted from the next working day: "
        "negative for who pays before it.",
    )
    recent_days_late = fields.Float(
        string="Recent days late",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Average days late in which a payment counts half for every month before "
        "the latest one.",
    )

    usual_amount = fields.Monetary(
        string="Usual amount",
        readonly=True,
        help="Geometric mean of the paid instalments: a big one moves it little.",
    )
    # Paid instalments by weekday of their due date from Monday on, such as
    # "4,0,0,2,1,3,0", and those of them paid after it.
    weekday_paid = fields.Char(readonly=True, export_string_translation=False)
    weekday_after_due = fields.Char(readonly=True, export_string_translation=False)

    # What the averages are made of: money received and, in company currency x days,
    # how late it came; `recent` is the last 90 days. Kept so that the next night need
    # only read the receipts of customers who have paid since.
    paid_late_count = fields.Integer(readonly=True, export_string_translation=False)
    short_paid_count = fields.Integer(readonly=True, export_string_translation=False)
    paid_amount = fields.Monetary(readonly=True, export_string_translation=False)
    paid_days_weight = fields.Float(
        digits=(16, 2), readonly=True, export_string_translation=False
    )
    recent_amount = fields.Monetary(readonly=True, export_string_translation=False)
    recent_days_weight = fields.Float(
        digits=(16, 2), readonly=True, export_string_translation=False
    )

    # When this very row was last written, which is seldom: most nights change
    # nothing. What people want to know is `as_of`.
    refreshed_at = fields.Datetime(readonly=True, export_string_translation=False)
    as_of = fields.Datetime(
        string="As of",
        compute="_compute_as_of",
        help="When these figures were last compared.",
    )

    # === COMPUTE ===#

    @api.depends("refreshed_at", "company_id")
    def _compute_as_of(self):
        for row in self:
            nightly = row.company_id.sudo().collection_refreshed_at
            moments = [moment for moment in (row.refreshed_at, nightly) if moment]
            row.as_of = max(moments, default=False)

    # === MAKE ===#

    @api.model
    def _make(self, company, partner_ids):
        """Return the profiles of customers of one root company, made where missing."""
        if not partner_ids:
            return self.browse()
        self.flush_model(["company_id", "partner_id"])
        self.env["res.partner"].flush_model(["user_id"])
        self.env.execute_query(
            SQL(
                """
                INSERT INTO sale_collection_profile (
                    company_id, partner_id, user_id,
                    create_uid, create_date, write_uid, write_date
                )
                SELECT %(company)s, partner.id, partner.user_id,
                       %(uid)s, now() AT TIME ZONE 'UTC',
                       %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM res_partner partner
                 WHERE partner.id = ANY(%(partners)s)
                   AND NOT EXISTS (
                       SELECT FROM sale_collection_profile profile
                        WHERE profile.company_id = %(company)s
                          AND profile.partner_id = partner.id
                   )
              ORDER BY partner.id
                    ON CONFLICT (company_id, partner_id) DO NOTHING
                RETURNING id
                """,
                company=company.id,
                partners=list(partner_ids),
                uid=self.env.uid,
            )
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM sale_collection_profile
                 WHERE company_id = %s AND partner_id = ANY(%s)
              ORDER BY id
                """,
                company.id,
                list(partner_ids),
            )
        )
        return self.browse([row[0] for row in rows])

    # === READ ===#

    def _read_projection(self, company, names=_NAMES):
        """Return the stored figures of these profiles, all of the company on none.

        :param names: figures of the projection
        :return: dicts of them with `id`, `partner_id`, `refreshed_at` and
            `limit_total`, the credit given in all, 0 without a limit
        """
        return read_dicts(
            self.env,
            SQL(
                """
                SELECT id, partner_id, refreshed_at::text, %(columns)s,
                       COALESCE(exposure + available_credit, 0) AS limit_total
                  FROM sale_collection_profile
                 WHERE company_id = %(company)s AND %(chosen)s
              ORDER BY id
                """,
                columns=columns_sql(names),
                company=company.id,
                chosen=SQL("id = ANY(%s)", self.ids) if self else SQL("TRUE"),
            ),
        )

    # === WRITE ===#

    @api.model
    def _write_changed(self, rows, figures, read_at):
        """Write the figures that differ from the stored rows.

        :param rows: result of `_read_projection`
        :param figures: {partner id: projection} as read from the ledger
        :param read_at: when they were read
        :return: number of rows that differ
        """
        changes = (_find_change(row, figures[row["partner_id"]]) for row in rows)
        return self._write_changes([change for change in changes if change], read_at)

    @api.model
    def _write_older(self, rows, read_at):
        """Write what a day does to customers nothing else happened to.

        :param rows: dicts of stored figures, `amount_late` and `overdue_days_weight`
        :return: number of rows that differ
        """
        averages = [(row, average_days_late(row, row)) for row in rows]
        return self._write_changes(
            [
                (["avg_days_late"], row, {"avg_days_late": average})
                for row, average in averages
                if average != row["avg_days_late"]
            ],
            read_at,
        )

    @api.model
    def _write_changes(self, changed, read_at):
        # Like changes together: a statement writes what any of its rows needs.
        changed.sort(key=itemgetter(0))
        for batch in split_every(BATCH, changed, list):
            self._write_projection(batch, read_at)
            commit_batch(self.env)
        return len(changed)

    @api.model
    def _write_projection(self, batch, read_at):
        """Write stored rows as they should be, given with the names that differ.

        A row that somebody refreshed after our reading is newer than what we know and
        is left alone.
        """
        names = sorted(set().union(*(names for names, __, __ in batch)))
        update_rows(
            self.env,
            self._table,
            {name: PROJECTION[name] for name in names},
            [
                (row["id"], *(wanted[name] for name in names), row["refreshed_at"])
                for __, row, wanted in batch
            ],
            common={"refreshed_at": read_at},
            unchanged={"refreshed_at": "timestamp"},
        )

    @api.model
    def _forget_projection(self):
        """Drop what the cache says of the figures: they were written by SQL."""
        self.invalidate_model([*PROJECTION, "refreshed_at", "as_of"], flush=False)

    # === EXTENSION POINTS: DISPUTES AND PROMISES ===#
    # Each is a table that joins the statements of the readers. Here it has no rows:
    # whatever knows of disputes or promises answers with its own.

    @api.model
    def _get_disputed_sql(self, company, today, partner_ids):
        """Select `partner_id` and the overdue `amount` in dispute.

        :param company: root company
        :param partner_ids: commercial partners; all when None
        """
        return SQL("SELECT NULL::int AS partner_id, 0::float8 AS amount WHERE FALSE")

    @api.model
    def _get_promised_sql(self, company, today, partner_ids):
        """Select `partner_id` and the overdue `amount` covered by live promises."""
        return SQL("SELECT NULL::int AS partner_id, 0::float8 AS amount WHERE FALSE")

    @api.model
    def _get_promise_record_sql(self, company, partner_ids):
        """Select `partner_id`, the `kept_ratio` (0-1) and the number `broken`."""
        return SQL(
            "SELECT NULL::int AS partner_id, 0::float8 AS kept_ratio, 0 AS broken"
            " WHERE FALSE"
        )

    @api.model
    def _get_fault_sql(self, company, partner_ids):
        """Select `line_id` of instalments and the `days` we were at fault ourselves.

        :param partner_ids: commercial partners; all when None
        """
        return SQL("SELECT NULL::int AS line_id, 0 AS days WHERE FALSE")

    @api.model
    def _collect_disputed(self, company, today, partner_ids):
        """Return {partner id: overdue amount in dispute}."""
        query = self._get_disputed_sql(company, today, partner_ids)
        return dict(self.env.execute_query(query))

    @api.model
    def _collect_our_fault_days(self, company, partner_ids):
        """Return {receivable line id: days we were at fault for its delay}.

        :param partner_ids: commercial partners; all when None
        """
        return dict(self.env.execute_query(self._get_fault_sql(company, partner_ids)))

    # === PIECES OF SQL ===#

    @api.model
    def _get_receivable_accounts_sql(self):
        """Return the ids of the receivable accounts as an array."""
        return RECEIVABLE_ACCOUNTS

    @api.model
    def _get_line_condition(self, partner_ids):
        """Return the condition that `line` is of one of these commercial partners.

        :param partner_ids: None for all customers: no condition
        """
        if partner_ids is None:
            return SQL("TRUE")
        return SQL(
            "line.partner_id IN (SELECT id FROM res_partner"
            " WHERE commercial_partner_id = ANY(%s::int[]))",
            format_array(partner_ids),
        )

    @api.model
    def _get_companies_sql(self, company):
        """Select the ids of a root company and its branches."""
        return SQL(
            "SELECT id FROM res_company WHERE '/' || parent_path LIKE %s",
            f"%/{company.id}/%",
        )

    @api.model
    def _get_customer_condition(self, column, partner_ids):
        """Return the condition that `column` is one of these commercial partners.

        :param partner_ids: None for all customers; what has none is nobody's
        """
        if partner_ids is None:
            return SQL("%s IS NOT NULL", column)
        return SQL("%s = ANY(%s::int[])", column, format_array(partner_ids))
