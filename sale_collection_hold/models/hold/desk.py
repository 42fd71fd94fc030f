from odoo import api, models
from odoo.tools import SQL


class SaleCollectionDesk(models.AbstractModel):
    """A customer whose goods wait for money has a reason to talk."""

    _inherit = "sale.collection.desk"

    @api.model
    def _get_conditions(self, company, today, partner_ids):
        # EXTENDS: held orders
        conditions = super()._get_conditions(company, today, partner_ids)
        return conditions | {
            "order_waits": SQL(
                """
                SELECT profile.partner_id,
                       SUM(sold.amount_total / COALESCE(
                           NULLIF(sold.currency_rate, 0), 1)) AS value,
                       %s AS day
                  FROM sale_collection_hold hold
                  JOIN sale_order sold ON sold.id = hold.order_id
                  JOIN sale_collection_profile profile
                    ON profile.id = hold.profile_id
                 WHERE profile.company_id = %s AND hold.state = 'active' AND %s
              GROUP BY profile.partner_id
                """,
                company._collection_day_sql(SQL("MAX(hold.held_at)")),
                company.id,
                self.env["sale.collection.profile"]._get_customer_condition(
                    SQL("profile.partner_id"), partner_ids
                ),
            )
        }
