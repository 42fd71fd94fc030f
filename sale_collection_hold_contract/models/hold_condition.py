from odoo import fields, models

from odoo.addons.sale_collection_hold.models.rule.hold_condition import archive_rules

CODE = "plan_unpaid"


class SaleCollectionHoldCondition(models.Model):
    """A supply rule may ask what of the order's collection plan is unpaid."""

    _inherit = "sale.collection.hold.condition"

    code = fields.Selection(
        selection_add=[
            ("previous_unpaid",),
            (CODE, "Collection plan due and unpaid"),
            ("bounced",),
        ],
        ondelete={CODE: archive_rules},
    )

    def _get_value_text(self):
        # EXTENDS: an amount
        if self.code == CODE:
            return self.currency_id.format(self.threshold)
        return super()._get_value_text()
