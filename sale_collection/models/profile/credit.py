from odoo import api, fields, models
from odoo.tools import SQL

POLICIES = [
    ("unlimited", "No limit"),
    ("limit", "Credit limit"),
    ("prepay", "Prepayment"),
]


class SaleCollectionCredit(models.AbstractModel):
    """On what terms a customer buys on credit.

    Whether a limit applies is what core says; kept here is what core cannot say.
    """

    _name = "sale.collection.credit"
    _inherit = ["sale.collection.projection"]
    _description = "Credit terms"

    credit_policy = fields.Selection(
        POLICIES,
        string="Credit policy",
        compute="_compute_credit_policy",
        inverse="_inverse_credit_policy",
        search="_search_credit_policy",
        readonly=False,
        tracking=True,
        help="No limit: any amount on credit. Credit limit: up to the available "
        "credit. Prepayment: nothing on credit.",
    )
    # Not for RPC: who may raise credit is checked on the policy.
    credit_policy_by_hand = fields.Selection(
        POLICIES,
        readonly=True,
        groups=fields.NO_ACCESS,
        export_string_translation=False,
    )
    credit_limit = fields.Monetary(
        string="Credit limit",
        compute="_compute_credit_limit",
        help="The limit on the customer form.",
    )
    temporary_limit = fields.Monetary(
        string="Temporary extra limit", tracking=True, help="On top of the limit."
    )
    temporary_limit_until = fields.Date(
        string="Temporary limit until",
        tracking=True,
        help="Last day of the temporary extra limit. Empty: it stays until removed.",
    )
    credit_limit_until = fields.Date(
        string="Credit limit until",
        tracking=True,
        help="Last day of the credit limit. Afterwards it counts as expired. Empty: no "
        "end.",
    )
    guarantee_amount = fields.Monetary(
        string="Guarantee",
        tracking=True,
        help="Insured or guaranteed by others: credit on top of the limit.",
    )
    property_payment_term_id = fields.Many2one(
        "account.payment.term",
        string="Payment terms",
        compute="_compute_partner_terms",
    )
    trust = fields.Selection(
        selection=lambda self: (
            self.env["res.partner"]._fields["trust"]._description_selection(self.env)
        ),
        compute="_compute_partner_terms",
    )

    _temporary_limit_positive = models.Constraint(
        "CHECK (temporary_limit >= 0)",
        "The temporary extra limit cannot be negative.",
    )
    _guarantee_positive = models.Constraint(
        "CHECK (guarantee_amount >= 0)",
        "The guarantee cannot be negative.",
    )

    # === COMPUTE ===#

    @api.depends(
        "credit_policy_by_hand", "credit_limit", "company_id.account_use_credit_limit"
    )
    def _compute_credit_policy(self):
        for profile in self.sudo():
            by_hand = profile.credit_policy_by_hand
            profile.credit_policy = by_hand or profile._get_core_policy()

    def _get_core_policy(self):
        """Return the policy by the fields of the core."""
        uses_limits = self.company_id.sudo().account_use_credit_limit
        return "limit" if uses_limits and self.credit_limit > 0 else "unlimited"

    def _inverse_credit_policy(self):
        """Keep only what core does not say itself; no limit means none in core too."""
        for profile, policy in [(one.sudo(), one.credit_policy) for one in self]:
            core = profile._get_core_policy()
            if policy == "unlimited" and core == "limit":
                profile._get_customer_sudo().credit_limit = 0
            is_core = policy in (core, "unlimited")
            profile.credit_policy_by_hand = False if is_core else policy

    @api.model
    def _search_credit_policy(self, operator, value):
        if operator != "in":
            return NotImplemented
        query = SQL(
            "(SELECT id FROM sale_collection_profile profile WHERE %s = ANY(%s))",
            self._get_policy_sql("profile"),
            list(value),
        )
        return [("id", "in", query)]

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let lists group by the policy."""
        if field_expr != "credit_policy":
            return super()._field_to_sql(alias, field_expr, query)
        return self._get_policy_sql(alias)

    @api.model
    def _get_policy_sql(self, alias):
        """Return the policy of profiles of all root companies.

        :param str alias: of `sale_collection_profile`
        """
        self.flush_model(["credit_policy_by_hand"])
        self.env["res.partner"].flush_model(["credit_limit"])
        self.env["res.company"].flush_model(["account_use_credit_limit"])
        cases = [
            SQL("WHEN %s THEN %s", company.id, self._get_first_policy_sql(company))
            for company in self.env["res.company"].sudo().search([]).root_id
        ]
        return SQL(
            "COALESCE(%s, (SELECT CASE %s %s END FROM res_partner partner"
            " WHERE partner.id = %s))",
            SQL.identifier(alias, "credit_policy_by_hand"),
            SQL.identifier(alias, "company_id"),
            SQL(" ").join(cases),
            SQL.identifier(alias, "partner_id"),
        )

    @api.depends("company_id", "partner_id.credit_limit")
    def _compute_credit_limit(self):
        for company, profiles in self.grouped("company_id").items():
            for profile in profiles.sudo().with_company(company):
                profile.credit_limit = profile.partner_id.credit_limit

    def _compute_partner_terms(self):
        for profile in self:
            customer = profile._get_customer_sudo()
            profile.property_payment_term_id = customer.property_payment_term_id
            profile.trust = customer.trust

    def _get_customer_sudo(self):
        """Return the customer as the root company sees it: limits are read there."""
        return self.partner_id.sudo().with_company(self.company_id)

    # === QUERIES ===#

    @api.model
    def _get_limit_sql(self, company):
        """Return the credit limit of the table `partner` for a root company."""
        # Also of companies that the user is not in.
        partner_model = self.env["res.partner"].sudo().with_company(company)
        field = partner_model._fields["credit_limit"]
        return SQL(
            "COALESCE((partner.credit_limit ->> %s)::float8, %s)",
            str(company.id),
            field.get_company_dependent_fallback(partner_model) or 0.0,
        )

    @api.model
    def _get_first_policy_sql(self, company):
        """Return the credit policy of `partner` by the fields of the core."""
        return SQL(
            """CASE WHEN %s > 0 AND (
                        SELECT account_use_credit_limit FROM res_company WHERE id = %s
                    ) THEN 'limit' ELSE 'unlimited' END""",
            self._get_limit_sql(company),
            company.id,
        )
