from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import formatLang

CONDITIONS = [
    ("overdue_amount", "Overdue, nothing agreed"),
    ("silence", "Not spoken to"),
    ("follow_up", "Day agreed on to speak again"),
    ("promise_broken", "Promise broken"),
    ("promise_due", "Promise due today or tomorrow"),
    ("dispute_late", "Dispute past its deadline"),
    ("short_payment", "Short payment arrived"),
    ("bounced", "Payment bounced"),
    ("over_limit", "Over the limit and ordering"),
    ("near_limit", "Near the limit and pays in time"),
    ("likely_late", "Due within a week, mostly pays late"),
    ("big_due", "Big instalment due within a week"),
    ("first_invoice", "First invoice due within a week"),
    ("review_expiring", "Credit review expires within a month"),
]
UNITS = [
    ("amount", "in company currency"),
    ("days", "days"),
    ("percent", "%"),
]


class SaleCollectionWorkRule(models.Model):
    """Points for one thing that calls for work on a customer.

    The points of all rules that apply are added: the customer with the most comes
    first on the list of the day.
    """

    _name = "sale.collection.work.rule"
    _description = "Work rule"
    _order = "code, threshold, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="cascade",
        domain=[("parent_id", "=", False)],
        help="Empty: for every company.",
    )
    code = fields.Selection(CONDITIONS, string="When", required=True)
    threshold = fields.Float(
        string="From",
        digits=(16, 2),
        help="Of several rules on one condition only the highest that applies counts.",
    )
    unit = fields.Selection(UNITS, compute="_compute_unit")
    points = fields.Integer(required=True, default=10)

    _threshold_positive = models.Constraint(
        "CHECK (threshold >= 0 AND threshold < 1e15)",
        "From: choose a value from 0 up to 15 digits.",
    )

    @api.constrains("points")
    def _check_points(self):
        for rule in self:
            if not -1000 <= rule.points <= 1000:
                raise ValidationError(
                    self.env._("Points: choose a number from -1,000 to 1,000.")
                )

    @api.depends("name", "threshold")
    def _compute_display_name(self):
        """Tell bands of one name from each other."""
        for rule in self:
            rule.display_name = rule.name
            if rule.threshold > 1:
                bound = formatLang(self.env, rule.threshold, digits=0)
                rule.display_name = f"{rule.name} ≥ {bound}"

    @api.depends("code")
    def _compute_unit(self):
        units = self._get_units()
        for rule in self:
            rule.unit = units.get(rule.code, "amount")

    @api.model
    def _get_units(self):
        """Return what values are counted in, by condition; amounts are left out."""
        return {
            "silence": "days",
            "follow_up": "days",
            "dispute_late": "days",
            "near_limit": "percent",
            "likely_late": "percent",
            "review_expiring": "days",
        }

    @api.model
    def _get_rules(self, company):
        """Return the rules of a root company that are in use."""
        return self.sudo().search([("company_id", "in", (False, company.id))])

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self._rank_companies(rules._get_companies())
        return rules

    def write(self, vals):
        companies = self._get_companies()
        result = super().write(vals)
        self._rank_companies(companies | self._get_companies())
        return result

    def unlink(self):
        companies = self._get_companies()
        result = super().unlink()
        self._rank_companies(companies)
        return result

    def _get_companies(self):
        """Return the root companies the rules hold for."""
        if all(rule.company_id for rule in self):
            return self.sudo().company_id.root_id
        return self.env["res.company"].sudo().search([("parent_id", "=", False)])

    @api.model
    def _rank_companies(self, companies):
        """Put the customers of companies into the order of the rules as they are."""
        profiles = self.env["sale.collection.profile"].sudo()
        for company in companies:
            profiles.with_company(company).browse()._rank_work()
