from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import SQL

# Months after which a balance is to be confirmed again.
MONTHS = 12


class SaleCollectionDesk(models.AbstractModel):
    """A balance nobody confirms, or one the customer denies, is a reason to talk."""

    _inherit = "sale.collection.desk"

    @api.model
    def _get_conditions(self, company, today, partner_ids):
        # EXTENDS: confirmed balances
        return super()._get_conditions(company, today, partner_ids) | {
            "balance_unconfirmed": self._get_standing_condition(
                company,
                partner_ids,
                SQL("NULL::date"),
                SQL(
                    "profile.amount_open > 0"
                    " AND COALESCE(standing.agreed, profile.first_invoice_date) < %s",
                    today - relativedelta(months=MONTHS),
                ),
            ),
            "balance_differs": self._get_standing_condition(
                company,
                partner_ids,
                company._collection_day_sql(SQL("standing.answered")),
                SQL("standing.differ > 0"),
            ),
        }

    @api.model
    def _get_standing_condition(self, company, partner_ids, day, condition):
        """Return a condition on confirmed balances; its value is what is open.

        :param SQL day: of the event, NULL of a state
        :param SQL condition: on the rows `profile` and `standing`
        """
        profiles = self.env["sale.collection.profile"]
        return SQL(
            """
            SELECT profile.partner_id, GREATEST(profile.amount_open, 0) AS value,
                   %(day)s AS day
              FROM sale_collection_profile profile
         LEFT JOIN (%(standing)s) standing ON standing.profile_id = profile.id
             WHERE profile.company_id = %(company)s AND %(chosen)s AND %(condition)s
            """,
            day=day,
            standing=self.env["sale.collection.confirmation"]._get_standing_sql(),
            company=company.id,
            chosen=profiles._get_customer_condition(
                SQL("profile.partner_id"), partner_ids
            ),
            condition=condition,
        )
