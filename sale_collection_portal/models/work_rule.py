from odoo import fields, models


class SaleCollectionWorkRule(models.Model):
    _inherit = "sale.collection.work.rule"

    code = fields.Selection(
        selection_add=[
            ("balance_unconfirmed", "Balance not confirmed for 12 months, open"),
            ("balance_differs", "Customer says the balance differs, open"),
        ],
        ondelete={"balance_unconfirmed": "cascade", "balance_differs": "cascade"},
    )
