from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.sql import root_company_sql

from ...tools.commission_plan import Customer


class SaleCollectionCommissionCustomer(models.AbstractModel):
    """Reads what rates and bounties ask of customers, for many at once."""

    _name = "sale.collection.commission.customer"
    _description = "Facts about customers for commission"

    @api.model
    def _collect_customers(self, receipts, with_first):
        """Return {(company id, customer id): what rates and bounties ask of it}.

        :param bool with_first: also its first invoice and order
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT company.id, partner.id,
                       ARRAY(SELECT tag.category_id
                               FROM res_partner_res_partner_category_rel tag
                              WHERE tag.partner_id = partner.id),
                       profile.grade_id, %(first_date)s, %(first_order)s,
                       profile.user_id, collector.sale_team_id
                  FROM res_partner partner
                 CROSS JOIN res_company company
                  LEFT JOIN sale_collection_profile profile
                         ON profile.partner_id = partner.id
                        AND profile.company_id = %(root)s
                  LEFT JOIN res_users collector ON collector.id = profile.user_id
                 WHERE partner.id = ANY(%(partners)s)
                   AND company.id = ANY(%(companies)s)
                """,
                first_date=self._get_first_date_sql() if with_first else SQL("NULL"),
                first_order=self._get_first_order_sql() if with_first else SQL("NULL"),
                root=root_company_sql(),
                partners=list({row.partner_id for row in receipts if row.partner_id}),
                companies=list({row.company_id for row in receipts}),
            )
        )
        return {
            (company_id, partner_id): Customer(frozenset(tags), *rest)
            for company_id, partner_id, tags, *rest in rows
        }

    @api.model
    def _get_first_date_sql(self):
        """SQL of the first invoice of `partner`, with those of past systems."""
        # By the contacts: invoices have no index on their commercial partner.
        return SQL(
            """LEAST(
                (SELECT MIN(move.invoice_date)
                   FROM res_partner contact
                   JOIN account_move move ON move.partner_id = contact.id
                  WHERE contact.commercial_partner_id = partner.id
                    AND move.company_id = company.id
                    AND move.move_type = 'out_invoice' AND move.state = 'posted'),
                (SELECT MIN(past.invoice_date)
                   FROM sale_collection_history past
                  WHERE past.partner_id = partner.id
                    AND past.company_id = %s))""",
            root_company_sql(),
        )

    @api.model
    def _get_first_order_sql(self):
        """SQL of the first order of `partner`; none if a past system knew it."""
        return SQL(
            """(SELECT sale.id
                  FROM res_partner contact
                  JOIN sale_order sale ON sale.partner_id = contact.id
                 WHERE contact.commercial_partner_id = partner.id
                   AND sale.company_id = company.id AND sale.state = 'sale'
                   AND NOT EXISTS (
                       SELECT FROM sale_collection_history past
                        WHERE past.partner_id = partner.id
                          AND past.company_id = %s)
                 ORDER BY sale.date_order, sale.id LIMIT 1)""",
            root_company_sql(),
        )
