from collections import defaultdict
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL


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
    """What decides about commission, read for many invoices at once."""

    _inherit = "sale.collection.commission.entry"

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
