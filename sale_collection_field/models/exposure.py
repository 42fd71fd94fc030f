from odoo import api, models
from odoo.tools import SQL


class SaleCollectionExposure(models.AbstractModel):
    """A bill that is booked and not yet due is credit the customer uses."""

    _inherit = "sale.collection.exposure"

    @api.model
    def _get_held_sql(self, company, partner_ids, today):
        profiles = self.env["sale.collection.profile"]
        return SQL(
            """
            %(others)s
             UNION ALL
            SELECT bill.partner_id, -line.balance AS amount
              FROM sale_collection_bill bill
              JOIN account_payment payment ON payment.id = bill.payment_id
              JOIN account_move_line line ON line.move_id = payment.move_id
              JOIN account_account account ON account.id = line.account_id
             WHERE bill.state IN ('hand', 'deposited')
               AND bill.company_id = %(company)s
               AND bill.maturity_date > %(today)s
               AND account.account_type = 'asset_receivable'
               AND line.parent_state = 'posted'
               AND line.date <= %(today)s
               AND %(customers)s
            """,
            others=super()._get_held_sql(company, partner_ids, today),
            company=company.id,
            today=today,
            customers=profiles._get_customer_condition(
                SQL("bill.partner_id"), partner_ids
            ),
        )
