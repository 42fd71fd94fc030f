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

    collection_portal_promise_days = fields.Integer(
        string="Customers promise up to",
        default=14,
        help="Days ahead for which customers may promise a payment on the portal, "
        "without being asked. 0: they cannot.",
        groups="base.group_user",
    )

    _collection_portal_promise_days_range = models.Constraint(
        "CHECK (collection_portal_promise_days BETWEEN 0 AND 365)",
        "Customers promise up to: choose 0 to 365 days.",
    )
    _collection_link_days_positive = models.Constraint(
        "CHECK (collection_link_days BETWEEN 1 AND 730)",
        "Links to pay: choose 1 to 730 days.",
    )
