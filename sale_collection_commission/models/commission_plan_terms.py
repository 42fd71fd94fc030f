from odoo import fields, models

from ..tools import commission
from ..tools import commission_plan

PERIODS = [("month", "Month"), ("quarter", "Quarter"), ("year", "Year")]


class SaleCollectionCommissionPlan(models.Model):
    """What a plan pays besides its rates, and all its rules as plain values."""

    _inherit = "sale.collection.commission.plan"

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

    # === FACTS FOR DECISIONS ===#

    def _get_rules(self):
        """Return the plan as plain values."""
        self.ensure_one()
        return commission_plan.Plan(
            key=self.id,
            rates=tuple(rate._get_rate() for rate in self.rate_ids.sorted()),
            lateness=tuple(self._get_factor_steps()),
            forms={form.journal_id.id: form._get_form() for form in self.form_ids},
            overrides=tuple(own._get_override() for own in self.override_ids),
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
