from odoo import api, models
from odoo.tools import SQL


class SaleCollectionPromiseMoney(models.AbstractModel):
    """A bill keeps a promise on the day it is handed over, or when it matures."""

    _inherit = "sale.collection.promise.money"

    @api.model
    def _get_day_sql(self):
        # EXTENDS: by the setting of the company, whatever the day of the payment
        return SQL(
            """COALESCE((
                SELECT CASE company.collection_bill_keeps WHEN 'maturity'
                            THEN bill.maturity_date ELSE bill.date END
                  FROM sale_collection_bill bill
                  JOIN res_company company ON company.id = bill.company_id
                  JOIN account_payment payment ON payment.id = bill.payment_id
                  JOIN account_move_line paid ON paid.move_id = payment.move_id
                 WHERE paid.id = receipt.counterpart_ref
                 LIMIT 1), %s)""",
            super()._get_day_sql(),
        )
