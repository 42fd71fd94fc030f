from odoo import fields, models


class SaleCollectionWarningSign(models.Model):
    """Something noticed at a customer that money troubles often begin with."""

    _name = "sale.collection.warning.sign"
    _description = "Warning sign"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    points = fields.Integer(
        default=5, help="Added to the customer's warning points for 12 months."
    )
    is_severe = fields.Boolean(
        string="Severe", help="Noting it proposes a hold to the credit controller."
    )

    _points_positive = models.Constraint(
        "CHECK (points >= 0)", "The points of a warning sign cannot be negative."
    )
