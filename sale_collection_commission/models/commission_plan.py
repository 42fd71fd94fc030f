from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

BASES = [
    ("tax_free", "Amount without tax"),
    ("margin", "Margin"),
    ("tax_included", "Amount with tax"),
]
LEVELS = [("rep", "Named reps and agents"), ("team", "Teams"), ("company", "Everyone")]


class SaleCollectionCommissionPlan(models.Model):
    """What reps, teams or agents earn on the money their customers pay.

    The plan of the rep himself goes before that of the team, that of the team before
    that of the company.
    """

    _name = "sale.collection.commission.plan"
    _description = "Commission plan"
    _inherit = ["mail.thread"]
    _order = "level desc, date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(string="Valid from", required=True, tracking=True)
    date_to = fields.Date(
        string="Valid to", tracking=True, help="Empty: until another plan follows."
    )
    date_basis = fields.Selection(
        [("invoice", "Invoice date"), ("money", "Date of the money")],
        string="Date that counts",
        default="invoice",
        required=True,
        tracking=True,
        help="Which date decides whether this plan and its rates are valid.",
    )
    user_ids = fields.Many2many(
        "res.users", string="Reps", domain="[('share', '=', False)]", tracking=True
    )
    agent_ids = fields.Many2many(
        "res.partner",
        string="Agents",
        tracking=True,
        help="Outside agents: they are paid by vendor bill.",
    )
    team_ids = fields.Many2many("crm.team", string="Teams", tracking=True)
    level = fields.Selection(LEVELS, compute="_compute_level", store=True)
    base = fields.Selection(BASES, default="tax_free", required=True, tracking=True)
    rate_ids = fields.One2many(
        "sale.collection.commission.rate", "plan_id", string="Rates", copy=True
    )
    factor_ids = fields.One2many(
        "sale.collection.commission.factor",
        "plan_id",
        string="Timeliness factors",
        copy=True,
        default=lambda self: self._get_default_factors(),
    )
    form_ids = fields.One2many(
        "sale.collection.commission.form", "plan_id", string="Payment forms", copy=True
    )

    entry_count = fields.Integer(compute="_compute_entry_count")

    _valid_period = models.Constraint(
        "CHECK(date_to IS NULL OR date_to >= date_from)",
        "Valid to: a plan cannot end before it begins.",
    )

    @api.model
    def _get_default_factors(self):
        """In time earns all, a month late four fifths, two months half."""
        return [
            fields.Command.create({"days_from": days, "factor": factor})
            for days, factor in ((0, 1.0), (1, 0.8), (31, 0.5), (61, 0.0))
        ]

    @api.depends("user_ids", "agent_ids", "team_ids")
    def _compute_level(self):
        for plan in self:
            if plan.user_ids or plan.agent_ids:
                plan.level = "rep"
            else:
                plan.level = "team" if plan.team_ids else "company"

    def _compute_entry_count(self):
        entries = self.env["sale.collection.commission.entry"]
        groups = entries._read_group(
            [("plan_id", "in", self.ids)], ["plan_id"], ["__count"]
        )
        counts = {plan.id: count for plan, count in groups}
        for plan in self:
            plan.entry_count = counts.get(plan.id, 0)

    def action_open_entries(self):
        """Show what this plan has paid."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_commission.commission_entry_action"
        )
        return {**action, "domain": [("plan_id", "=", self.id)]}

    # === CHECKS ===#

    @api.constrains(
        "active",
        "company_id",
        "date_from",
        "date_to",
        "user_ids",
        "agent_ids",
        "team_ids",
    )
    def _check_clash(self):
        for plan in self.filtered("active"):
            rival = self.search(plan._get_rival_domain(), limit=1)
            if rival:
                raise ValidationError(
                    self.env._(
                        "Valid from: %(plan)s and %(rival)s are for the same people "
                        "on the same days. End one of them first.",
                        plan=plan.name,
                        rival=rival.name,
                    )
                )

    def _get_rival_domain(self):
        """Domain of plans of the same level for the same people and days."""
        self.ensure_one()
        domain = Domain(
            [
                ("id", "!=", self.id),
                ("company_id", "=", self.company_id.id),
                ("level", "=", self.level),
            ]
        )
        domain &= Domain("date_to", "=", False) | Domain(
            "date_to", ">=", self.date_from
        )
        if self.date_to:
            domain &= Domain("date_from", "<=", self.date_to)
        if self.level == "rep":
            domain &= Domain("user_ids", "in", self.user_ids.ids) | Domain(
                "agent_ids", "in", self.agent_ids.ids
            )
        elif self.level == "team":
            domain &= Domain("team_ids", "in", self.team_ids.ids)
        return domain
