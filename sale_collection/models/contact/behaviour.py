from odoo import api, models
from odoo.tools import SQL


class SaleCollectionBehaviour(models.AbstractModel):
    """What the bank kept is no habit of the customer."""

    _inherit = "sale.collection.behaviour"

    @api.model
    def _get_short_sql(self):
        # EXTENDS with what people said when they registered the payment
        return SQL(
            """(%s AND NOT EXISTS (
                SELECT FROM account_move_line paid_by
                  JOIN sale_collection_write_off dropped
                    ON dropped.entry_id = paid_by.move_id AND dropped.kind = 'fee'
                 WHERE paid_by.id = receipt.counterpart_line_id))""",
            super()._get_short_sql(),
        )
