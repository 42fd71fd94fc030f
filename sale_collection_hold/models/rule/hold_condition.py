from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import formatLang

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
    ("user_exposure", "Credit given by the salesperson"),
    ("term_missing", "No payment terms"),
    ("term_over_grade", "Payment terms longer than the grade's"),
    ("term_over_customer", "Payment terms longer than the customer's"),
    ("no_review", "No valid credit review"),
]
# Codes that need no figure to compare with.
PLAIN_CODES = {
    "over_limit",
    "term_missing",
    "term_over_grade",
    "term_over_customer",
    "no_review",
}
AMOUNT_CODES = {"overdue_amount", "order_amount", "previous_unpaid", "user_exposure"}
WINDOW_CODES = {"broken_promises", "bounced"}
OPERATORS = [("over", "is more than"), ("up_to", "is at most")]


def archive_rules(conditions):
    """Archive the rules of these conditions, then delete the conditions.

    A rule that loses a condition would reach more orders than anybody wanted.
    """
    conditions.rule_id.action_archive()
    conditions.unlink()


class SaleCollectionHoldCondition(models.Model):
    """One thing measured by a supply rule, and from where on it counts."""

    _name = "sale.collection.hold.condition"
    _description = "Condition of a supply rule"
    _inherit = ["sale.collection.code.written"]
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

    @api.constrains("code", "threshold", "days", "grade_id")
    def _check_value(self):
        for condition in self:
            rule = condition.rule_id.name
            if condition.threshold < 0:
                raise ValidationError(
                    self.env._("Rule %(rule)s: 'Value' cannot be negative.", rule=rule)
                )
            if condition.code == "grade_at_or_below" and not condition.grade_id:
                raise ValidationError(
                    self.env._("Rule %(rule)s: choose the grade.", rule=rule)
                )
            if condition.code in WINDOW_CODES and condition.days <= 0:
                raise ValidationError(
                    self.env._(
                        "Rule %(rule)s: 'In the last days' must be above 0.", rule=rule
                    )
                )

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

    # === SUMMARY ===#

    @api.depends("code", "operator", "threshold", "days", "grade_id")
    @api.depends_context("lang", "company")
    def _compute_summary(self):
        for condition in self:
            condition.summary = condition._get_summary() if condition.code else ""

    def _get_summary(self):
        labels = dict(self._fields["code"]._description_selection(self.env))
        label = labels[self.code].lower()
        if self.code in PLAIN_CODES:
            return label
        if self.code == "grade_at_or_below":
            return f"{label} {self.grade_id.name or ''}"
        value = self._get_value_text()
        text = (
            self.env._("%(what)s at most %(value)s", what=label, value=value)
            if self.operator == "up_to"
            else self.env._("%(what)s more than %(value)s", what=label, value=value)
        )
        if self.code in WINDOW_CODES:
            return self.env._(
                "%(condition)s in %(days)s days", condition=text, days=self.days
            )
        return text

    def _get_value_text(self):
        if self.code in AMOUNT_CODES:
            return self.currency_id.format(self.threshold)
        return formatLang(self.env, self.threshold, digits=0)
