from odoo import api, fields, models


class SaleCollectionObjection(models.Model):
    """What can be wrong, in words a customer chooses from, and the reason we note."""

    _name = "sale.collection.objection"
    _description = "Objection"
    _order = "sequence, id"

    name = fields.Char(
        string="In the customer's words",
        required=True,
        translate=True,
        help="Customers choose it on the portal when something is wrong.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    reason_id = fields.Many2one(
        "sale.collection.reason",
        required=True,
        ondelete="restrict",
        help="The reason of the dispute. Customers never see it.",
    )

    @api.model
    def _find_offered(self):
        """Return the list customers choose from, in superuser mode."""
        return self.sudo().search([("active", "=", True)])
