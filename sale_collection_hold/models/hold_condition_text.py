from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import formatLang

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


class SaleCollectionHoldCondition(models.Model):
    """A condition in words, and what cannot be one."""

    _inherit = "sale.collection.hold.condition"

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
        if self.code == "step_reached":
            return f"{label}: {formatLang(self.env, self.threshold, digits=0)}"
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
