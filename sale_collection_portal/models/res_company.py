from odoo import fields, models


class ResCompany(models.Model):
    """How long the links live that customers get."""

    _inherit = "res.company"

    collection_link_days = fields.Integer(
        string="Links to pay work for",
        default=60,
        help="Days for which a link in a statement or a message opens what it was "
        "sent for, without login.",
        groups="base.group_user",
    )

    _collection_link_days_positive = models.Constraint(
        "CHECK (collection_link_days BETWEEN 1 AND 730)",
        "Links to pay: choose 1 to 730 days.",
    )
