from odoo import fields, models

MODES = [("transfer", "They transfer"), ("collect", "We collect")]


class SaleCollectionPromiseTerms(models.AbstractModel):
    """Who moves for the money, and at what time."""

    _inherit = "sale.collection.promise.terms"

    mode = fields.Selection(
        MODES,
        string="How it comes",
        required=True,
        default="transfer",
        help="What we collect is a planned visit. If nobody comes, the promise waits.",
    )
    hour = fields.Float(string="Time", help="0:00: any time of the day.")
