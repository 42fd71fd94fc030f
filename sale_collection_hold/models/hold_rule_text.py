from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date
from odoo.tools.misc import formatLang


class SaleCollectionHoldRule(models.Model):
    """A rule in words, and what cannot be a rule."""

    _inherit = "sale.collection.hold.rule"

    # === SUMMARY ===#

    @api.depends(
        "name",
        "kind",
        "strength",
        "condition_ids.summary",
        "excluded_rule_ids",
        "at_confirm",
        "at_delivery",
        "date_from",
        "date_to",
        "orders_from",
        "partner_ids",
        "category_ids",
        "grade_ids",
        "credit_policy",
        "country_ids",
        "team_ids",
        "user_ids",
        "payment_term_ids",
        "product_ids",
        "product_category_ids",
        "by_group",
        "cap_type",
        "cap_value",
        "cap_period",
    )
    @api.depends_context("lang", "company")
    def _compute_summary(self):
        for rule in self:
            parts = [
                rule._get_whom_text(),
                rule._get_conditions_text(),
                rule._get_outcome_text(),
                rule._get_when_text(),
            ]
            rule.summary = " ".join(filter(None, parts))

    def _get_whom_text(self):
        """Return for whom the rule is: `Customers with grade D, E:`."""
        scopes = [
            (self.env._("the customers"), self.partner_ids),
            (self.env._("tags"), self.category_ids),
            (self.env._("grades"), self.grade_ids),
            (self.env._("countries"), self.country_ids),
            (self.env._("sales teams"), self.team_ids),
            (self.env._("salespersons"), self.user_ids),
            (self.env._("payment terms"), self.payment_term_ids),
            (self.env._("products"), self.product_ids),
            (self.env._("product categories"), self.product_category_ids),
        ]
        parts = [
            f"{label} {', '.join(records.mapped('display_name'))}"
            for label, records in scopes
            if records
        ]
        if self.credit_policy:
            parts.append(self._get_label("credit_policy"))
        if self.by_group:
            parts.append(self.env._("with all customers under the same parent"))
        whom = "; ".join(parts)
        if not whom:
            return self.env._("Every order:")
        return self.env._("Orders of %(whom)s:", whom=whom)

    def _get_conditions_text(self):
        """Return when it hits: `days overdue is more than 30 and ...`."""
        texts = self.condition_ids.mapped("summary")
        if not texts:
            return ""
        return self.env._(
            "if %(conditions)s,", conditions=self.env._(" and ").join(texts)
        )

    def _get_outcome_text(self):
        if self.kind == "exclude":
            if self.excluded_rule_ids:
                return self.env._(
                    "not judged by %(rules)s.",
                    rules=", ".join(self.excluded_rule_ids.mapped("name")),
                )
            return self.env._("not judged by rules that reach further.")
        return {
            "warn": self.env._("a warning."),
            "limit": self.env._("supply only up to %(cap)s.", cap=self._get_cap_text()),
            "prepay": self.env._("supply waits until the order is paid."),
            "hold": self.env._("the order is confirmed, supply waits."),
            "refuse": self.env._("the order cannot be confirmed."),
        }[self.strength]

    def _get_cap_text(self):
        if self.cap_type == "credit":
            return self.env._("the free credit")
        value = formatLang(self.env, self.cap_value, digits=0)
        texts = {
            "quantity_percent": self.env._("%(value)s %% of the quantity", value=value),
            "amount_percent": self.env._("%(value)s %% of the amount", value=value),
            "quantity": self.env._("%(value)s pieces", value=value),
            "amount": self.currency_id.format(self.cap_value),
        }
        text = texts[self.cap_type]
        if self.cap_period == "order":
            return text
        period = self._get_label("cap_period").lower()
        return self.env._("%(cap)s: %(period)s", cap=text, period=period)

    def _get_when_text(self):
        """Return checkpoints and dates where they are not the usual ones."""
        parts = []
        if not self.at_delivery:
            parts.append(self.env._("Judged when an order is confirmed only."))
        if not self.at_confirm:
            parts.append(self.env._("Judged before delivery only."))
        if self.date_from:
            day = format_date(self.env, self.date_from)
            parts.append(self.env._("Valid from %(day)s.", day=day))
        if self.date_to:
            day = format_date(self.env, self.date_to)
            parts.append(self.env._("Valid until %(day)s.", day=day))
        if self.orders_from:
            day = format_date(self.env, self.orders_from)
            parts.append(self.env._("Orders confirmed from %(day)s.", day=day))
        return " ".join(parts)

    def _get_label(self, name):
        return dict(self._fields[name]._description_selection(self.env))[self[name]]

    # === CONSTRAINTS ===#

    @api.constrains("at_confirm", "at_delivery")
    def _check_checkpoints(self):
        for rule in self:
            if not rule.at_confirm and not rule.at_delivery:
                raise ValidationError(
                    self.env._(
                        "Rule %(rule)s: choose when it is judged, at confirmation, "
                        "until delivery or both.",
                        rule=rule.name,
                    )
                )

    @api.constrains("strength", "cap_type", "cap_value")
    def _check_cap(self):
        for rule in self:
            if rule.strength == "limit" and rule.cap_type.endswith("percent"):
                if rule.cap_value > 100:
                    raise ValidationError(
                        self.env._(
                            "Rule %(rule)s: 'Cap' is a part in percent, 100 at most.",
                            rule=rule.name,
                        )
                    )
