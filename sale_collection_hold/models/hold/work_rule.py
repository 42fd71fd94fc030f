from odoo import fields, models


class SaleCollectionWorkRule(models.Model):
    _inherit = "sale.collection.work.rule"

    code = fields.Selection(
        selection_add=[("order_waits", "Order waits for money")],
        ondelete={"order_waits": "cascade"},
    )
