from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain

from odoo.addons.sale_collection.tools.window import open_dialog

from ...tools import commission, commission_plan

BASES = [
    ("tax_free", "Amount without tax"),
    ("margin", "Margin"),
    ("tax_included", "Amount with tax"),
]
LEVELS = [("rep", "Named reps and agents"), ("team", "Teams"), ("company", "Everyone")]
PERIODS = [("month", "Month"), ("quarter", "Quarter"), ("year", "Year")]

# What a plan has paid by; people and dates may change, they decide on new money only.
LOCKED = (
    *("base", "date_basis", "rate_ids", "factor_ids", "form_ids", "tier_ids"),
    *("override_ids", "clearing", "safety_days", "new_customer_days", "tier_mode"),
    *("tier_basis", "tier_weighted", "period", "cap_amount", "advance_percent"),
    *("claw_back_days", "bounty_percent", "bounty_days", "loss_percent", "loss_from"),
)
PEOPLE = ("user_ids", "agent_ids", "team_ids")
# What decides, with the people, whether money earns at all, and when.
RESTARTING = ("active", "date_from", "date_to", "clearing", "safety_days")


class SaleCollectionCommissionPlan(models.Model):
    """What reps, teams or agents earn on the money their customers pay.

    A plan that names a rep goes before that of the team, that of the team before that
    of the company. What a plan pays by is locked once it has paid: a new version or a
    changed draft takes over from a date.
    """

    _name = "sale.collection.commission.plan"
    _description = "Commission plan"
    _inherit = ["sale.collection.code.written", "mail.thread"]
    _created_with = frozenset({"draft_of_id", "version_of_id"})
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

    clearing = fields.Selection(
        [("booked", "It is recorded"), ("cleared", "It has cleared")],
        string="Money counts when",
        default="booked",
        required=True,
        tracking=True,
        help="Cleared: the bank line is matched, or the cheque or bill of exchange has "
        "matured (see payment forms) and the safety days are over.",
    )
    safety_days = fields.Integer(
        tracking=True, help="Days after maturity until a cheque or bill counts as paid."
    )
    new_customer_days = fields.Integer(
        string="New customer for",
        default=365,
        required=True,
        help="Days from the first invoice, also of past systems.",
    )
    tier_ids = fields.One2many(
        "sale.collection.commission.tier", "plan_id", string="Tiers", copy=True
    )
    tier_mode = fields.Selection(
        [
            ("marginal", "Each tier pays on what lies in it"),
            ("flat", "The tier reached pays on all"),
        ],
        string="How tiers pay",
        default="marginal",
        required=True,
        tracking=True,
    )
    tier_basis = fields.Selection(
        [
            ("collected", "Amount collected"),
            ("attainment", "Percent of the target reached"),
        ],
        string="Tiers go by",
        default="collected",
        required=True,
        tracking=True,
    )
    tier_weighted = fields.Boolean(
        string="Late money counts less",
        tracking=True,
        help="In tiers money counts by its timeliness factor.",
    )
    period = fields.Selection(
        PERIODS,
        string="Period of tiers and cap",
        default="month",
        required=True,
        tracking=True,
    )
    cap_amount = fields.Monetary(
        string="Cap",
        tracking=True,
        help="The most one earner gets in a period, tiers included. 0: no cap.",
    )
    override_ids = fields.One2many(
        "sale.collection.commission.override",
        "plan_id",
        string="Managers' shares",
        copy=True,
    )
    advance_percent = fields.Float(
        string="Advance (%)",
        digits=(6, 3),
        tracking=True,
        help="Part of the commission paid when the invoice is posted.",
    )
    claw_back_days = fields.Integer(
        string="Take back after",
        default=30,
        tracking=True,
        help="Days past due after which the advance on open debt is taken back. Money "
        "that comes later gives it back.",
    )
    bounty_percent = fields.Float(
        string="Old-debt bounty (%)",
        digits=(6, 3),
        tracking=True,
        help="What the collector of a customer earns on old debt another rep sold.",
    )
    bounty_days = fields.Integer(
        string="Old from",
        default=60,
        tracking=True,
        help="Judged days late from which a debt is old.",
    )
    loss_percent = fields.Float(
        string="Bad-debt charge (%)",
        digits=(6, 3),
        tracking=True,
        help="What a write-off costs those who would have earned on the money.",
    )
    loss_from = fields.Monetary(
        string="Write-offs from",
        tracking=True,
        help="Smaller write-offs cost nothing.",
    )
    reserve_percent = fields.Float(
        string="Reserve (%)",
        tracking=True,
        help="Part of each settlement that is kept back against bad debts.",
    )
    reserve_months = fields.Integer(
        string="Released after (months)",
        default=12,
        tracking=True,
        help="Months after the end of a period until its reserve is paid out. 0: a "
        "manager releases it by hand.",
    )
    draft_of_id = fields.Many2one(
        "sale.collection.commission.plan",
        string="Draft of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The plan this copy is to be compared with. A draft pays nobody.",
    )
    version_of_id = fields.Many2one(
        "sale.collection.commission.plan",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="The first of versions, which share the cap and tiers of a period.",
    )
    example = fields.Text(
        compute="_compute_example", help="What the plan pays on a round amount."
    )
    entry_count = fields.Integer(compute="_compute_entry_count")

    _valid_period = models.Constraint(
        "CHECK(date_to IS NULL OR date_to >= date_from)",
        "Valid to: a plan cannot end before it begins.",
    )
    _percents_range = models.Constraint(
        "CHECK(COALESCE(advance_percent, 0) BETWEEN 0 AND 100"
        " AND COALESCE(bounty_percent, 0) BETWEEN 0 AND 100"
        " AND COALESCE(loss_percent, 0) BETWEEN 0 AND 100)",
        "Advance, bounty and bad-debt charge: enter percentages between 0 and 100.",
    )
    _amounts_positive = models.Constraint(
        "CHECK(COALESCE(cap_amount, 0) >= 0 AND COALESCE(loss_from, 0) >= 0)",
        "Cap and write-offs from: enter zero or more.",
    )
    _days_positive = models.Constraint(
        "CHECK(COALESCE(safety_days, 0) >= 0 AND COALESCE(claw_back_days, 0) >= 0"
        " AND COALESCE(bounty_days, 0) >= 0 AND COALESCE(new_customer_days, 0) >= 0)",
        "Days: enter zero or more.",
    )
    _reserve_percent_range = models.Constraint(
        "CHECK(reserve_percent >= 0 AND reserve_percent <= 100)",
        "Reserve: enter a percentage between 0 and 100.",
    )
    _reserve_months_positive = models.Constraint(
        "CHECK(reserve_months >= 0)", "Released after: enter zero or more months."
    )

    # === COMPUTE ===#

    @api.model
    def _get_default_factors(self):
        """In time earns all, a month late four fifths, two months half."""
        return [
            Command.create({"days_from": days, "factor": factor})
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
        domain = [("plan_id", "in", self.ids)]
        groups = entries._read_group(domain, ["plan_id"], ["__count"])
        counts = {plan.id: count for plan, count in groups}
        for plan in self:
            plan.entry_count = counts.get(plan.id, 0)

    @api.depends(
        *("rate_ids.percent", "rate_ids.sequence", "factor_ids.days_from"),
        *("factor_ids.factor", "form_ids.factor", "form_ids.journal_id"),
        *("override_ids.percent", "override_ids.basis", "override_ids.user_id"),
        *("tier_ids.lower", "tier_ids.percent", "tier_mode", "tier_basis", "period"),
        *("cap_amount", "advance_percent", "claw_back_days", "bounty_percent"),
        *("bounty_days", "loss_percent", "loss_from", "company_id"),
    )
    def _compute_example(self):
        example = self.env["sale.collection.commission.example"]
        for plan in self:
            plan.example = "\n".join(example._get_lines(plan))

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        plans._restart_gaps()
        return plans

    def write(self, vals):
        locked = [name for name in LOCKED if name in vals]
        self._check_unused(locked)
        result = super().write(vals)
        if {*RESTARTING, *PEOPLE} & vals.keys():
            self._restart_gaps()
        return result

    @api.ondelete(at_uninstall=False)
    def _restart_gaps(self):
        """Have the money nobody earned on judged again, from these plans on."""
        gaps = self.env["sale.collection.commission.gap"]
        for plan in self:
            gaps._mark_stale(plan.company_id, plan.date_from)

    def _check_unused(self, names=("rate_ids",)):
        """Refuse to change what plans pay by once they have paid.

        :param names: the fields about to change
        """
        if not names:
            return
        # Entries of companies the manager does not see count as well.
        entries = self.env["sale.collection.commission.entry"].sudo()
        used = entries.search([("plan_id", "in", self.ids)], limit=1).plan_id
        if used:
            fields_of = map(self._fields.get, names)
            labels = [field._description_string(self.env) for field in fields_of]
            raise ValidationError(
                self.env._(
                    "%(fields)s: %(plan)s has paid commission by them. Make a new "
                    "version from a date, then recompute what is not settled yet.",
                    fields=", ".join(labels),
                    plan=used.name,
                )
            )

    # === CHECKS ===#

    @api.constrains("active", "company_id", "date_from", "date_to", *PEOPLE)
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
        domain = Domain("id", "!=", self.id) & Domain("level", "=", self.level)
        domain &= Domain("company_id", "=", self.company_id.id)
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

    @api.constrains("factor_ids", "tier_ids")
    def _check_bands(self):
        """Refuse two bands that start at one bound: which counts would be chance."""
        for plan in self:
            if commission.start_at_one_bound(plan._get_factor_steps()):
                raise ValidationError(
                    self.env._("Timeliness factors: two of them start at the same day.")
                )
            if commission.start_at_one_bound(plan._get_tier_steps()):
                raise ValidationError(
                    self.env._("Tiers: two of them start at the same bound.")
                )

    @api.constrains("rate_ids")
    def _check_rates(self):
        """Refuse a rate that never counts because one before takes all of it."""
        for plan in self:
            rates = plan.rate_ids.sorted()
            hidden = commission.find_hidden(plan._get_rules().rates)
            if hidden:
                before, after = (list(rates.ids).index(key) + 1 for key in hidden)
                raise ValidationError(
                    self.env._(
                        "Rates: line %(after)s never counts, as line %(before)s takes "
                        "all of it. Move it up or narrow line %(before)s.",
                        after=after,
                        before=before,
                    )
                )

    @api.constrains("advance_percent", "date_basis")
    def _check_advance(self):
        for plan in self:
            if plan.advance_percent and plan.date_basis == "money":
                raise ValidationError(
                    self.env._(
                        "Advance: it is paid before money comes. Let the invoice date "
                        "count, or pay no advance."
                    )
                )

    # === FACTS FOR DECISIONS ===#

    def _get_rules(self):
        """Return the plan as plain values."""
        return commission_plan.Plan(
            key=self.id,
            rates=tuple(rate._read_values() for rate in self.rate_ids.sorted()),
            lateness=tuple(self._get_factor_steps()),
            forms={form.journal_id.id: form._read_values() for form in self.form_ids},
            overrides=tuple(own._read_values() for own in self.override_ids),
            users=frozenset(self.user_ids.ids),
            agents=frozenset(self.agent_ids.ids),
            teams=frozenset(self.team_ids.ids),
            date_from=self.date_from,
            date_to=self.date_to or None,
            by_money_date=self.date_basis == "money",
            base=self.base,
            new_days=self.new_customer_days,
            when_cleared=self.clearing == "cleared",
            safety_days=self.safety_days,
            advance_percent=self.advance_percent,
            bounty_percent=self.bounty_percent,
            bounty_days=self.bounty_days,
            loss_percent=self.loss_percent,
            loss_from=self.loss_from,
            has_tiers=bool(self.tier_ids),
            asks_customer=any(self.rate_ids.mapped("customer")),
        )

    def _get_factor_steps(self):
        """Return the timeliness factors as steps by judged days late."""
        return [
            commission.Step(factor.days_from, factor.factor)
            for factor in self.factor_ids
        ]

    def _get_tier_steps(self):
        """Return the tiers as steps: percentages by amount or percent of target."""
        return [commission.Step(tier.lower, tier.percent) for tier in self.tier_ids]

    def _get_tier_parts(self, base, target, collected):
        """Return what was collected as pairs of amount and percentage paid."""
        steps = self._get_tier_steps()
        if self.tier_basis == "collected":
            return commission.tier_parts(base, steps, self.tier_mode)
        return commission.target_parts(base, collected, target, steps, self.tier_mode)

    @api.model
    def _search_with_replaced(self, domain):
        """Return plans, also replaced ones: money they paid on may still go."""
        return self.with_context(active_test=False).search(domain)

    # === ACTIONS ===#

    def action_open_entries(self):
        """Show what this plan has paid."""
        self.ensure_one()
        name = "sale_collection_commission.commission_entry_action"
        action = self.env["ir.actions.act_window"]._for_xml_id(name)
        return {**action, "domain": [("plan_id", "=", self.id)]}

    def action_new_version(self):
        """Ask from which date a copy of the plan takes over."""
        self.ensure_one()
        return open_dialog(
            self.env._("New version"),
            "sale.collection.commission.plan.version",
            default_plan_id=self.id,
        )

    def _make_version(self, day, draft=None):
        """Copy the plan to begin on a day, and end this one the day before.

        A copy from the first day on replaces the plan altogether.

        :param date day: first day of the copy
        :param draft: the changed copy that takes over instead; its people are those
            of the plan
        :return: the copy
        """
        self.ensure_one()
        if day < self.date_from:
            raise ValidationError(
                self.env._(
                    "From: %(plan)s begins on %(day)s; choose a day from then on.",
                    plan=self.name,
                    day=self.date_from,
                )
            )
        if self.date_to and self.date_to < day:
            raise ValidationError(
                self.env._(
                    "From: %(plan)s ends on %(day)s; choose a day up to then.",
                    plan=self.name,
                    day=self.date_to,
                )
            )
        last = self.date_to
        if day == self.date_from:
            self.active = False
        else:
            self.date_to = day - timedelta(days=1)
        values = {"name": self.name, "date_from": day, "date_to": last, "active": True}
        values["version_of_id"] = self.version_of_id.id or self.id
        for people in PEOPLE:
            values[people] = [Command.set(self[people].ids)]
        return (draft or self).copy(values)

    def action_try_change(self):
        """Copy the plan to a draft, to be changed and compared."""
        self.ensure_one()
        draft = self.copy(
            {
                "name": self.env._("%(plan)s (draft)", plan=self.name),
                "active": False,
                "draft_of_id": self.id,
            }
        )
        return draft._get_records_action(name=self.env._("Try a change"))

    def action_simulate(self):
        """Ask for the period this draft and its plan are compared on."""
        self.ensure_one()
        if not self.draft_of_id:
            raise UserError(
                self.env._(
                    "Draft of: %(plan)s is no draft. Press “Try a change” on the plan "
                    "to compare with.",
                    plan=self.name,
                )
            )
        return self.env["sale.collection.commission.comparison"]._get_records_action(
            name=self.env._("Compare plans"),
            context={"default_kind": "plans", "default_candidate_id": self.id},
        )

    def action_put_in_force(self):
        """Ask from which date this draft takes over from its plan."""
        self.ensure_one()
        action = self.draft_of_id.action_new_version()
        context = {**action["context"], "default_source_id": self.id}
        return {**action, "name": self.env._("Put in force"), "context": context}
