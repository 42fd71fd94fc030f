from odoo import api, models, tools
from odoo.tools import SQL

from ..tools.hold_facts import Condition, Rule

# Everyday writes empty the default cache; this one lasts until people change groups
# or rules.
CACHE = "groups"
# Scopes of a rule as a value, and the fields they come from.
SCOPES = {
    "partners": "partner_ids",
    "tags": "category_ids",
    "grades": "grade_ids",
    "countries": "country_ids",
    "teams": "team_ids",
    "users": "user_ids",
    "terms": "payment_term_ids",
    "products": "product_ids",
    "categories": "product_category_ids",
    "excluded": "excluded_rule_ids",
}
DATES = ("date_from", "date_to", "orders_from")
PLAIN = (
    "strength",
    "kind",
    "at_confirm",
    "at_delivery",
    "by_group",
    "exclude_disputed",
    "cap_type",
    "cap_value",
    "cap_period",
)


class SaleCollectionHoldRule(models.Model):
    """Rules as values: read once, kept until somebody changes one."""

    _inherit = "sale.collection.hold.rule"

    @api.model
    def _get_rules(self):
        """Return the active rules of all companies, as `tools.hold_facts.Rule`."""
        return self._get_rules_in_use()[0]

    @api.model
    def _has_strict_steps(self):
        """Tell whether a step of a reminder plan in use asks for a hold."""
        return self._get_rules_in_use()[1]

    @api.model
    @tools.ormcache(cache=CACHE)
    def _get_rules_in_use(self):
        """Return the active rules, and whether there are strict steps, in one query."""
        rows = self._query_rules(SQL("rule.active"))
        return self._to_values(rows), rows[0]["strict"]

    @api.model
    def _read_rules(self, chosen):
        """Return rules as values, in one query.

        :param SQL chosen: condition on the row `rule`
        """
        return self._to_values(self._query_rules(chosen))

    @api.model
    def _query_rules(self, chosen):
        """Read rules; at least one row, of an empty `id` where none is chosen."""
        self.env.flush_all()
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT rule.id, rule.name AS names, rule.credit_policy AS policy,
                       COALESCE(rule.company_id, 0) AS company,
                       rule.date_from, rule.date_to, rule.orders_from, %(plain)s,
                       %(scopes)s, %(conditions)s AS conditions, steps.strict
                  FROM (SELECT %(strict)s AS strict) steps
             LEFT JOIN sale_collection_hold_rule rule ON %(chosen)s
              ORDER BY rule.sequence, rule.id
                """,
                plain=SQL(", ").join(SQL.identifier("rule", name) for name in PLAIN),
                scopes=SQL(", ").join(
                    SQL("%s AS %s", self._get_scope_sql(field), SQL.identifier(name))
                    for name, field in SCOPES.items()
                ),
                conditions=self._get_conditions_sql(),
                strict=self._get_strict_sql(),
                chosen=chosen,
            )
        )

    @api.model
    def _get_strict_sql(self):
        """Return the condition that something besides rules may ask for a hold."""
        return SQL("FALSE")

    @api.model
    def _to_values(self, rows):
        return tuple(self._to_value(row) for row in rows if row["id"])

    @api.model
    def _get_scope_sql(self, name):
        """Return the ids a many2many of the row `rule` names, as an array."""
        field = self._fields[name]
        return SQL(
            "ARRAY(SELECT %s FROM %s WHERE %s = rule.id)",
            SQL.identifier(field.column2),
            SQL.identifier(field.relation),
            SQL.identifier(field.column1),
        )

    @api.model
    def _get_conditions_sql(self):
        """Return the conditions of the row `rule` as JSON rows."""
        return SQL(
            """COALESCE((
                SELECT JSON_AGG(JSON_BUILD_ARRAY(
                           part.code, part.operator, part.threshold, part.days,
                           grade.name, grade.score_from, grade.is_new
                       ) ORDER BY part.id)
                  FROM sale_collection_hold_condition part
             LEFT JOIN sale_collection_grade grade ON grade.id = part.grade_id
                 WHERE part.rule_id = rule.id
            ), '[]')"""
        )

    @api.model
    def _to_value(self, row):
        conditions = tuple(
            Condition(*parts, tuple(grade) if grade[0] else ())
            for *parts, name, score, is_new in row["conditions"]
            for grade in [(name, score, bool(is_new))]
        )
        scopes = {name: frozenset(row[name]) for name in SCOPES}
        policy = row["policy"] or ""
        plain = {name: row[name] for name in ("id", "names", "company", *DATES, *PLAIN)}
        return Rule(conditions=conditions, policy=policy, **scopes, **plain)

    # === KEEP THE VALUES TRUE ===#

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self._forget_rules()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self._forget_rules()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_rules()
        return result

    @api.model
    def _forget_rules(self):
        self.env.registry.clear_cache(CACHE)
