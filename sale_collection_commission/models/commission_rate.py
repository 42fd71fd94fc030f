from odoo import fields, models

from ..tools import commission

CUSTOMERS = [
    ("first", "First order"),
    ("new", "New customer"),
    ("existing", "Existing customer"),
]


class SaleCollectionCommissionRate(models.Model):
    """A percentage and what it is for; the first rate that matches counts."""

    _name = "sale.collection.commission.rate"
    _inherit = ["sale.collection.commission.plan.part"]
    _description = "Commission rate"
    _order = "sequence, id"

    plan_id = fields.Many2one(
        "sale.collection.commission.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id")
    sequence = fields.Integer(default=10)
    percent = fields.Float(string="Rate (%)", required=True, digits=(6, 3))
    product_id = fields.Many2one("product.product", ondelete="cascade")
    categ_id = fields.Many2one(
        "product.category",
        string="Product category",
        ondelete="cascade",
        help="With the categories below it.",
    )
    tag_ids = fields.Many2many("res.partner.category", string="Customer tags")
    grade_ids = fields.Many2many("sale.collection.grade", string="Grades")
    team_ids = fields.Many2many("crm.team", string="Sales teams")
    customer = fields.Selection(
        CUSTOMERS,
        string="Customer is",
        help="New: the first invoice is less than a year old.",
    )
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="To")

    _percent_range = models.Constraint(
        "CHECK(percent >= 0 AND percent <= 100)",
        "Rate: enter a percentage between 0 and 100.",
    )

    def _get_rate(self):
        """Return the rate as plain values."""
        self.ensure_one()
        return commission.Rate(
            key=self.id,
            percent=self.percent,
            product=self.product_id.id or None,
            category_path=self.categ_id.parent_path or None,
            tags=frozenset(self.tag_ids.ids),
            grades=frozenset(self.grade_ids.ids),
            teams=frozenset(self.team_ids.ids),
            customer=self.customer or None,
            date_from=self.date_from or None,
            date_to=self.date_to or None,
        )
