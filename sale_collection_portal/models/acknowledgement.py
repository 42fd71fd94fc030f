from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.sql import branches_sql


class SaleCollectionAcknowledgement(models.AbstractModel):
    """Whoever agrees to a balance acknowledges the debts it is made of."""

    _inherit = "sale.collection.acknowledgement"

    @api.model
    def _get_sql(self, company):
        # EXTENDS: a balance of before a merge says nothing about single debts
        return SQL(
            """
            %(others)s UNION ALL
            SELECT line.id AS line_id, %(day)s AS day,
                   'sale.collection.confirmation' AS proof_model, one.id AS proof_id
              FROM sale_collection_confirmation one
              JOIN res_partner contact ON contact.commercial_partner_id = one.partner_id
              JOIN account_move_line line ON line.partner_id = contact.id
             WHERE one.state = 'agreed'
               AND one.is_part IS NOT TRUE
               AND one.company_id = %(company)s
               AND line.company_id IN (%(branches)s)
               AND line.currency_id = one.currency_id
               AND %(is_open)s
            """,
            others=super()._get_sql(company),
            is_open=self._get_open_condition(
                SQL("one.date"),
                # Before that moment was kept, as it was sent or else answered.
                SQL("COALESCE(one.read_on, one.asked_on, one.answered_on)"),
            ),
            company=company.id,
            day=company._collection_day_sql(SQL("one.answered_on")),
            branches=branches_sql(company),
        )
