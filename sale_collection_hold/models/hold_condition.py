from odoo import api, fields, models

CODES = [
    ("overdue_days", "Days overdue"),
    ("overdue_amount", "Amount overdue"),
    ("over_limit", "Over the credit limit"),
    ("limit_used", "Credit limit used (%)"),
    ("limit_expired", "Credit limit expired"),
    ("order_amount", "Order amount"),
    ("broken_promises", "Broken promises"),
    ("previous_unpaid", "Earlier deliveries unpaid"),
    ("bounced", "Bounced payments"),
    ("grade_at_or_below", "Grade at or below"),
    ("step_reached", "Reminder step reached"),
    ("user_exposure", "Credit given by the salesperson"),
    ("term_missing", "No payment terms"),
    ("term_over_grade", "Payment terms longer than the grade's"),
    ("term_over_customer", "Payment terms longer than the customer's"),
    ("no_review", "No valid credit review"),
]
OPERATORS = [("over", "is more than"), ("up_to", "is at most")]


class SaleCollectionHoldCondition(models.Model):
    """One thing measured by a supply rule, and from where on it counts."""

    _name = "sale.collection.hold.condition"
    _description = "Condition of a supply rule"
    _order = "rule_id, id"

    rule_id = fields.Many2one(
        "sale.collection.hold.rule", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="rule_id.company_id", store=True)
    currency_id = fields.Many2one(related="rule_id.currency_id")
    code = fields.Selection(CODES, string="What", required=True)
    operator = fields.Selection(OPERATORS, required=True, default="over")
    threshold = fields.Float(string="Value")
    days = fields.Integer(
        string="In the last days", default=365, help="Of broken promises and bounces."
    )
    grade_id = fields.Many2one("sale.collection.grade", ondelete="restrict")
    summary = fields.Char(compute="_compute_summary")

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        conditions = super().create(vals_list)
        self.env["sale.collection.hold.rule"]._forget_rules()
        return conditions

    def write(self, vals):
        result = super().write(vals)
        self.env["sale.collection.hold.rule"]._forget_rules()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["sale.collection.hold.rule"]._forget_rules()
        return result
