from odoo import fields, models
from odoo.tools import SQL

from .proposal import round_up

# A limit follows from the sales of this many months.
SALES_MONTHS = 12


class SaleCollectionProfile(models.Model):
    """Limit and payment terms that follow from the grade."""

    _inherit = "sale.collection.profile"

    # === ACTIONS ===#

    def action_propose(self):
        """Propose limits and terms by grade, and show what there is to decide."""
        self.env["sale.collection.proposal"].check_access("write")
        for company, profiles in self.sudo().grouped("company_id").items():
            profiles._propose(company._collection_today())
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.proposal_action"
        )
        return {**action, "domain": [("profile_id", "in", self.ids)]}

    # === BUSINESS ===#

    def _propose(self, today):
        """Write the proposals of the customers' grades that would change anything.

        An open proposal is replaced by what the grade says now. A rejected one
        comes back only with the next change of grade or on request.
        """
        Proposal = self.env["sale.collection.proposal"].sudo()
        Proposal.search([("profile_id", "in", self.ids), ("state", "=", "open")]).write(
            {"state": "replaced"}
        )
        graded = self.filtered(
            lambda profile: (
                profile.grade_id.credit_proposal != "none"
                or profile.grade_id.payment_term_id
            )
        )
        sales = graded._collect_average_sales(today)
        proposals = [
            profile._prepare_proposal_vals(sales.get(profile.id, 0.0), today)
            for profile in graded.filtered("grade_id")
        ]
        return Proposal.create(
            [vals for vals in proposals if Proposal._is_change(vals)]
        )

    def _prepare_proposal_vals(self, average_sales, today):
        grade = self.grade_id
        return {
            "profile_id": self.id,
            "company_id": self.company_id.id,
            "grade_id": grade.id,
            "date": today,
            "average_sales": average_sales,
            **self._prepare_current_terms(),
            "proposed_policy": grade.credit_proposal,
            "proposed_limit": round_up(average_sales * grade.limit_months)
            if grade.credit_proposal == "limit"
            else 0.0,
            "proposed_term_id": grade.payment_term_id.id,
        }

    def _prepare_current_terms(self):
        partner = self.partner_id.with_company(self.company_id)
        return {
            "current_policy": self.credit_policy,
            "current_limit": partner.credit_limit,
            "current_term_id": partner.property_payment_term_id.id,
        }

    def _collect_average_sales(self, today):
        """Return {profile id: average monthly sales} in company currency.

        Invoices less credit notes of the last 12 months, taxes included, with the
        imported trade history; a younger customer's sales are divided by the
        months since the first of them.
        """
        if not self:
            return {}
        self.env["account.move"].flush_model()
        self.env["sale.collection.history"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                WITH sales AS (
                    SELECT p.id AS profile_id, m.invoice_date AS date,
                           m.amount_total_signed AS amount
                      FROM sale_collection_profile p
                      JOIN account_move m
                        ON m.commercial_partner_id = p.partner_id
                      JOIN res_company c ON c.id = m.company_id
                     WHERE p.id = ANY(%(ids)s)
                       AND c.parent_path LIKE p.company_id::text || '/%%'
                       AND m.state = 'posted'
                       AND m.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
                       AND m.invoice_date > %(start)s
                       AND m.invoice_date <= %(today)s
                 UNION ALL
                    SELECT p.id, h.invoice_date, h.amount_company
                      FROM sale_collection_profile p
                      JOIN sale_collection_history h
                        ON h.partner_id = p.partner_id
                       AND h.company_id = p.company_id
                     WHERE p.id = ANY(%(ids)s)
                       AND h.invoice_date > %(start)s
                       AND h.invoice_date <= %(today)s
                )
                SELECT profile_id,
                       SUM(amount) / LEAST(
                           %(months)s,
                           GREATEST(1, CEIL((%(today)s - MIN(date) + 1) / 30.4))
                       )
                  FROM sales
              GROUP BY profile_id
                """,
                ids=list(self.ids),
                start=fields.Date.subtract(today, months=SALES_MONTHS),
                today=today,
                months=SALES_MONTHS,
            )
        )
        return {profile_id: max(0.0, float(amount)) for profile_id, amount in rows}
