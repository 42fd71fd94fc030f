from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools import commission

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
    example = fields.Text(
        compute="_compute_example", help="What the first rate pays on 1,000."
    )

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

    @api.depends(
        "rate_ids.percent",
        "rate_ids.sequence",
        "factor_ids.days_from",
        "factor_ids.factor",
    )
    def _compute_example(self):
        for plan in self:
            plan.example = plan._get_example()

    def _get_example(self):
        """Say what the first rate pays on 1,000 for each step of lateness."""
        if not self.rate_ids:
            return self.env._("Add a rate to see what it pays.")
        percent = self.rate_ids.sorted(lambda rate: rate.sequence)[0].percent
        lines = []
        for step in sorted(self._get_factor_steps()) or [commission.Step(0, 1.0)]:
            money = commission.Money(0, 1000.0, step.value)
            [booking] = commission.accrue([money], percent)
            lines.append(
                self.env._(
                    "1,000 paid %(days)s days late or more: 1,000 x %(rate)s %% x "
                    "%(factor)s = %(amount)s",
                    days=step.lower,
                    rate=f"{percent:g}",
                    factor=f"{step.value:g}",
                    amount=f"{booking.amount:.2f}",
                )
            )
        return "\n".join(lines)

    def action_new_version(self):
        """Copy the plan to begin today and end this one the day before."""
        self.ensure_one()
        today = self.company_id._collection_today()
        if self.date_from >= today:
            raise ValidationError(
                self.env._("Valid from: this plan has not begun, change it itself.")
            )
        self.date_to = today - timedelta(days=1)
        version = self.copy({"name": self.name, "date_from": today, "date_to": False})
        return version._get_records_action()

    def action_open_entries(self):
        """Show what this plan has paid."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.action_commission_entry"
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

    @api.constrains("factor_ids")
    def _check_factors(self):
        for plan in self:
            try:
                commission.check_steps(plan._get_factor_steps())
            except ValueError as error:
                raise ValidationError(
                    self.env._("Timeliness factors: two of them start at the same day.")
                ) from error

    # === FACTS FOR DECISIONS ===#

    def _get_factor_steps(self):
        """Return the timeliness factors as steps by judged days late."""
        return [
            commission.Step(factor.days_from, factor.factor)
            for factor in self.factor_ids
        ]

    def _get_rates(self):
        """Return the rates in the order they are tried."""
        return [rate._get_rate() for rate in self.rate_ids.sorted()]

    def _covers(self, invoice_date, money_date):
        """Tell whether the plan is valid for money of an invoice."""
        self.ensure_one()
        day = invoice_date if self.date_basis == "invoice" else money_date
        return self.date_from <= day and not (self.date_to and self.date_to < day)

    def _pick(self, user_id, agent_id, team_id, invoice_date, money_date):
        """Return the plan among `self` that an earner is paid by, or none.

        :param int user_id: the rep, or
        :param int agent_id: the outside agent
        """
        valid = self.filtered(lambda plan: plan._covers(invoice_date, money_date))
        if agent_id:
            return valid.filtered(lambda plan: agent_id in plan.agent_ids.ids)[:1]
        named = valid.filtered(lambda plan: user_id in plan.user_ids.ids)
        team = valid.filtered(lambda plan: team_id in plan.team_ids.ids)
        everyone = valid.filtered(lambda plan: plan.level == "company")
        return (named or team or everyone)[:1]
