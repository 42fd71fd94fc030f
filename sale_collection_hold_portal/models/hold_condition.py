from odoo import fields, models

from odoo.addons.sale_collection_hold.models.rule.hold_condition import archive_rules

DAYS = "balance_days"
DIFFERS = "balance_differs"


class SaleCollectionHoldCondition(models.Model):
    """A supply rule may ask what the customer said of its balance."""

    _inherit = "sale.collection.hold.condition"

    code = fields.Selection(
        selection_add=[
            (DAYS, "Days since the balance was confirmed"),
            (DIFFERS, "Balances that differ"),
        ],
        ondelete={DAYS: archive_rules, DIFFERS: archive_rules},
    )
