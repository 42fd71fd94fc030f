from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import open_lines_sql

from ..tools.limitation import WARNING_DAYS


class SaleCollectionDesk(models.AbstractModel):
    """Debts that will be lost call for work, those handed over for none."""

    _inherit = "sale.collection.desk"

    @api.model
    def _get_snoozed_sql(self, company, today):
        # EXTENDS: others ask for them
        return SQL(
            """
            %(before)s
             UNION ALL
            SELECT customer.commercial_partner_id AS partner_id,
                   line.residual AS amount
              FROM (%(lines)s) line
              JOIN res_partner customer ON customer.id = line.partner_id
             WHERE line.residual > 0 AND line.date_due < %(today)s
            """,
            before=super()._get_snoozed_sql(company, today),
            lines=self._get_handed_lines_sql(company, today),
            today=today,
        )

    @api.model
    def _get_handed_lines_sql(self, company, today):
        """Select the open lines that are with an agency or a court."""
        handed = self.env["sale.collection.handover"]._get_handed_sql(company)
        return open_lines_sql(company, today, SQL("line.id = ANY(ARRAY(%s))", handed))

    @api.model
    def _get_conditions(self, company, today, partner_ids):
        # EXTENDS
        chosen = self.env["sale.collection.profile"]._get_customer_condition(
            SQL("partner_id"), partner_ids
        )
        return {
            **super()._get_conditions(company, today, partner_ids),
            "limitation": SQL(
                """
                SELECT partner_id, SUM(amount) AS value,
                       MAX(last_day) - %(days)s AS day
                  FROM sale_collection_limitation
                 WHERE company_id = %(company)s AND %(chosen)s
                   AND last_day BETWEEN %(today)s AND %(until)s
                   AND is_in_court IS NOT TRUE
              GROUP BY partner_id
                """,
                days=WARNING_DAYS,
                company=company.id,
                chosen=chosen,
                today=today,
                until=today + timedelta(WARNING_DAYS),
            ),
            "handed_over": SQL(
                """
                SELECT customer.commercial_partner_id AS partner_id,
                       SUM(line.residual) AS value, NULL::date AS day
                  FROM (%(lines)s) line
                  JOIN res_partner customer ON customer.id = line.partner_id
                 WHERE line.residual > 0
              GROUP BY customer.commercial_partner_id
                """,
                lines=self._get_handed_lines_sql(company, today),
            ),
        }
