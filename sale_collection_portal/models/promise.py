from odoo import fields, models


class SaleCollectionPromise(models.Model):
    """A promise the customer made without being asked."""

    _inherit = "sale.collection.promise"

    is_from_portal = fields.Boolean(
        string="Made by the customer",
        readonly=True,
        copy=False,
        help="On the portal, within the days the settings allow.",
    )
