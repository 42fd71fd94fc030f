from odoo import Command, api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date
from odoo.tools.misc import formatLang

from ...tools.hold_facts import Condition, Rule

STRENGTHS = [
    ("warn", "Warn"),
    ("limit", "Limited supply"),
    ("prepay", "Prepayment"),
    ("hold", "Hold"),
    ("refuse", "Do not accept"),
]
KINDS = [("block", "Blocks"), ("exclude", "Exempts")]
CAPS = [
    ("credit", "The available credit"),
    ("quantity_percent", "A part of the ordered quantity"),
    ("amount_percent", "A part of the ordered amount"),
    ("quantity", "A quantity"),
    ("amount", "An amount"),
]
PERIODS = [
    ("order", "The whole order"),
    ("week", "A week"),
    ("month", "A month"),
    ("quarter", "A quarter"),
]
POLICIES = [
    ("unlimited", "No limit"),
    ("limit", "Credit limit"),
    ("prepay", "Prepayment"),
]
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
    """When an order must not be supplied, for whom, and how strongly.

    Orders are judged by rules as values: read in one query, cached until somebody
    changes a rule. A rule in use is not edited: a copy of it is, and switching the
    copy on replaces the rule, so every change shows beforehand which orders it stops.
    """

    _name = "sale.collection.hold.rule"
    _description = "Supply rule"
    _inherit = ["sale.collection.code.written", "mail.thread"]
    _created_with = frozenset({"replaces_id"})
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        domain="[('parent_id', '=', False)]",
        help="Leave empty to use the rule in all companies.",
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", compute_sudo=True
    )
    kind = fields.Selection(
        KINDS,
        required=True,
        default="block",
        help="Exempts: orders this rule reaches are not judged by rules that reach "
        "further, or by the rules named.",
    )
    strength = fields.Selection(
        STRENGTHS, string="What happens", required=True, default="hold", tracking=True
    )
    condition_ids = fields.One2many(
        "sale.collection.hold.condition",
        "rule_id",
        string="Conditions",
        copy=True,
        help="All of them must hold.",
    )
    excluded_rule_ids = fields.Many2many(
        "sale.collection.hold.rule",
        "sale_collection_hold_rule_exclusion_rel",
        "rule_id",
        "excluded_id",
        string="Exempts from",
        domain="[('kind', '=', 'block')]",
        check_company=True,
        help="Empty: all rules that reach further than this one.",
    )
    summary = fields.Text(compute="_compute_summary")
    replaces_id = fields.Many2one(
        "sale.collection.hold.rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    hold_count = fields.Integer(string="Held orders", compute="_compute_hold_count")

    # === WHEN ===#

    at_confirm = fields.Boolean(
        string="When an order is confirmed", default=True, tracking=True
    )
    at_delivery = fields.Boolean(
        string="Until it is delivered",
        default=True,
        tracking=True,
        help="Confirmed orders are judged again every night, when something of the "
        "customer changes, and before goods leave.",
    )
    date_from = fields.Date(string="Valid from", tracking=True)
    date_to = fields.Date(string="Valid until", tracking=True)
    orders_from = fields.Datetime(
        string="Orders from",
        tracking=True,
        help="Orders confirmed earlier are not judged by this rule.",
    )

    # === FOR WHOM ===#

    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        domain="[('commercial_partner_id', '=', id)]",
    )
    category_ids = fields.Many2many("res.partner.category", string="Customer tags")
    grade_ids = fields.Many2many(
        "sale.collection.grade", string="Grades", check_company=True
    )
    credit_policy = fields.Selection(POLICIES, string="Credit policy")
    country_ids = fields.Many2many("res.country", string="Countries")
    team_ids = fields.Many2many("crm.team", string="Sales teams", check_company=True)
    user_ids = fields.Many2many(
        "res.users", string="Salespersons", domain="[('share', '=', False)]"
    )
    payment_term_ids = fields.Many2many(
        "account.payment.term", string="Payment terms", check_company=True
    )
    product_ids = fields.Many2many(
        "product.product", string="Products", check_company=True
    )
    product_category_ids = fields.Many2many(
        "product.category", string="Product categories"
    )
    by_group = fields.Boolean(
        string="Judge the whole group",
        help="Customers under one parent count together: what they owe and order, "
        "against the limit of the parent.",
    )
    exclude_disputed = fields.Boolean(
        string="Leave disputed amounts out",
        default=True,
        help="What the customer disputes does not count as overdue.",
    )

    # === LIMITED SUPPLY ===#

    cap_type = fields.Selection(
        CAPS, string="Supply up to", required=True, default="credit"
    )
    cap_value = fields.Float(string="Cap")
    cap_period = fields.Selection(
        PERIODS, string="Cap for", required=True, default="order"
    )

    _cap_value_positive = models.Constraint(
        "CHECK(cap_value >= 0)", "'Cap' cannot be negative."
    )
    _dates_in_order = models.Constraint(
        "CHECK(date_to IS NULL OR date_from IS NULL OR date_to >= date_from)",
        "'Valid until' is before 'Valid from'.",
    )

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for rule in self:
            rule.currency_id = (rule.company_id or self.env.company).currency_id

    def _compute_hold_count(self):
        groups = self.env["sale.collection.hold"]._read_group(
            [("rule_ids", "in", self.ids), ("state", "=", "active")],
            ["rule_ids"],
            ["__count"],
        )
        counts = {rule.id: count for rule, count in groups}
        for rule in self:
            rule.hold_count = counts.get(rule.id, 0)

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

    # === CRUD ===#

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

    # === ACTIONS ===#

    def action_open_switch(self):
        """Open the dialog that lists the orders the rule will stop."""
        self.ensure_one()
        self.check_access("write")
        preview = self.env["sale.collection.hold.preview"].create(
            {
                "rule_id": self.id,
                "rule_ids": [Command.set(self.ids)],
                "company_id": (self.company_id or self.env.company.root_id).id,
            }
        )
        return preview._open_switch()

    def action_change(self):
        """Open a copy to work on; it replaces this rule when it is switched on."""
        self.ensure_one()
        draft = self.with_context(active_test=False).search(
            [("replaces_id", "=", self.id), ("active", "=", False)], limit=1
        )
        draft = draft or self.copy(
            {"name": self.name, "active": False, "replaces_id": self.id}
        )
        return draft._get_records_action(name=draft.name, context={})

    def action_switch_off(self):
        """Take rules out of use; orders they alone have stopped go on."""
        self.check_access("write")
        held = self.env["sale.collection.hold"].search(
            [("rule_ids", "in", self.ids), ("state", "in", ("active", "rejected"))]
        )
        self.action_archive()
        self.env["sale.collection.hold.switch"]._recheck_orders(held.order_id)
        return True

    def action_simulate(self):
        """Try the rules in use, and this one, on orders of the past."""
        self.ensure_one()
        return self.env["sale.collection.hold.preview"]._get_records_action(
            name=self.env._("Simulation"), context={"default_rule_ids": self.ids}
        )

    def action_open_holds(self):
        """Open the orders this rule has stopped."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_hold.hold_all_action"
        )
        domain = [("rule_ids", "in", self.ids)]
        return {**action, "domain": domain, "context": {"search_default_active": 1}}

    # === VALUES ===#

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
            return self.env._("the available credit")
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
