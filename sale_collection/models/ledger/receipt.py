import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL, split_every

from ..core.sql import columns_sql
from ..core.transaction import CONFLICTS
from .reconciliation import ALL, IDENTITY, Found, same_money_sql

_logger = logging.getLogger(__name__)

# Lines that `_audit` repairs at once.
AUDIT_BATCH = 500

KINDS = [
    ("cash", "Money"),
    ("credit_note", "Credit note"),
    ("discount", "Early-payment discount"),
    ("write_off", "Write-off"),
    ("exchange", "Exchange difference"),
    ("other", "Other"),
]
# The columns a reversal takes over as they are.
KEPT = (
    *("company_id", "partner_id", "move_id", "line_id", "counterpart_line_id"),
    *("move_ref", "line_ref", "counterpart_ref", "kind", "date", "due_date"),
    *("days_late", "currency_id", "user_id", "team_id", "occurrence"),
)

LATENESS = [
    ("0_on_time", "On time"),
    ("1_to_30", "1-30 days late"),
    ("2_to_60", "31-60 days late"),
    ("3_to_90", "61-90 days late"),
    ("4_over_90", "Over 90 days late"),
]


class SaleCollectionReceipt(models.Model):
    """One allocation of money, or of what replaces it, to one instalment.

    The mirror of the reconciliations of customer receivables: append-only,
    written by `_sync` alone. Positive amounts mean that the debt went down.
    """

    _name = "sale.collection.receipt"
    _inherit = ["sale.collection.titled", "sale.collection.append.only"]
    _description = "Collected money"
    _order = "date desc, id desc"
    _log_access = False
    _rec_name = "move_id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="set null", index=True
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    line_id = fields.Many2one(
        "account.move.line",
        string="Instalment",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    counterpart_line_id = fields.Many2one(
        "account.move.line",
        string="Paid by",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    # The same three as plain numbers: accounting deletes receivable lines, and
    # the ledger must still know which ones a row spoke of.
    move_ref = fields.Integer(readonly=True, export_string_translation=False)
    line_ref = fields.Integer(
        required=True, readonly=True, index=True, export_string_translation=False
    )
    counterpart_ref = fields.Integer(
        required=True, readonly=True, export_string_translation=False
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    date = fields.Date(
        required=True, readonly=True, help="Day of the money, not of the matching."
    )
    booked_at = fields.Datetime(
        required=True, readonly=True, index=True, help="When it became known here."
    )
    due_date = fields.Date(readonly=True)
    days_late = fields.Integer(
        readonly=True,
        aggregator="avg",
        help="Days from the due date, moved to the next working day, to the money. "
        "Negative when paid early. Never recomputed.",
    )
    amount = fields.Monetary(
        required=True, readonly=True, currency_field="company_currency_id"
    )
    amount_currency = fields.Monetary(
        string="Amount in invoice currency", required=True, readonly=True
    )
    currency_id = fields.Many2one(
        "res.currency", string="Invoice currency", required=True, readonly=True
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    user_id = fields.Many2one(
        "res.users", string="Salesperson", readonly=True, ondelete="set null"
    )
    team_id = fields.Many2one(
        "crm.team", string="Sales team", readonly=True, ondelete="set null"
    )
    reversal_of_id = fields.Many2one(
        "sale.collection.receipt", string="Undoes", readonly=True, ondelete="restrict"
    )
    # How many times this very row has been booked before it: two sessions that
    # append the same missing row collide here instead of doubling the money.
    occurrence = fields.Integer(
        required=True, readonly=True, default=1, export_string_translation=False
    )

    lateness = fields.Selection(LATENESS, compute="_compute_lateness")
    counterpart_text = fields.Char(
        string="Paid with",
        compute="_compute_counterpart",
        help="Number and reference of the payment, bank line or credit note.",
    )
    can_open_counterpart = fields.Boolean(
        compute="_compute_counterpart", export_string_translation=False
    )
    can_open_invoice = fields.Boolean(
        compute="_compute_counterpart", export_string_translation=False
    )

    _identity = models.UniqueIndex(
        "(line_ref, counterpart_ref, kind, date, amount, amount_currency, "
        "currency_id, occurrence) WHERE reversal_of_id IS NULL",
        "This money is already in the ledger.",
    )
    _reversed_once = models.UniqueIndex(
        "(reversal_of_id) WHERE reversal_of_id IS NOT NULL",
        "A row of the ledger is undone once.",
    )

    # === COMPUTE ===#

    @api.depends("days_late")
    def _compute_lateness(self):
        bounds = ((0, 0), (30, 1), (60, 2), (90, 3))
        for row in self:
            index = next((i for bound, i in bounds if row.days_late <= bound), 4)
            row.lateness = LATENESS[index][0]

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let lists and pivots group by the band of lateness."""
        if field_expr != "lateness":
            return super()._field_to_sql(alias, field_expr, query)
        days = self._field_to_sql(alias, "days_late", query)
        return SQL(
            """CASE WHEN %(days)s > 90 THEN '4_over_90'
                    WHEN %(days)s > 60 THEN '3_to_90'
                    WHEN %(days)s > 30 THEN '2_to_60'
                    WHEN %(days)s > 0 THEN '1_to_30'
                    ELSE '0_on_time' END""",
            days=days,
        )

    @api.depends("counterpart_line_id", "move_id")
    @api.depends_context("uid")
    def _compute_counterpart(self):
        entries = self.sudo().counterpart_line_id.move_id.sudo(False)
        readable = (entries | self.move_id)._filtered_access("read")
        for row in self:
            # A salesperson may know by what the customer paid, not open it.
            entry = row.sudo().counterpart_line_id.move_id
            reference = entry.origin_payment_id.memo or entry.ref
            row.counterpart_text = " ".join(filter(None, [entry.name, reference]))
            row.can_open_counterpart = entry.sudo(False) in readable
            row.can_open_invoice = row.move_id in readable

    # === CRUD ===#

    @api.model
    def _get_append_only_message(self):
        return self.env._(
            "Collected money follows the accounting entries and cannot be edited. "
            "Correct the payment or its matching instead."
        )

    # === ACTIONS ===#

    def action_open_invoice(self):
        """Open the invoice, or the entry, this money settled."""
        self.ensure_one()
        return self.move_id._get_records_action(name=self.env._("Invoice"))

    def action_open_counterpart(self):
        """Open the payment or the entry the money came by."""
        self.ensure_one()
        entry = self.counterpart_line_id.move_id
        return (entry.origin_payment_id or entry)._get_records_action(
            name=self.env._("Paid with")
        )

    # === SYNC ===#

    @api.model
    def _sync(self, lines):
        """Bring the rows of receivable lines in line with their reconciliations.

        Appends what is missing and one reversal for each row the accounting no
        longer knows. Safe to run twice, late, or at once with another session.

        :param lines: journal items of any account; deleted ones count as lines
            without money
        :return: number of rows appended
        :raise ConcurrencyError: another session has appended the same rows
        :raise psycopg2.OperationalError: another session changed the lines first
        """
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                return self._sync_ids(self._expand((), lines.ids))
        except psycopg2.errors.UniqueViolation as error:
            raise ConcurrencyError("Ledger rows appended by another session") from error

    @api.model
    def _sync_ids(self, line_ids):
        """Do what `_sync` promises for ids of `_expand`, within its savepoint."""
        if not line_ids:
            return 0
        line_ids, found = self._lock_scope(line_ids)
        return self._append(
            SQL("line.id = ANY(%s)", line_ids),
            SQL("receipt.line_ref = ANY(%s)", line_ids),
            booked_at=SQL("%s", fields.Datetime.now()),
            found=found,
        )

    @api.model
    def _build(self):
        """Fill the ledger from the whole accounting history at once.

        Rows count as booked when the accounting matched them, so that months
        closed long ago do not seem to be collected today.

        :return: number of rows appended
        """
        self.env.flush_all()
        now = fields.Datetime.now()
        return self._append(
            SQL("TRUE"), SQL("TRUE"), SQL("COALESCE(wanted.matched_at, %s)", now)
        )

    @api.model
    def _expand(self, exact_ids, matched_ids=()):
        """Return the lines to compare; none where there never was money.

        :param exact_ids: lines compared themselves
        :param matched_ids: lines compared with all they are reconciled with
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT debit_move_id, credit_move_id
                  FROM account_partial_reconcile
                 WHERE debit_move_id = ANY(%(ids)s) OR credit_move_id = ANY(%(ids)s)
                 UNION ALL
                SELECT line_ref, line_ref FROM sale_collection_receipt
                 WHERE line_ref = ANY(%(ids)s)
                """,
                ids=[*exact_ids, *matched_ids],
            )
        )
        if not rows:
            return []
        matched = set(matched_ids)
        found = {line_id for row in rows if matched & set(row) for line_id in row}
        return sorted(found.union(exact_ids, matched_ids))

    @api.model
    def _lock_scope(self, line_ids):
        """Lock the lines, and those that share a divided entry with them.

        A payment with a write-off or a discount divides it over all it settles:
        one line more or less changes the shares of the others.

        :return: ids of all lines to compare, the deleted ones included, and what
            there is to look for in them, as `Found`
        """
        self.env.cr.execute(
            SQL(
                """
                WITH scope AS (SELECT unnest(%(ids)s) AS id),
                matched AS (
                    SELECT part.debit_move_id AS id FROM scope
                      JOIN account_partial_reconcile part
                        ON part.credit_move_id = scope.id
                     UNION
                    SELECT part.credit_move_id FROM scope
                      JOIN account_partial_reconcile part
                        ON part.debit_move_id = scope.id
                     UNION
                    SELECT id FROM scope
                ),
                money AS (%(money)s),
                divided AS MATERIALIZED (
                    SELECT id FROM money
                     WHERE kind IS NULL AND liquidity < GREATEST(debit, credit)
                ),
                sibling AS (
                    SELECT UNNEST(ARRAY[part.debit_move_id, part.credit_move_id]) AS id
                      FROM divided
                      JOIN account_move_line mine ON mine.move_id = divided.id
                      JOIN account_partial_reconcile part
                        ON part.debit_move_id = mine.id OR part.credit_move_id = mine.id
                )
                SELECT mine.id, EXISTS (SELECT FROM divided),
                       move.move_type = 'entry' AND mine.balance > 0,
                       EXISTS (%(moved)s AND receipt.line_ref = mine.id)
                  FROM account_move_line mine
                  JOIN account_move move ON move.id = mine.move_id
                 WHERE mine.id IN (SELECT id FROM scope UNION SELECT id FROM sibling)
                 ORDER BY mine.id
                   FOR NO KEY UPDATE OF mine
                """,
                ids=list(line_ids),
                money=self.env["sale.collection.reconciliation"]._get_money_query(
                    SQL("SELECT move_id FROM matched JOIN account_move_line USING (id)")
                ),
                moved=self._get_moved_query(),
            ),
            log_exceptions=False,
        )
        rows = self.env.cr.fetchall()
        found = Found(*(any(row[place] for row in rows) for place in (1, 2, 3)))
        return sorted({*line_ids, *(row[0] for row in rows)}), found

    # === APPEND ===#

    @api.model
    def _append(self, line_condition, receipt_condition, booked_at, found=ALL):
        """Append the missing rows and the reversals of surplus ones.

        :param SQL line_condition: on `line`, the journal items compared
        :param SQL receipt_condition: on `receipt`, the rows compared
        :param SQL booked_at: time of appending, may name `wanted`
        :param Found found: what there is to look for
        :return: number of rows appended
        """
        self.env.cr.execute(
            SQL(
                """
                WITH %(comparison)s,
                due AS MATERIALIZED (
                    SELECT day.company_id, day.due_date, %(working_day)s AS effective
                      FROM (SELECT DISTINCT company_id, due_date FROM missing) day
                      JOIN res_company company ON company.id = day.company_id
                ),
                reversal AS (%(reversal)s),
                addition AS (%(addition)s)
                SELECT id FROM reversal UNION ALL SELECT id FROM addition
                """,
                comparison=self.env[
                    "sale.collection.reconciliation"
                ]._get_comparison_ctes(line_condition, receipt_condition, found),
                working_day=self.env["res.company"]._collection_working_day_sql(
                    SQL("company"), SQL("day.due_date")
                ),
                reversal=self._get_reversal_query(),
                addition=self._get_addition_query(booked_at),
            )
        )
        appended = self.env.cr.rowcount
        if found.has_moved:
            self._move_owners(receipt_condition)
        self.invalidate_model(flush=False)
        return appended

    @api.model
    def _get_reversal_query(self):
        """Return SQL that answers each surplus row with its negative."""
        return SQL(
            """
                INSERT INTO sale_collection_receipt (
                    %(kept)s, booked_at, amount, amount_currency, reversal_of_id)
                SELECT %(kept)s, %(now)s, -amount, -amount_currency, id
                  FROM surplus
                RETURNING id
            """,
            kept=columns_sql(KEPT),
            now=fields.Datetime.now(),
        )

    @api.model
    def _get_addition_query(self, booked_at):
        """Return SQL that appends the missing rows with their snapshot.

        Undone money that is matched again takes over the snapshot of the last row
        with the same line, counterpart and day: lateness and salesperson stay.
        `occurrence` counts on from the rows that were booked and undone before.
        """
        return SQL(
            """
                INSERT INTO sale_collection_receipt (
                    company_id, partner_id, move_id, line_id, counterpart_line_id,
                    move_ref, line_ref, counterpart_ref, kind, date, booked_at,
                    due_date, days_late, amount, amount_currency, currency_id,
                    user_id, team_id, occurrence)
                SELECT wanted.company_id, wanted.partner_id, wanted.move_id,
                       wanted.line_ref, wanted.counterpart_ref,
                       wanted.move_id, wanted.line_ref, wanted.counterpart_ref,
                       wanted.kind, wanted.paid_on,
                       COALESCE(wanted.known_at, %(booked_at)s),
                       CASE WHEN again.id IS NULL THEN wanted.due_date
                            ELSE again.due_date END,
                       CASE WHEN again.id IS NULL
                            THEN wanted.paid_on - due.effective
                            ELSE again.days_late END,
                       wanted.amount, wanted.amount_currency, wanted.currency_id,
                       CASE WHEN again.id IS NULL THEN wanted.user_id
                            ELSE again.user_id END,
                       CASE WHEN again.id IS NULL THEN wanted.team_id
                            ELSE again.team_id END,
                       wanted.nth + COALESCE(before.times, 0)
                  FROM missing wanted
                  JOIN due USING (company_id, due_date)
                  LEFT JOIN (
                        SELECT DISTINCT ON (line_ref, counterpart_ref, date) *
                          FROM booked
                      ORDER BY line_ref, counterpart_ref, date, id DESC) again
                         ON again.line_ref = wanted.line_ref
                        AND again.counterpart_ref = wanted.counterpart_ref
                        AND again.date = wanted.paid_on
                  LEFT JOIN (
                        SELECT %(identity)s, MAX(occurrence) AS times
                          FROM booked
                         WHERE reversal_of_id IS NULL
                      GROUP BY %(identity)s) before
                         ON %(is_before)s
                 ORDER BY wanted.paid_on, wanted.partial_id, wanted.line_ref
                RETURNING id
            """,
            booked_at=booked_at,
            identity=columns_sql(IDENTITY),
            is_before=same_money_sql("before", "wanted"),
        )

    @api.model
    def _get_moved_query(self):
        """SQL of the rows whose debt is owed by another customer now."""
        return SQL(
            """
            SELECT receipt.id
              FROM sale_collection_receipt receipt
              JOIN account_move_line line ON line.id = receipt.line_id
              LEFT JOIN res_partner partner ON partner.id = line.partner_id
             WHERE receipt.partner_id
                   IS DISTINCT FROM partner.commercial_partner_id
            """
        )

    @api.model
    def _move_owners(self, receipt_condition):
        """Give the rows to the customer who owes the debt now."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE sale_collection_receipt receipt
                   SET partner_id = partner.commercial_partner_id
                  FROM account_move_line line
                  LEFT JOIN res_partner partner ON partner.id = line.partner_id
                 WHERE line.id = receipt.line_id
                   AND receipt.partner_id
                       IS DISTINCT FROM partner.commercial_partner_id
                   AND %s
                """,
                receipt_condition,
            )
        )

    # === AUDIT ===#

    @api.model
    def _audit(self, repair=True):
        """Compare the whole ledger with the accounting.

        :param bool repair: append what is missing, reverse what is surplus, move
            rows to the customer who owes the debt now
        :return: the differences found before repair, as a list of dicts with the
            identity columns and `difference`: `missing`, `surplus`, `owner`, or
            `rejected_payment` (a payment marked rejected whose entry still settles
            invoices; reported, left to the accountant)
        """
        # What this transaction has touched is late, not wrong.
        self.env.cr.flush()
        found = self._get_differences()
        if repair:
            line_ids = sorted({row["line_ref"] for row in found})
            for batch in split_every(AUDIT_BATCH, line_ids, list):
                self._repair(self.env["account.move.line"].browse(batch))
        if found:
            _logger.info("Receipt ledger: %s rows differed", len(found))
        return found + self.env["account.payment"]._collection_find_rejected()

    @api.model
    def _repair(self, lines):
        """Sync lines; leave to a session that is at the same lines what it does."""
        try:
            self._sync(lines)
        except CONFLICTS:
            _logger.info("Another session mirrors the same lines: %s", lines.ids)

    @api.model
    def _get_differences(self):
        """Return what `_sync` over everything would change, as a list of dicts."""
        comparison = self.env["sale.collection.reconciliation"]._get_comparison_ctes(
            SQL("TRUE"), SQL("TRUE")
        )
        return self.env.execute_query_dict(
            SQL(
                """
                WITH %(comparison)s
                SELECT 'missing' AS difference, NULL AS id, line_ref, counterpart_ref,
                       kind, paid_on AS date, amount, amount_currency, currency_id
                  FROM missing
                 UNION ALL
                SELECT 'surplus', id, %(columns)s FROM surplus
                 UNION ALL
                SELECT 'owner', id, %(columns)s
                  FROM sale_collection_receipt receipt
                 WHERE receipt.id IN (%(moved)s)
                 ORDER BY line_ref, counterpart_ref, kind, difference
                """,
                comparison=comparison,
                columns=columns_sql(IDENTITY),
                moved=self._get_moved_query(),
            )
        )
