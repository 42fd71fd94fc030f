from odoo import fields, models


class SaleCollectionWriteOff(models.Model):
    """The rest of a debt that a plan waives once it is kept."""

    _inherit = "sale.collection.write.off"

    kind = fields.Selection(
        selection_add=[("waiver", "Waiver")], ondelete={"waiver": "set null"}
    )
    promise_id = fields.Many2one(
        "sale.collection.promise",
        string="Plan",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The plan that was kept, and waives this rest.",
    )
