from odoo import api, fields, models

from ...tools import commission, commission_plan

# Plans whose rows this transaction has written.
TO_CHECK = "sale_collection_commission.plans_to_check"
CUSTOMERS = [
    ("first", "First order"),
    ("new", "New customer"),
    ("existing", "Existing customer"),
]


class SaleCollectionCommissionPlanPart(models.AbstractModel):
    """A line of a commission plan; it is locked once the plan has paid."""

    _name = "sale.collection.commission.plan.part"
    _description = "Part of a commission plan"

    plan_id = fields.Many2one(
        "sale.collection.commission.plan", required=True, index=True, ondelete="cascade"
    )

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts.plan_id._check_unused()
        parts.plan_id._check_bands()
        parts.plan_id._restart_gaps()
        return parts

    def write(self, vals):
        self.plan_id._check_unused()
        result = super().write(vals)
        if "plan_id" in vals:
            self.plan_id._check_unused()
        self._check_plans_later()
        self.plan_id._restart_gaps()
        return result

    def _check_plans_later(self):
        """Have the plans checked once all is written: two rows may swap their bounds.

        A plan checks itself when it is written; rows can be written without it.
        """
        precommit = self.env.cr.precommit
        if TO_CHECK not in precommit.data:
            precommit.data[TO_CHECK] = set()
            precommit.add(self.env[self._name].browse()._check_plans)
        precommit.data[TO_CHECK].update(self.plan_id.ids)

    def _check_plans(self):
        plan_ids = self.env.cr.precommit.data.pop(TO_CHECK, ())
        plans = self.plan_id.browse(plan_ids).exists()
        plans._check_bands()
        plans._check_rates()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.plan_id._check_unused()
        self.plan_id._restart_gaps()


class SaleCollectionCommissionRate(models.Model):
    """A percentage and what it is for; the first rate that matches counts."""

    _name = "sale.collection.commission.rate"
    _inherit = ["sale.collection.commission.plan.part"]
    _description = "Commission rate"
    _order = "sequence, id"

    company_id = fields.Many2one(related="plan_id.company_id")
    sequence = fields.Integer(default=10)
    percent = fields.Float(string="Rate (%)", required=True, digits=(6, 3))
    product_id = fields.Many2one("product.product", ondelete="cascade")
    categ_id = fields.Many2one(
        "product.category",
        string="Product category",
        ondelete="cascade",
        help="With the categories below it.",
    )
    tag_ids = fields.Many2many("res.partner.category", string="Customer tags")
    grade_ids = fields.Many2many("sale.collection.grade", string="Grades")
    team_ids = fields.Many2many("crm.team", string="Sales teams")
    customer = fields.Selection(
        CUSTOMERS,
        string="Customer is",
        help="New: the first invoice is less than a year old.",
    )
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="To")

    _percent_range = models.Constraint(
        "CHECK(percent >= 0 AND percent <= 100)",
        "Rate: enter a percentage between 0 and 100.",
    )
    _dates_in_order = models.Constraint(
        "CHECK(date_to >= date_from)", "To: a rate cannot end before it begins."
    )

    def _read_values(self):
        """Return the rate as plain values."""
        self.ensure_one()
        return commission.Rate(
            key=self.id,
            percent=self.percent,
            product=self.product_id.id or None,
            category_path=self.categ_id.parent_path or None,
            tags=frozenset(self.tag_ids.ids),
            grades=frozenset(self.grade_ids.ids),
            teams=frozenset(self.team_ids.ids),
            customer=self.customer or None,
            date_from=self.date_from or None,
            date_to=self.date_to or None,
        )


class SaleCollectionCommissionFactor(models.Model):
    """How much of the commission is left for money that came late."""

    _name = "sale.collection.commission.factor"
    _inherit = ["sale.collection.commission.plan.part"]
    _description = "Timeliness factor"
    _order = "days_from, id"

    days_from = fields.Integer(
        string="From days late",
        required=True,
        help="Days late after grace and without the days we were at fault.",
    )
    factor = fields.Float(
        string="Timeliness factor",
        required=True,
        default=1.0,
        help="1 pays the full rate.",
    )

    _factor_range = models.Constraint(
        "CHECK(factor >= 0 AND factor <= 10)",
        "Factor: enter a number between 0 and 10.",
    )
    _days_positive = models.Constraint(
        "CHECK(days_from >= 0)", "From days late: enter zero or more."
    )


class SaleCollectionCommissionForm(models.Model):
    """How a form of payment counts, told by the journal the money came to."""

    _name = "sale.collection.commission.form"
    _inherit = ["sale.collection.commission.plan.part"]
    _description = "Payment form factor"
    _order = "id"

    company_id = fields.Many2one(related="plan_id.company_id")
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        ondelete="cascade",
        domain="[('type', 'in', ('bank', 'cash', 'credit')),"
        " ('company_id', '=', company_id)]",
    )
    factor = fields.Float(
        string="Payment form factor",
        required=True,
        default=1.0,
        help="1 pays the full rate.",
    )

    matures = fields.Boolean(
        string="Cheque or bill",
        help="Where money counts once it has cleared: at maturity, without bank line.",
    )
    term_days = fields.Integer(
        string="Days to maturity",
        help="From the maturity on the payment's journal item, else its date.",
    )

    _term_positive = models.Constraint(
        "CHECK(COALESCE(term_days, 0) >= 0)", "Days to maturity: enter zero or more."
    )
    _factor_range = models.Constraint(
        "CHECK(factor >= 0 AND factor <= 10)",
        "Factor: enter a number between 0 and 10.",
    )
    _journal_once = models.Constraint(
        "UNIQUE(plan_id, journal_id)", "Payment forms: a journal stands here once."
    )

    def _read_values(self):
        """Return the payment form as plain values."""
        self.ensure_one()
        days = self.term_days if self.matures else None
        return commission_plan.Form(factor=self.factor, term_days=days)


class SaleCollectionCommissionOverride(models.Model):
    """What a manager earns on the money of the reps a plan is for."""

    _name = "sale.collection.commission.override"
    _inherit = ["sale.collection.commission.plan.part"]
    _description = "Manager's share"
    _order = "id"

    user_id = fields.Many2one(
        "res.users",
        string="Manager",
        domain="[('share', '=', False)]",
        ondelete="restrict",
        help="Empty: the leader of the sales team of the invoice.",
    )
    basis = fields.Selection(
        [("base", "Money collected"), ("commission", "Commission of the rep")],
        string="Percent of",
        required=True,
        default="base",
    )
    percent = fields.Float(string="Manager's rate (%)", required=True, digits=(6, 3))

    _percent_range = models.Constraint(
        "CHECK(percent > 0 AND percent <= 100)",
        "Manager's rate: enter a percentage above 0, up to 100.",
    )
    _manager_once = models.UniqueIndex(
        "(plan_id, COALESCE(user_id, 0))",
        "Managers' shares: each manager, and the team's leader, stands here once.",
    )

    def _read_values(self):
        """Return the manager's share as plain values."""
        self.ensure_one()
        return commission_plan.Override(
            user=self.user_id.id or None,
            percent=self.percent,
            of_commission=self.basis == "commission",
        )


class SaleCollectionCommissionTier(models.Model):
    """A percentage on what was collected in a period, from a bound on."""

    _name = "sale.collection.commission.tier"
    _inherit = ["sale.collection.commission.plan.part"]
    _description = "Commission tier"
    _order = "lower, id"

    lower = fields.Float(
        string="From",
        required=True,
        help="Collected in the period, or percent of the target reached.",
    )
    percent = fields.Float(string="Tier rate (%)", required=True, digits=(6, 3))

    _lower_positive = models.Constraint(
        "CHECK(lower >= 0)", "Tiers: begin at zero or more."
    )
    _percent_range = models.Constraint(
        "CHECK(percent >= 0 AND percent <= 100)",
        "Tier rate: enter a percentage between 0 and 100.",
    )
