from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.sql import read_dicts

from ...tools import accrual, commission
from .bulk import append_rows, ids_sql

KINDS = [
    ("accrual", "Money collected"),
    ("rounding", "Rounding"),
    ("advance", "Advance at invoice"),
    ("claw_back", "Advance taken back"),
    ("give_back", "Advance given back"),
    ("override", "Manager's share"),
    ("bounty", "Old debt collected"),
    ("loss", "Bad debt"),
    ("tier", "Tier of the period"),
    ("cap", "Cap of the period"),
]


# Kinds that a row of money makes.
MONEY_KINDS = ("accrual", "override", "bounty", "loss")

# Cents of an advance and what is taken back of it count with what the money earns.
FAMILY = SQL(
    """CASE WHEN COALESCE(entry.cent_of, entry.kind)
            IN ('advance', 'claw_back', 'give_back') THEN 'accrual'
            ELSE COALESCE(entry.cent_of, entry.kind) END"""
)

# SQL condition: `entry` has not been taken back.
IS_LIVE = SQL(
    """NOT EXISTS (
        SELECT FROM sale_collection_commission_entry done
         WHERE done.reversal_of_id = entry.id)"""
)

# What a take-back and a rounding repeat of the entry they answer.
REPEATED = (
    "company_id",
    "move_id",
    "move_ref",
    "partner_id",
    "user_id",
    "agent_id",
    "plan_id",
    "rate_id",
    "kind",
    "cent_of",
    "date",
    "days_late",
    "currency_id",
    "rate",
    "factor",
    "share",
    "occurrence",
    "detail",
)


class SaleCollectionCommissionEntry(models.Model):
    """What one earner has from one row of money at one rate.

    Append-only: money undone is answered by the exact negative, also after it was
    paid out. Amounts are in the currency of the invoice.
    """

    _name = "sale.collection.commission.entry"
    _inherit = ["sale.collection.titled", "sale.collection.append.only"]
    _description = "Commission entry"
    _order = "date desc, id desc"
    _log_access = False
    _rec_name = "move_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    receipt_id = fields.Many2one(
        "sale.collection.receipt",
        string="Money",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty for what no money stands for, such as an advance or a tier.",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    move_ref = fields.Integer(
        readonly=True, index="btree_not_null", export_string_translation=False
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Rep",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    agent_id = fields.Many2one(
        "res.partner", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    plan_id = fields.Many2one(
        "sale.collection.commission.plan",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    rate_id = fields.Many2one(
        "sale.collection.commission.rate",
        string="Rule",
        readonly=True,
        ondelete="restrict",
    )
    kind = fields.Selection(KINDS, required=True, readonly=True, default="accrual")
    cent_of = fields.Char(
        readonly=True,
        export_string_translation=False,
        help="The kind of entries a rounding belongs to.",
    )
    date = fields.Date(required=True, readonly=True, help="Day of the money.")
    booked_at = fields.Datetime(required=True, readonly=True, index=True)
    days_late = fields.Integer(
        string="Judged days late",
        readonly=True,
        aggregator="avg",
        help="Days late after grace and without the days we were at fault.",
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    base_amount = fields.Monetary(
        string="Base",
        readonly=True,
        help="The part of the invoice this money stands for, at this rate.",
    )
    rate = fields.Float(
        string="Rate (%)", readonly=True, digits=(6, 3), aggregator=None
    )
    factor = fields.Float(
        string="Timeliness factor",
        readonly=True,
        aggregator=None,
        help="With that of the payment form.",
    )
    share = fields.Float(readonly=True, aggregator=None, help="1: all of it.")
    advanced = fields.Monetary(
        string="Advance set off",
        readonly=True,
        help="Part of the commission that was paid when the invoice was posted.",
    )
    detail = fields.Char(
        readonly=True, export_string_translation=False, help="The figures, in short."
    )
    exact = fields.Float(
        readonly=True, digits=(24, 12), aggregator=None, export_string_translation=False
    )
    amount = fields.Monetary(string="Commission", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    amount_company = fields.Monetary(
        string="Commission in company currency",
        readonly=True,
        currency_field="company_currency_id",
    )
    reversal_of_id = fields.Many2one(
        "sale.collection.commission.entry",
        string="Takes back",
        readonly=True,
        ondelete="restrict",
    )
    # Which time this receipt is accrued: two sessions that accrue at once collide.
    occurrence = fields.Integer(
        required=True, readonly=True, default=1, export_string_translation=False
    )

    settlement_id = fields.Many2one(
        "sale.collection.settlement",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: not settled yet.",
    )

    explanation = fields.Char(compute="_compute_explanation")
    paid_with = fields.Char(related="receipt_id.counterpart_text", string="Paid with")

    _accrued_once = models.UniqueIndex(
        "(receipt_id, COALESCE(user_id, 0), COALESCE(agent_id, 0), plan_id, "
        "COALESCE(rate_id, 0), kind, occurrence) WHERE receipt_id IS NOT NULL "
        "AND reversal_of_id IS NULL AND kind <> 'rounding'",
        "This money has earned its commission already.",
    )
    _booked_once = models.UniqueIndex(
        "(COALESCE(move_ref, 0), COALESCE(user_id, 0), COALESCE(agent_id, 0), plan_id, "
        "COALESCE(rate_id, 0), kind, date, occurrence) WHERE receipt_id IS NULL "
        "AND reversal_of_id IS NULL AND kind <> 'rounding'",
        "This advance, tier or cap is booked already.",
    )
    _reversed_once = models.UniqueIndex(
        "(reversal_of_id) WHERE reversal_of_id IS NOT NULL",
        "A commission is taken back once.",
    )

    # What is still to be settled, by earner.
    _unsettled_index = models.Index(
        "(company_id, currency_id, COALESCE(user_id, 0), COALESCE(agent_id, 0), date) "
        "WHERE settlement_id IS NULL"
    )

    _advance_index = models.Index("(move_ref, amount) WHERE kind = 'advance'")

    # === COMPUTE ===#

    @api.depends("move_id", "amount", "currency_id")
    @api.depends_context("uid", "collection_with_amount")
    def _compute_display_name(self):
        """EXTENDS: where entries are chosen from, say how much each is."""
        res = super()._compute_display_name()
        if self.env.context.get("collection_with_amount"):
            # Names of what a record points to are read with the rights of the system.
            for entry in self & self.sudo(False)._filtered_access("read"):
                amount = entry.currency_id.format(entry.amount)
                entry.display_name = f"{entry.display_name or ''} {amount}".strip()
        return res

    @api.depends(
        "base_amount", "rate", "factor", "share", "kind", "currency_id", "advanced"
    )
    def _compute_explanation(self):
        for entry in self:
            entry.explanation = entry._explain()

    def _explain(self):
        """Say in one line how the amount came about."""
        self.ensure_one()
        if self.kind == "rounding":
            return self.env._("Cent left after money was undone")
        if self.detail:
            kinds = dict(self._fields["kind"]._description_selection(self.env))
            return f"{kinds[self.kind]}: {self.detail}"
        formula = self.env._(
            "%(base)s x %(rate)s %% x %(factor)s x %(share)s %%",
            base=self.currency_id.format(self.base_amount),
            rate=f"{self.rate:g}",
            factor=f"{self.factor:g}",
            share=f"{self.share * 100:g}",
        )
        if not self.advanced:
            return formula
        return self.env._(
            "%(formula)s - %(amount)s advanced",
            formula=formula,
            amount=self.currency_id.format(self.advanced),
        )

    # === CRUD ===#

    @api.model
    def _get_append_only_message(self):
        return self.env._(
            "Commission follows the money and cannot be edited. Correct the payment, "
            "the plan or the shares and recompute what is not settled yet."
        )

    # === ENTRY POINTS ===#

    @api.model
    def _accrue(self, today=None):
        """Book commission for money that has none, take back that of undone money.

        Advances, tiers and caps are brought up to date as well. It is safe to run
        twice, late, or at once with another session.

        :param date today: each company's own when left out
        :return: number of entries appended
        """
        return self.env["sale.collection.commission.accrual"]._accrue(today)

    @api.model
    def _audit(self, today=None):
        """Return the differences between the entries and what the money calls for.

        :param date today: day on which advances, tiers and caps are judged; each
            company's own when left out
        :return: list of dicts with `difference`, see `sale.collection.commission.audit`
        """
        return self.env["sale.collection.commission.audit"]._find_differences(today)

    # === APPEND ===#

    @api.model
    def _append(self, entries):
        """Insert entries given as `tools.accrual.Entry` values.

        :return: number of entries appended
        """
        names = accrual.Entry._fields
        append_rows(
            self.env, self._table, names, entries, booked_at=fields.Datetime.now()
        )
        return len(entries)

    # === TAKE BACK AND ROUND ===#

    @api.model
    def _reverse(self, pairs):
        """Book the exact negative of entries that have none yet.

        :param SQL pairs: query of `entry_id` and the `receipt_id` of the negative
        :return: the invoices concerned, one item an entry
        """
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO sale_collection_commission_entry (
                    receipt_id, booked_at, base_amount, advanced, exact, amount,
                    amount_company, reversal_of_id, %(columns)s)
                SELECT pair.receipt_id, %(now)s, -entry.base_amount, -entry.advanced,
                       -entry.exact, -entry.amount, -entry.amount_company, entry.id,
                       %(own)s
                  FROM (%(pairs)s) pair
                  JOIN sale_collection_commission_entry entry
                    ON entry.id = pair.entry_id
                 WHERE entry.reversal_of_id IS NULL AND %(is_live)s
                 ORDER BY entry.id
                    ON CONFLICT DO NOTHING
                RETURNING move_ref
                """,
                pairs=pairs,
                columns=self._get_columns_sql(REPEATED),
                own=self._get_columns_sql(REPEATED, "entry"),
                now=fields.Datetime.now(),
                is_live=IS_LIVE,
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _close_cents(self, move_refs):
        """Book the cent by which parts and whole differ after money was undone.

        It goes to the youngest entry that is left of an invoice, earner and rate.

        :return: number of entries appended
        """
        appended = 0
        for group in self._get_groups(
            SQL("entry.move_ref = ANY(%s)", ids_sql(move_refs))
        ):
            gap = commission.rounding_gap(
                group["exact"], group["amount"], group["cent"]
            )
            if gap:
                appended += self._book_cent(group["last_id"], gap)
        return appended

    @api.model
    def _book_cent(self, entry_id, gap):
        """Append a rounding entry of `gap` beside an entry.

        :return: number of entries appended
        """
        columns = [name for name in REPEATED if name not in ("kind", "cent_of")]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO sale_collection_commission_entry (
                    receipt_id, booked_at, base_amount, exact, amount, amount_company,
                    kind, cent_of, %(columns)s)
                SELECT receipt.id, %(now)s, 0, 0, %(gap)s,
                       ROUND(%(gap)s * COALESCE(
                                 receipt.amount / NULLIF(receipt.amount_currency, 0),
                                 entry.amount_company / NULLIF(entry.amount, 0), 1)
                             / currency.rounding) * currency.rounding,
                       'rounding', entry.kind, %(own)s
                  FROM sale_collection_commission_entry entry
                  LEFT JOIN sale_collection_receipt receipt
                    ON receipt.id = entry.receipt_id
                  JOIN res_company company ON company.id = entry.company_id
                  JOIN res_currency currency ON currency.id = company.currency_id
                 WHERE entry.id = %(id)s
                """,
                columns=self._get_columns_sql(columns),
                own=self._get_columns_sql(columns, "entry"),
                now=fields.Datetime.now(),
                gap=gap,
                id=entry_id,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _get_groups(self, condition):
        """Return booked and exact sums by invoice, earner, rate and kind, as dicts.

        Cents count with the kind they round. `advanced` is the part of `amount` that
        stands as an advance, `last_id` the youngest entry not taken back.
        """
        return read_dicts(
            self.env,
            SQL(
                """
                SELECT entry.move_ref, entry.user_id, entry.agent_id, entry.plan_id,
                       entry.rate_id, %(family)s AS kind,
                       SUM(entry.exact) AS exact, SUM(entry.amount) AS amount,
                       SUM(entry.amount) FILTER (WHERE entry.kind = 'advance')
                           AS advanced,
                       MIN(currency.rounding) AS cent,
                       (ARRAY_AGG(entry.id ORDER BY entry.date DESC, entry.id DESC)
                        FILTER (WHERE entry.reversal_of_id IS NULL
                                  AND entry.kind <> 'rounding'
                                  AND %(is_live)s))[1] AS last_id
                  FROM sale_collection_commission_entry entry
                  JOIN res_currency currency ON currency.id = entry.currency_id
                 WHERE %(condition)s
                   AND %(family)s = ANY(%(kinds)s)
                 GROUP BY 1, 2, 3, 4, 5, 6
                 ORDER BY 1, 2, 3, 4, 5, 6
                """,
                is_live=IS_LIVE,
                condition=condition,
                kinds=list(MONEY_KINDS),
                family=FAMILY,
            ),
        )

    @api.model
    def _get_columns_sql(self, names, table=None):
        """SQL list of columns, of `table` where one is given."""
        path = [table] if table else []
        return SQL(", ").join(SQL.identifier(*path, name) for name in names)
