from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ..tools import commission, scorecard
from .commission_facts import Claim, Line

INVOICE_BATCH = 2000
NEW_CUSTOMER_DAYS = 365


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
