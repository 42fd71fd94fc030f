from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...fields import OptionalFloat, OptionalMonetary

POLICIES = [
    ("unlimited", "No limit"),
    ("limit", "Credit limit"),
    ("prepay", "Prepayment"),
]
PAYMENT_FORMS = [
    ("transfer", "Transfer"),
    ("cheque", "Cheque"),
    ("bill", "Bill of exchange"),
    ("cash", "Cash"),
    ("online", "Online"),
]
CHANNELS = [
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("visit", "Visit"),
    ("chat", "Chat"),
    ("letter", "Letter"),
]
WEEKDAYS = [
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]

# What decides on paper how much credit there is.
LIMIT_FIELDS = frozenset(
    {"credit_policy", "temporary_limit", "temporary_limit_until", "guarantee_amount"}
)
# The credit terms kept on the profile.
CREDIT_FIELDS = LIMIT_FIELDS | {"credit_limit_until"}
ROUTINE_FIELDS = frozenset(
    {
        "payment_month_days",
        "payment_weekday",
        "statement_cutoff_day",
        "payment_documents",
        "payment_form",
        "visiting_hours",
        "preferred_channel",
    }
)


class SaleCollectionProfile(models.Model):
    """What one company knows of one customer's credit.

    One per root company and commercial partner, made on demand. The balances and
    the behaviour are a projection of the ledger, written by `_refresh` alone:
    decisions ask `_get_live_facts`, which reads the ledger itself.
    """

    _name = "sale.collection.profile"
    _description = "Credit profile"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "amount_overdue desc, id"
    _rec_name = "partner_id"
    _check_company_auto = True
    _mail_post_access = "read"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Collector",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        ondelete="set null",
        domain="[('share', '=', False)]",
        tracking=True,
        help="Who asks this customer for money. At first the customer's salesperson.",
    )

    # === BALANCES (projection) ===#

    amount_open = fields.Monetary(
        string="Open", readonly=True, help="Not yet paid, due or not."
    )
    amount_not_due = fields.Monetary(string="Not due", readonly=True)
    amount_overdue = fields.Monetary(string="Overdue", readonly=True)
    amount_1_30 = fields.Monetary(string="1-30 days", readonly=True)
    amount_31_60 = fields.Monetary(string="31-60 days", readonly=True)
    amount_61_90 = fields.Monetary(string="61-90 days", readonly=True)
    amount_over_90 = fields.Monetary(string="Over 90 days", readonly=True)
    amount_unapplied = fields.Monetary(
        string="Unapplied",
        readonly=True,
        help="Payments and credit notes not yet matched to an invoice.",
    )
    amount_disputed = fields.Monetary(string="Disputed", readonly=True)
    amount_promised = fields.Monetary(
        string="Promised", readonly=True, help="Overdue and covered by a promise."
    )
    amount_collectable = fields.Monetary(
        string="Collectable",
        readonly=True,
        help="Overdue, less what is disputed, promised or already paid but unmatched.",
    )
    oldest_due_date = fields.Date(string="Oldest due date", readonly=True)
    exposure = fields.Monetary(
        string="Used credit",
        readonly=True,
        help="Open balance less unapplied payments, plus what confirmed orders will "
        "still be invoiced, less what was paid online for them.",
    )
    available_credit = OptionalMonetary(
        string="Available credit",
        readonly=True,
        help="Empty while the customer has no limit.",
    )

    # === BEHAVIOUR (projection) ===#

    avg_days_late = OptionalFloat(
        string="Average days late",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Weighted by amount, over all money received and the overdue amounts "
        "with their age so far.",
    )
    median_days_late = OptionalFloat(
        string="Median days late",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Half of the paid instalments came later than this.",
    )
    late_share = OptionalFloat(
        string="Share paid late",
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="Part of the instalments paid late or late now, after grace and the days "
        "we were at fault. 1 is all of them.",
    )
    late_count = fields.Integer(
        string="Instalments late",
        readonly=True,
        help="Paid late or late now, after grace and the days we were at fault.",
    )
    open_late_count = fields.Integer(
        string="Instalments late now", readonly=True, help="Those still open."
    )
    paid_count = fields.Integer(string="Instalments paid", readonly=True)
    short_pay_share = OptionalFloat(
        string="Share short-paid",
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="Part of the paid instalments where we wrote off a rest.",
    )
    days_late_trend = OptionalFloat(
        string="Trend",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Average days late of the last 90 days less that of before. Positive when "
        "the customer has become slower.",
    )
    bounced_count = fields.Integer(
        string="Bounced payments", readonly=True, help="In the last 12 months."
    )
    first_invoice_date = fields.Date(string="Customer since", readonly=True)
    last_payment_date = fields.Date(string="Last payment", readonly=True)
    promise_kept_ratio = OptionalFloat(
        string="Promises kept", digits=(16, 4), readonly=True, aggregator="avg"
    )
    broken_promise_count = fields.Integer(string="Broken promises", readonly=True)

    # What the averages are made of: money received and, in company currency x days,
    # how late it came; `recent` is the last 90 days. Kept so that the next night need
    # only read the receipts of customers who have paid since.
    paid_late_count = fields.Integer(readonly=True, export_string_translation=False)
    short_paid_count = fields.Integer(readonly=True, export_string_translation=False)
    paid_amount = fields.Monetary(readonly=True, export_string_translation=False)
    paid_days_weight = fields.Float(
        digits=(16, 2), readonly=True, export_string_translation=False
    )
    recent_amount = fields.Monetary(readonly=True, export_string_translation=False)
    recent_days_weight = fields.Float(
        digits=(16, 2), readonly=True, export_string_translation=False
    )

    # When this very row was last written, which is seldom: most nights change
    # nothing. What people want to know is `as_of`.
    refreshed_at = fields.Datetime(readonly=True, export_string_translation=False)
    as_of = fields.Datetime(
        string="As of",
        compute="_compute_as_of",
        help="When these figures were last compared.",
    )

    # === CREDIT ===#

    credit_policy = fields.Selection(
        POLICIES,
        string="Credit policy",
        compute="_compute_credit_policy",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        tracking=True,
        help="No limit: any amount on credit. Credit limit: up to the available "
        "credit. Prepayment: nothing on credit.",
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

    _partner_unique = models.Constraint(
        "UNIQUE (company_id, partner_id)",
        "A customer has one credit profile in each company.",
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

    @api.depends("partner_id")
    def _compute_user_id(self):
        for profile in self:
            profile.user_id = profile.user_id or profile.partner_id.sudo().user_id

    @api.depends("company_id", "partner_id")
    def _compute_credit_policy(self):
        for profile in self:
            profile.credit_policy = profile.credit_policy or (
                "limit"
                if profile.company_id.sudo().account_use_credit_limit
                and profile.credit_limit > 0
                else "unlimited"
            )

    @api.depends("company_id", "partner_id.credit_limit")
    def _compute_credit_limit(self):
        for company, profiles in self.grouped("company_id").items():
            for profile in profiles.sudo().with_company(company):
                profile.credit_limit = profile.partner_id.credit_limit

    @api.depends("refreshed_at", "company_id")
    def _compute_as_of(self):
        for profile in self:
            nightly = profile.company_id.sudo().collection_refreshed_at
            moments = [moment for moment in (profile.refreshed_at, nightly) if moment]
            profile.as_of = max(moments, default=False)

    # === CRUD ===#

    def write(self, vals):
        self._check_guarded_fields(vals)
        vals = self._normalize_values(vals)
        if not CREDIT_FIELDS.isdisjoint(vals):
            # What one may buy on credit is on record whatever the caller asks for.
            self = self.with_context(tracking_disable=False, mail_notrack=False)
        result = super().write(vals)
        for names, effect in self._get_write_effects():
            if not names.isdisjoint(vals):
                getattr(self, effect)()
        return result

    @api.model
    def _get_guarded_fields(self):
        """Return {xml id of a group: fields only its users may write}.

        Everybody who may write a profile may note how the customer pays.
        """
        controller = "sale_collection.group_credit_controller"
        return {controller: set(self._fields) - ROUTINE_FIELDS}

    @api.model
    def _check_guarded_fields(self, vals):
        """Check the right to write these fields.

        :raise AccessError: a field is guarded by a group the user is not in
        """
        if self.env.su:
            return
        for group, names in self._get_guarded_fields().items():
            guarded = names & set(vals)
            if guarded and not self.env.user.has_group(group):
                raise AccessError(
                    self.env._(
                        "%(fields)s of a customer: only %(group)s change this. You can "
                        "note how the customer pays.",
                        fields=", ".join(self._get_labels(guarded)),
                        group=self.env.ref(group).sudo().name,
                    )
                )

    @api.model
    def _get_labels(self, names):
        described = self.sudo().fields_get(sorted(names), ["string"])
        return [field["string"] for field in described.values()]

    @api.model
    def _get_write_effects(self):
        """Return what follows from writing fields, as pairs (field names, method)."""
        return [
            # whoever changes a limit wants to see at once what it leaves
            (LIMIT_FIELDS, "_refresh"),
            (CREDIT_FIELDS | {"excluded"}, "_queue_refresh"),
        ]

    def _queue_refresh(self):
        """Have everything that hangs on these customers brought up to date."""
        queue = self.env["sale.collection.queue"].sudo()
        for company, profiles in self.sudo().grouped("company_id").items():
            queue._push("partner", profiles.partner_id.ids, company)

    # === MAKE ===#

    @api.model
    def _for(self, partners):
        """Return the profiles of these customers here, made where missing.

        Contacts count for their commercial partner, branches for their root company.
        """
        customers = partners.sudo().commercial_partner_id
        return self._make(self.env.company.root_id, customers.ids)

    @api.model
    def _make(self, company, partner_ids):
        """Return the profiles of customers of one root company, made where missing."""
        if not partner_ids:
            return self.browse()
        self.flush_model(["company_id", "partner_id"])
        self.env["res.partner"].flush_model(["user_id", "credit_limit"])
        self.env["res.company"].flush_model(["account_use_credit_limit"])
        self.env.execute_query(
            SQL(
                """
                INSERT INTO sale_collection_profile (
                    company_id, partner_id, user_id, credit_policy,
                    create_uid, create_date, write_uid, write_date
                )
                SELECT %(company)s, partner.id, partner.user_id, %(policy)s,
                       %(uid)s, now() AT TIME ZONE 'UTC',
                       %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM res_partner partner
                 WHERE partner.id = ANY(%(partners)s)
                   AND NOT EXISTS (
                       SELECT FROM sale_collection_profile profile
                        WHERE profile.company_id = %(company)s
                          AND profile.partner_id = partner.id
                   )
              ORDER BY partner.id
                    ON CONFLICT (company_id, partner_id) DO NOTHING
                RETURNING id
                """,
                company=company.id,
                partners=list(partner_ids),
                policy=self._get_first_policy_sql(company),
                uid=self.env.uid,
            )
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM sale_collection_profile
                 WHERE company_id = %s AND partner_id = ANY(%s)
              ORDER BY id
                """,
                company.id,
                list(partner_ids),
            )
        )
        return self.browse([row[0] for row in rows])

    @api.model
    def _get_limit_sql(self, company):
        """Return the credit limit of the table `partner` for a root company."""
        partner_model = self.env["res.partner"].with_company(company)
        field = partner_model._fields["credit_limit"]
        return SQL(
            "COALESCE((partner.credit_limit ->> %s)::float8, %s)",
            str(company.id),
            field.get_company_dependent_fallback(partner_model) or 0.0,
        )

    @api.model
    def _get_first_policy_sql(self, company):
        """Return the credit policy a customer without a profile is judged by."""
        return SQL(
            """CASE WHEN %s > 0 AND (
                        SELECT account_use_credit_limit FROM res_company WHERE id = %s
                    ) THEN 'limit' ELSE 'unlimited' END""",
            self._get_limit_sql(company),
            company.id,
        )
