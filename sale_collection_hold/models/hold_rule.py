from odoo import api, fields, models

STRENGTHS = [
    ("warn", "Warn"),
    ("limit", "Limited supply"),
    ("prepay", "Prepayment"),
    ("hold", "Hold"),
    ("refuse", "Refuse"),
]
KINDS = [("block", "Blocks"), ("exclude", "Exempts")]
CAPS = [
    ("credit", "The free credit"),
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


class SaleCollectionHoldRule(models.Model):
    """When an order must not be supplied, for whom, and how strongly."""

    _name = "sale.collection.hold.rule"
    _description = "Supply rule"
    _inherit = ["mail.thread"]
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
    strength = fields.Selection(STRENGTHS, required=True, default="hold", tracking=True)
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
