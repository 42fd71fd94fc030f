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

    collection_portal_plan_parts = fields.Integer(
        string="Payments of a plan",
        default=3,
        help="Most payments of a plan that a customer gets at once on the portal. "
        "Below 2: customers cannot ask for plans.",
        groups="base.group_user",
    )
    collection_portal_plan_days = fields.Integer(
        string="Last payment within",
        default=90,
        help="Days from today to the last payment of a plan given at once.",
        groups="base.group_user",
    )
    collection_portal_plan_first = fields.Float(
        string="First payment at least",
        default=30.0,
        digits=(5, 2),
        help="Percent of the amount that the first payment of a plan given at once "
        "has at least.",
        groups="base.group_user",
    )
    collection_portal_plan_grade_ids = fields.Many2many(
        "sale.collection.grade",
        "sale_collection_portal_plan_grade_rel",
        "company_id",
        "grade_id",
        string="Plans at once for grades",
        help="Customers of other grades ask the collector. Empty: all grades.",
        groups="base.group_user",
    )

    _collection_portal_plan_parts_range = models.Constraint(
        "CHECK (collection_portal_plan_parts BETWEEN 0 AND 36)",
        "Payments of a plan: choose 0 to 36.",
    )
    _collection_portal_plan_days_range = models.Constraint(
        "CHECK (collection_portal_plan_days BETWEEN 0 AND 1100)",
        "Last payment within: choose 0 to 1100 days.",
    )
    _collection_portal_plan_first_range = models.Constraint(
        "CHECK (collection_portal_plan_first BETWEEN 0 AND 100)",
        "First payment at least: choose 0 to 100 percent.",
    )
    _collection_portal_promise_days_range = models.Constraint(
        "CHECK (collection_portal_promise_days BETWEEN 0 AND 365)",
        "Customers promise up to: choose 0 to 365 days.",
    )
    _collection_link_days_positive = models.Constraint(
        "CHECK (collection_link_days BETWEEN 1 AND 730)",
        "Links to pay: choose 1 to 730 days.",
    )
