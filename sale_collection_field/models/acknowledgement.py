from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.sql import branches_sql


class SaleCollectionAcknowledgement(models.AbstractModel):
    """Whoever signs the balance at a visit acknowledges the debts it is made of."""

    _inherit = "sale.collection.acknowledgement"

    @api.model
    def _get_sql(self, company):
        # EXTENDS
        day = company._collection_day_sql(SQL("visit.signed_on"))
        return SQL(
            """
            %(others)s UNION ALL
            SELECT line.id AS line_id, %(day)s AS day,
                   'sale.collection.visit' AS proof_model, visit.id AS proof_id
              FROM sale_collection_visit visit
              JOIN res_partner contact
                ON contact.commercial_partner_id = visit.partner_id
              JOIN account_move_line line ON line.partner_id = contact.id
             WHERE visit.signed_on IS NOT NULL
               AND visit.company_id = %(company)s
               AND line.company_id IN (%(branches)s)
               AND %(is_open)s
            """,
            others=super()._get_sql(company),
            is_open=self._get_open_condition(day, SQL("visit.signed_on")),
            company=company.id,
            day=day,
            branches=branches_sql(company),
        )
