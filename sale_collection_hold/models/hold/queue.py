from odoo import api, fields, models


class SaleCollectionQueue(models.Model):
    """Orders paid online wait to be confirmed."""

    _inherit = "sale.collection.queue"

    kind = fields.Selection(
        selection_add=[("order", "Order paid online")], ondelete={"order": "cascade"}
    )

    @api.model
    def _process_order(self, company, ids):
        orders = self.env["sale.order"].browse(ids).exists()
        orders._collection_confirm_paid()
