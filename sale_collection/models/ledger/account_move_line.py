import logging

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import clean_context

from ..core.open_line import DEPENDS, open_lines_of_sql, open_lines_sql, pending_sql
from ..core.transaction import CONFLICTS

_logger = logging.getLogger(__name__)

TOUCHED = "sale_collection.touched"
RESIDUALS = ("collection_residual", "collection_residual_currency")
GROUPS = "sale_collection.group_user,account.group_account_readonly"


class AccountMoveLine(models.Model):
    """What is open on receivable lines today; those touched are mirrored at commit."""

    _inherit = "account.move.line"

    # The few lines of drafts that are matched still.
    _collection_draft_idx = models.Index(
        "(id) WHERE parent_state = 'draft' AND matching_number IS NOT NULL"
    )

    collection_residual = fields.Monetary(
        string="Open today",
        compute="_compute_collection_residual",
        search="_search_collection_residual",
        currency_field="company_currency_id",
        groups=GROUPS,
        help="Not paid by posted documents. Money counts from its own date.",
    )
    collection_residual_currency = fields.Monetary(
        string="Open today in currency",
        compute="_compute_collection_residual",
        groups=GROUPS,
    )

    # === OPEN TODAY ===#

    @api.depends("amount_residual", "amount_residual_currency", "parent_state")
    def _compute_collection_residual(self):
        pending = self._origin._collect_pending()
        for line in self:
            counts = line.parent_state == "posted" and line._is_counted()
            more, more_currency = pending.get(line._origin.id, (0.0, 0.0))
            line.collection_residual = (
                line.company_currency_id.round(line.amount_residual + more)
                if counts
                else 0.0
            )
            line.collection_residual_currency = (
                line.currency_id.round(line.amount_residual_currency + more_currency)
                if counts
                else 0.0
            )

    def _is_counted(self):
        """Tell whether the line counts today, as `open_lines_sql` does."""
        self.ensure_one()
        is_debt = self.display_type == "payment_term" and self.balance > 0
        return is_debt or self.date <= self.company_id.root_id._collection_today()

    def _collect_pending(self):
        """Return {line id: amounts to add to core's residuals}, in both currencies."""
        pending = {}
        if not self:
            return pending
        self._flush_open()
        chosen = SQL(
            "(partial.debit_move_id = ANY(%(ids)s) OR partial.credit_move_id"
            " = ANY(%(ids)s))",
            ids=self.ids,
        )
        for root in self.sudo().company_id.root_id:
            query = pending_sql(root, root._collection_today(), chosen)
            for line_id, *amounts in self.env.execute_query(query):
                pending[line_id] = [float(amount) for amount in amounts]
        return pending

    def _get_rest(self):
        """Return what is open and stays so with the money dated ahead."""
        return min(self.collection_residual, self.amount_residual)

    @api.model
    def _search_collection_residual(self, operator, value):
        compare = {"<": SQL("<"), ">": SQL(">"), "<=": SQL("<="), ">=": SQL(">=")}
        if operator not in compare:
            return NotImplemented
        self._flush_open()
        query = SQL(
            "(SELECT id FROM (%s) line WHERE residual %s %s)",
            open_lines_of_sql(self.env.companies._collection_todays()),
            compare[operator],
            value,
        )
        return [("id", "in", query)]

    @api.model
    def _find_open_debts(self, company, today, condition, order=None, limit=None):
        """Return the receivable lines still to pay, in superuser mode.

        :param company: root company, with its branches
        :param SQL condition: on `line`, as for `open_lines_sql`
        :param SQL order: on the columns of `open_lines_sql`; the oldest due first
        """
        self._flush_open()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM (%s) item WHERE residual > 0 ORDER BY %s LIMIT %s",
                open_lines_sql(company, today, condition),
                order or SQL("date_due, id"),
                limit,
            )
        )
        return self.sudo().browse([row[0] for row in rows])

    @api.model
    def _flush_open(self):
        """Write out what the open amounts are read from, and nothing else."""
        for model, names in DEPENDS.items():
            self.env[model].flush_model(names)

    # === DUE DATES ===#

    def _filter_instalments(self):
        """Return the posted instalments that customers owe, in superuser mode."""
        return self.sudo().filtered(
            lambda line: (
                line.parent_state == "posted"
                and line.account_type == "asset_receivable"
                and line.balance > 0
                and not line.move_id.origin_payment_id
                and not line.move_id.statement_line_id
                and line.move_id.move_type in ("out_invoice", "out_receipt", "entry")
            )
        )

    def _get_collection_due(self):
        """Return the due date of this line."""
        return self.date_maturity or self.date

    def _get_judged_due(self):
        """Return the due date by which the customer is judged, as `judged_due`."""
        moved = self.env["sale.collection.extension"]._find_current(self)
        return moved.judged_date or self._get_collection_due()

    def _collection_note_dues(self, dues):
        """Note due dates as they were, to be compared before the commit."""
        touched = self._collection_touched()
        touched["user"] = touched["user"] or self.env.user
        touched["dues"] = {**dues, **touched["dues"]}

    def _collection_note_changed(self, touched):
        """Note what has become of due dates in this transaction.

        Whatever fails is logged, the document goes through.
        """
        if not touched["dues"] and not touched["reposted"]:
            return
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                extensions = self.env["sale.collection.extension"].sudo()
                context = self._get_collection_context()
                extensions.with_context(**context)._note_changes(touched)
                self.env.flush_all()
        except CONFLICTS:
            # Whoever owns the transaction starts it over, and sees what was decided.
            raise
        except Exception:
            self.env.transaction.clear()
            _logger.exception("Moved due dates are not noted: %s", touched["dues"])

    @api.model
    def _get_collection_context(self):
        """Return a context in which a client can neither spoil nor hide a note."""
        return {
            **clean_context(self.env.context),
            "lang": self.env.user.lang,
            "mail_activity_automation_skip": False,
        }

    # === TOUCHED ===#

    def write(self, vals):
        if "date_maturity" not in vals:
            return super().write(vals)
        dues = {
            line.id: line._get_collection_due() for line in self._filter_instalments()
        }
        res = super().write(vals)
        if dues:
            self._collection_note_dues(dues)
        self._collection_touch()
        return res

    def unlink(self):
        invoices = self._filter_instalments().move_id._collection_keep_dues()
        invoices._collection_note_posted()
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
        self.env["account.move.line"].invalidate_model(RESIDUALS, flush=False)
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
            precommit.data[TOUCHED] = {
                **{"exact": set(), "matched": set(), "partners": {}},
                **{"dues": {}, "reposted": set(), "user": None},
            }
            precommit.add(self.env["account.move.line"].sudo()._collection_mirror)
        return precommit.data[TOUCHED]

    def _collection_mirror(self):
        """Mirror what has been touched; never stop the accountant.

        Whatever fails is logged and stays queued, the document goes through.
        """
        touched = self.env.cr.precommit.data.pop(TOUCHED, None)
        if not touched:
            return
        self._collection_note_changed(touched)
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
