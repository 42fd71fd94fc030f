from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ..tools import commission, scorecard

INVOICE_BATCH = 2000
NEW_CUSTOMER_DAYS = 365

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
    "date",
    "days_late",
    "currency_id",
    "rate",
    "factor",
    "share",
    "occurrence",
)


class Receipt(NamedTuple):
    """A row of money and what of its invoice decides about commission."""

    id: int
    company_id: int
    move_id: int
    partner_id: int
    user_id: int | None
    team_id: int | None
    line_id: int
    date: object
    days_late: int
    amount: float
    amount_currency: float
    currency_id: int
    cent: float
    journal_id: int | None
    invoice_date: object
    invoice_total: float
    occurrence: int


class Line(NamedTuple):
    """A product line of an invoice; amounts in its currency."""

    id: int | None
    move_id: int
    tax_free: float
    tax_included: float
    product_id: int | None
    category_path: str


class Claim(NamedTuple):
    """An earner, a rep or an agent, and the share (0-1) of a line."""

    user_id: int | None
    agent_id: int | None
    share: float


class SaleCollectionCommissionEntry(models.Model):
    """From receipts to entries: collect in batch, decide on values, append."""

    _inherit = "sale.collection.commission.entry"

    # === ENTRY POINTS ===#

    @api.model
    def _accrue(self):
        """Book commission for money that has none, take back that of undone money.

        Safe to run twice or late: it compares receipts with entries.

        :return: number of entries appended
        """
        self.env.flush_all()
        taken_back = self._take_back()
        appended = len(taken_back)
        for batch in split_every(INVOICE_BATCH, self._get_fresh_moves(), list):
            appended += self._accrue_moves(batch)
        appended += self._close_cents(sorted(set(taken_back)))
        self.invalidate_model(flush=False)
        return appended

    @api.model
    def _audit(self):
        """Return where the booked sum is not the rounded sum of its parts.

        :return: list of dicts (`move_ref`, `user_id`, `agent_id`, `rate_id`, `exact`,
            `amount`, `cent`), empty when all is right
        """
        self.env.flush_all()
        return [
            group
            for group in self._get_groups(SQL("TRUE"))
            if commission.rounding_gap(group["exact"], group["amount"], group["cent"])
        ]

    # === UNDONE MONEY ===#

    @api.model
    def _take_back(self):
        """Answer each undone row of money with the exact negative of its entries.

        :return: the invoices concerned, one item an entry
        """
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO sale_collection_commission_entry (
                    receipt_id, booked_at, base_amount, exact, amount, amount_company,
                    reversal_of_id, %(columns)s)
                SELECT undo.id, %(now)s, -entry.base_amount, -entry.exact,
                       -entry.amount, -entry.amount_company, entry.id, %(own)s
                  FROM sale_collection_receipt undo
                  JOIN sale_collection_commission_entry entry
                    ON entry.receipt_id = undo.reversal_of_id
                 WHERE entry.reversal_of_id IS NULL AND %(is_live)s
                 ORDER BY entry.id
                    ON CONFLICT DO NOTHING
                RETURNING move_ref
                """,
                columns=self._get_columns_sql(REPEATED),
                own=self._get_columns_sql(REPEATED, "entry"),
                now=fields.Datetime.now(),
                is_live=self._get_live_condition(),
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _close_cents(self, move_refs):
        """Book the cent by which parts and whole differ after money was undone.

        On the youngest row of money that is left.

        :return: number of entries appended
        """
        appended = 0
        for group in self._get_groups(SQL("entry.move_ref = ANY(%s)", move_refs)):
            gap = commission.rounding_gap(
                group["exact"], group["amount"], group["cent"]
            )
            if gap:
                appended += self._book_cent(group["last_id"], gap)
        return appended

    @api.model
    def _book_cent(self, entry_id, gap):
        columns = [name for name in REPEATED if name != "kind"]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO sale_collection_commission_entry (
                    receipt_id, booked_at, base_amount, exact, amount, amount_company,
                    kind, %(columns)s)
                SELECT receipt.id, %(now)s, 0, 0, %(gap)s,
                       ROUND(%(gap)s * COALESCE(receipt.amount
                                 / NULLIF(receipt.amount_currency, 0), 1)
                             / currency.rounding) * currency.rounding,
                       'rounding', %(own)s
                  FROM sale_collection_commission_entry entry
                  JOIN sale_collection_receipt receipt
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

    # === COLLECT ===#

    @api.model
    def _get_columns_sql(self, names, table=None):
        path = [table] if table else []
        return SQL(", ").join(SQL.identifier(*path, name) for name in names)

    @api.model
    def _get_live_condition(self):
        """SQL condition: `entry` has not been taken back."""
        return SQL(
            """NOT EXISTS (
                SELECT FROM sale_collection_commission_entry done
                 WHERE done.reversal_of_id = entry.id)"""
        )

    @api.model
    def _get_groups(self, condition):
        """Return booked and exact sums by invoice, earner and rate, as dicts.

        `last_id` is the youngest entry not taken back.
        """
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT entry.move_ref, entry.user_id, entry.agent_id, entry.rate_id,
                       SUM(entry.exact) AS exact, SUM(entry.amount) AS amount,
                       MIN(currency.rounding) AS cent,
                       (ARRAY_AGG(entry.id ORDER BY entry.date DESC, entry.id DESC)
                        FILTER (WHERE entry.reversal_of_id IS NULL
                                  AND %(is_live)s))[1] AS last_id
                  FROM sale_collection_commission_entry entry
                  JOIN res_currency currency ON currency.id = entry.currency_id
                 WHERE %(condition)s
                 GROUP BY entry.move_ref, entry.user_id, entry.agent_id, entry.rate_id
                 ORDER BY 1, 2, 3, 4
                """,
                is_live=self._get_live_condition(),
                condition=condition,
            )
        )

    @api.model
    def _get_fresh_condition(self):
        """SQL condition on `receipt`: live money in the time of a plan, no entry."""
        return SQL(
            """receipt.kind = 'cash'
            AND receipt.reversal_of_id IS NULL
            AND NOT EXISTS (
                SELECT FROM sale_collection_receipt undo
                 WHERE undo.reversal_of_id = receipt.id)
            AND NOT EXISTS (
                SELECT FROM sale_collection_commission_entry entry
                 WHERE entry.receipt_id = receipt.id
                   AND entry.reversal_of_id IS NULL AND %s)
            AND EXISTS (
                SELECT FROM sale_collection_commission_plan plan
                  JOIN res_company owner ON owner.id = plan.company_id
                  JOIN res_company own ON own.parent_path LIKE owner.parent_path || '%%'
                 WHERE plan.active AND own.id = receipt.company_id
                   AND plan.date_from <= receipt.date)""",
            self._get_live_condition(),
        )

    @api.model
    def _get_fresh_moves(self):
        """Return the invoices that have money without entries."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT receipt.move_id
                  FROM sale_collection_receipt receipt
                 WHERE receipt.move_id IS NOT NULL AND %s
                 ORDER BY 1
                """,
                self._get_fresh_condition(),
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _collect_receipts(self, move_ids):
        """Return the fresh rows of money of invoices, in the order they came."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT receipt.id, receipt.company_id, receipt.move_id,
                       receipt.partner_id, receipt.user_id, receipt.team_id,
                       receipt.line_id, receipt.date,
                       CASE WHEN move.move_type = 'out_refund' THEN %(original)s
                            ELSE receipt.days_late END,
                       receipt.amount, receipt.amount_currency, receipt.currency_id,
                       currency.rounding, other.journal_id,
                       COALESCE(move.invoice_date, move.date),
                       CASE WHEN move.move_type = 'entry'
                            THEN ABS(line.amount_currency)
                            ELSE move.amount_total END,
                       1 + (SELECT COUNT(*) FROM sale_collection_commission_entry entry
                             WHERE entry.receipt_id = receipt.id
                               AND entry.kind = 'accrual'
                               AND entry.reversal_of_id IS NULL)
                  FROM sale_collection_receipt receipt
                  JOIN account_move move ON move.id = receipt.move_id
                  JOIN res_currency currency ON currency.id = receipt.currency_id
                  LEFT JOIN account_move_line line ON line.id = receipt.line_id
                  LEFT JOIN account_move_line other
                         ON other.id = receipt.counterpart_line_id
                 WHERE receipt.move_id = ANY(%(moves)s) AND %(fresh)s
                   AND move.state = 'posted'
                 ORDER BY receipt.move_id, receipt.date, receipt.id
                """,
                moves=move_ids,
                original=self._get_original_lateness(),
                fresh=self._get_fresh_condition(),
            )
        )
        return [Receipt(*row) for row in rows]

    @api.model
    def _get_original_lateness(self):
        """SQL of how late, weighted, the invoice was paid that `move` credits.

        A refund takes back what was earned; how late we refund does not matter.
        """
        return SQL(
            """COALESCE((
                SELECT ROUND(SUM(paid.amount * paid.days_late)
                             / NULLIF(SUM(paid.amount), 0))::int
                  FROM sale_collection_receipt paid
                 WHERE paid.move_id = move.reversed_entry_id
                   AND paid.kind = 'cash'), 0)"""
        )

    @api.model
    def _collect_lines(self, move_ids):
        """Return {invoice id: its product lines}."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id, line.move_id, line.price_subtotal, line.price_total,
                       line.product_id, COALESCE(category.parent_path, '')
                  FROM account_move_line line
                  LEFT JOIN product_product product ON product.id = line.product_id
                  LEFT JOIN product_template template
                         ON template.id = product.product_tmpl_id
                  LEFT JOIN product_category category
                         ON category.id = template.categ_id
                 WHERE line.move_id = ANY(%s) AND line.display_type = 'product'
                   AND line.parent_state = 'posted'
                   AND line.move_id IN (
                       SELECT id FROM account_move WHERE move_type <> 'entry')
                 ORDER BY line.move_id, line.id
                """,
                move_ids,
            )
        )
        lines = defaultdict(list)
        for row in rows:
            line = Line(*row)
            lines[line.move_id].append(line)
        return lines

    @api.model
    def _collect_costs(self, lines, plans):
        """Return {invoice line id: cost in the currency of its invoice}.

        None are read where no plan pays on margins.
        """
        if "margin" not in {plan.base for own in plans.values() for plan in own}:
            return {}
        ids = [line.id for own in lines.values() for line in own if line.product_id]
        records = self.env["account.move.line"].browse(ids)
        return {line.id: self._get_cost(line) for line in records}

    @api.model
    def _get_cost(self, line):
        """Return the cost of an invoice line, in the currency of the invoice."""
        product = line.product_id.with_company(line.company_id)
        quantity = line.product_uom_id._compute_quantity(
            line.quantity, product.uom_id, round=False, raise_if_failure=False
        )
        rate = line.move_id.invoice_currency_rate or 1.0
        return product.standard_price * quantity * rate

    @api.model
    def _collect_claims(self, move_ids):
        """Return {invoice line id: its frozen shares}."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move_line_id, user_id, agent_id, percent / 100
                  FROM sale_collection_commission_claim
                 WHERE move_id = ANY(%s) ORDER BY id
                """,
                move_ids,
            )
        )
        claims = defaultdict(list)
        for line_id, *claim in rows:
            claims[line_id].append(Claim(*claim))
        return claims

    @api.model
    def _collect_customers(self, receipts):
        """Return {(company id, customer id): (tags, grade id, first invoice)}."""
        # By the contacts: invoices have no index on their commercial partner.
        rows = self.env.execute_query(
            SQL(
                """
                SELECT company.id, partner.id,
                       ARRAY(SELECT tag.category_id
                               FROM res_partner_res_partner_category_rel tag
                              WHERE tag.partner_id = partner.id),
                       profile.grade_id,
                       (SELECT MIN(move.invoice_date)
                          FROM res_partner contact
                          JOIN account_move move ON move.partner_id = contact.id
                         WHERE contact.commercial_partner_id = partner.id
                           AND move.company_id = company.id
                           AND move.move_type = 'out_invoice'
                           AND move.state = 'posted')
                  FROM res_partner partner
                 CROSS JOIN res_company company
                  LEFT JOIN sale_collection_profile profile
                         ON profile.partner_id = partner.id
                        AND profile.company_id = SPLIT_PART(
                                company.parent_path, '/', 1)::int
                 WHERE partner.id = ANY(%s) AND company.id = ANY(%s)
                """,
                list({row.partner_id for row in receipts if row.partner_id}),
                list({row.company_id for row in receipts}),
            )
        )
        return {
            (company_id, partner_id): (frozenset(tags), grade_id, first)
            for company_id, partner_id, tags, grade_id, first in rows
        }

    @api.model
    def _collect_booked(self, move_ids):
        """Return {(invoice, rep, agent, rate): (exact sum, booked sum)}."""
        groups = self._get_groups(SQL("entry.move_ref = ANY(%s)", move_ids))
        return {
            (
                group["move_ref"],
                group["user_id"],
                group["agent_id"],
                group["rate_id"],
            ): (group["exact"], group["amount"])
            for group in groups
        }

    @api.model
    def _collect_plans(self, company_ids):
        """Return {company id: its plans and those it is a branch of, its own first}."""
        companies = self.env["res.company"].browse(company_ids)
        plans = self.env["sale.collection.commission.plan"].search(
            [("company_id", "in", companies.parent_ids.ids)]
        )
        plans = plans.sorted(lambda plan: len(plan.company_id.parent_ids), reverse=True)
        return {
            company.id: plans.filtered(
                lambda plan, tree=company.parent_ids: plan.company_id in tree
            )
            for company in companies
        }

    # === DECIDE ===#

    @api.model
    def _accrue_moves(self, move_ids):
        """Book the commission of all fresh money of some invoices."""
        receipts = self._collect_receipts(move_ids)
        lines = self._collect_lines(move_ids)
        plans = self._collect_plans({r.company_id for r in receipts})
        facts = {
            "lines": lines,
            "costs": self._collect_costs(lines, plans),
            "claims": self._collect_claims(move_ids),
            "booked": self._collect_booked(move_ids),
            "customers": self._collect_customers(receipts),
            "fault_days": self._collect_fault_days(receipts),
            "plans": plans,
            "rates": {},
        }
        return self._append(
            [
                values
                for receipt in receipts
                for values in self._decide_receipt(receipt, facts)
            ]
        )

    @api.model
    def _collect_fault_days(self, receipts):
        """Return {receivable line id: days of delay that were our fault}."""
        by_company = defaultdict(set)
        for receipt in receipts:
            by_company[receipt.company_id].add(receipt.partner_id)
        days = {}
        for company_id, partner_ids in by_company.items():
            company = self.env["res.company"].browse(company_id)
            days |= self.env["sale.collection.profile"]._collect_our_fault_days(
                company.root_id, list(partner_ids)
            )
        return days

    @api.model
    def _decide_receipt(self, receipt, facts):
        """Return the values of the entries that a row of money earns."""
        if not receipt.invoice_total:
            return []  # instalments that cancel out: nothing was sold
        company = self.env["res.company"].browse(receipt.company_id)
        judged = scorecard.judged_days_late(
            receipt.days_late,
            company.collection_grace_days,
            facts["fault_days"].get(receipt.line_id, 0),
        )
        part = receipt.amount_currency / receipt.invoice_total
        return [
            self._decide_entry(receipt, facts, judged, part, *key, *weight)
            for key, weight in self._weigh(receipt, facts).items()
        ]

    @api.model
    def _weigh(self, receipt, facts):
        """Return {(rep, agent, plan, rate): (base, own base)} of the whole invoice.

        Own base is the base times the earner's share of each line.
        """
        weights = defaultdict(lambda: (0.0, 0.0))
        lines = facts["lines"].get(receipt.move_id) or [
            # An opening balance knows no products and no taxes.
            Line(
                None,
                receipt.move_id,
                receipt.invoice_total,
                receipt.invoice_total,
                None,
                "",
            )
        ]
        for line in lines:
            for claim in self._get_earners(receipt, facts["claims"].get(line.id, ())):
                plan = self._get_plan(receipt, claim, facts)
                rate = self._get_rate(receipt, line, plan, facts)
                if rate:
                    key = (claim.user_id, claim.agent_id, plan, rate)
                    base, own = weights[key]
                    amount = self._get_base(line, plan, facts)
                    weights[key] = (base + amount, own + amount * claim.share)
        return weights

    @api.model
    def _get_earners(self, receipt, claims):
        """Return who earns on a line: the claims, the rest to the salesperson.

        Each earner once, with all he has of the line. Never more than all of it:
        merged customers bring shares of both.
        """
        shares = defaultdict(float)
        for user_id, agent_id, share in claims:
            shares[user_id, agent_id] += share
        total = max(sum(shares.values()), 1.0)
        shares.update({earner: share / total for earner, share in shares.items()})
        rest = 1.0 - sum(shares.values())
        if rest > commission.NOTHING and receipt.user_id:
            shares[receipt.user_id, None] += rest
        return [Claim(*earner, share) for earner, share in shares.items()]

    @api.model
    def _get_plan(self, receipt, claim, facts):
        plans = facts["plans"][receipt.company_id]
        key = (
            receipt.company_id,
            claim.user_id,
            claim.agent_id,
            receipt.team_id,
            receipt.invoice_date,
            receipt.date,
        )
        if key not in facts["rates"]:
            facts["rates"][key] = plans._pick(*key[1:])
        return facts["rates"][key]

    @api.model
    def _get_rate(self, receipt, line, plan, facts):
        """Return the rate of a plan for a line, None when nothing is paid on it."""
        if not plan:
            return None
        if plan not in facts["rates"]:
            facts["rates"][plan] = plan._get_rates()
        tags, grade, first = facts["customers"].get(
            (receipt.company_id, receipt.partner_id), (frozenset(), None, None)
        )
        return commission.pick_rate(
            facts["rates"][plan],
            commission.Sale(
                day=receipt.invoice_date
                if plan.date_basis == "invoice"
                else receipt.date,
                product=line.product_id,
                category_path=line.category_path,
                tags=tags,
                grade=grade,
                team=receipt.team_id,
                customer=self._get_customer_kind(receipt.invoice_date, first),
            ),
        )

    @api.model
    def _get_customer_kind(self, invoice_date, first_date):
        if not first_date or invoice_date <= first_date:
            return "first"
        is_new = (invoice_date - first_date).days < NEW_CUSTOMER_DAYS
        return "new" if is_new else "existing"

    @api.model
    def _get_base(self, line, plan, facts):
        """Return what a line counts for, in the currency of the invoice."""
        if plan.base == "tax_included":
            return line.tax_included
        if plan.base == "margin" and line.id:
            return line.tax_free - facts["costs"].get(line.id, 0.0)
        return line.tax_free

    @api.model
    def _get_form_factor(self, plan, receipt):
        forms = plan.form_ids.filtered(
            lambda form: form.journal_id.id == receipt.journal_id
        )
        return forms.factor if forms else 1.0

    @api.model
    def _decide_entry(
        self, receipt, facts, judged, part, user_id, agent_id, plan, rate, base, own
    ):
        """Return the values of one entry, cents cumulated over the invoice."""
        group = (receipt.move_id, user_id, agent_id, rate.key)
        exact, booked = facts["booked"].get(group, (0.0, 0.0))
        factor = commission.pick_step(plan._get_factor_steps(), judged)
        factor *= self._get_form_factor(plan, receipt)
        [booking] = commission.accrue(
            [commission.Money(receipt.id, own * part, factor)],
            rate.percent,
            exact_before=exact,
            booked_before=booked,
            cent=receipt.cent,
        )
        facts["booked"][group] = (exact + booking.exact, booked + booking.amount)
        return (
            receipt.company_id,
            receipt.id,
            receipt.move_id,
            receipt.move_id,
            receipt.partner_id,
            user_id,
            agent_id,
            plan.id,
            rate.key,
            "accrual",
            receipt.date,
            judged,
            receipt.currency_id,
            commission.round_cent(base * part, receipt.cent),
            rate.percent,
            factor,
            own / base if base else 1.0,
            booking.exact,
            booking.amount,
            self._get_company_amount(receipt, booking.amount),
            receipt.occurrence,
        )

    @api.model
    def _get_company_amount(self, receipt, amount):
        """Return an amount in company currency, at the rate of its money."""
        currency = self.env["res.company"].browse(receipt.company_id).currency_id
        if currency.id == receipt.currency_id or not receipt.amount_currency:
            return amount
        return currency.round(amount * receipt.amount / receipt.amount_currency)

    # === APPLY ===#

    @api.model
    def _append(self, rows):
        """Insert entries given as tuples in the order of the columns below.

        What another session has booked since ends in a serialization error, which
        callers retry, not in a violated index.
        """
        now = fields.Datetime.now()
        self.env.cr.execute_values(
            """
            INSERT INTO sale_collection_commission_entry (
                company_id, receipt_id, move_id, move_ref, partner_id, user_id,
                agent_id, plan_id, rate_id, kind, date, days_late, currency_id,
                base_amount, rate, factor, share, exact, amount, amount_company,
                occurrence, booked_at)
            VALUES %s ON CONFLICT DO NOTHING
            """,
            [(*row, now) for row in rows],
            page_size=1000,
        )
        return len(rows)
