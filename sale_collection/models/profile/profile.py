from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from ...tools.window import open_dialog, open_list
from .projection import PROJECTION

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

# The terms that say how much credit there is.
LIMIT_FIELDS = frozenset(
    {"credit_policy", "temporary_limit", "temporary_limit_until", "guarantee_amount"}
)
# The credit terms kept on the profile; those on the customer are in `res_partner`.
PROFILE_TERMS = LIMIT_FIELDS | {"credit_limit_until"}
# Days for which a bounced payment is told of.
BOUNCE_DAYS = 90
# What everybody who may write a profile notes about the customer.
ROUTINE_FIELDS = (
    "payment_month_days",
    "payment_weekday",
    "statement_cutoff_day",
    "payment_documents",
    "payment_form",
    "visiting_hours",
    "preferred_channel",
)


class SaleCollectionProfile(models.Model):
    """What one company knows of one customer's credit.

    One per root company and commercial partner, made on demand: what the customer may
    buy on credit, how it pays, who collects; and the projection of its figures.
    """

    _name = "sale.collection.profile"
    _description = "Credit profile"
    _inherit = [
        "sale.collection.code.written",
        "sale.collection.credit",
        "sale.collection.habit",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "amount_overdue desc, id"
    _rec_name = "partner_id"
    _check_company_auto = True
    _mail_post_access = "read"

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

    # === HOW THE CUSTOMER PAYS, AND IS ASKED ===#

    statement_cutoff_day = fields.Integer(
        string="Statement cut-off",
        help="Day of the month after which an invoice waits for the customer's next "
        "statement. 0: none.",
    )
    payment_documents = fields.Text(
        string="Documents needed",
        help="What the customer must have before it pays: delivery slip, acceptance "
        "report, statement.",
    )
    payment_form = fields.Selection(PAYMENT_FORMS, string="Usual payment form")
    visiting_hours = fields.Char(
        string="Visiting hours", help="When somebody is there to receive a visit."
    )
    preferred_channel = fields.Selection(CHANNELS, string="Preferred channel")
    excluded = fields.Boolean(
        string="Not chased",
        tracking=True,
        copy=False,
        index="btree_not_null",
        help="Gets no reminders and no holds, and counts nothing as collectable.",
    )
    excluded_reason = fields.Char(string="Why not chased", tracking=True, copy=False)
    summary_html = fields.Html(
        string="Summary",
        compute="_compute_summary_html",
        sanitize=False,
        export_string_translation=False,
    )

    # === WHOM TO SPEAK TO ===#

    people_html = fields.Html(
        string="People",
        compute="_compute_people_html",
        sanitize=False,
        help="Who does what at this customer, to call and to write to.",
    )
    call_id = fields.Many2one(
        "res.partner", string="Whom to call", compute="_compute_call_id"
    )
    call_name = fields.Char(string="Person", compute="_compute_call_id")
    call_phone = fields.Char(string="Phone", compute="_compute_call_id")
    call_email = fields.Char(string="E-mail", compute="_compute_call_id")

    # === WHAT IS OPEN, AND WHAT WENT WRONG ===#

    open_item_ids = fields.Many2many(
        "sale.collection.open.item",
        string="Open instalments",
        compute="_compute_open_item_ids",
    )
    bounce_notice = fields.Char(
        string="Notice of bounced payments",
        compute="_compute_bounce_notice",
        help="The payments of the last 90 days that bounced.",
    )
    timeline_html = fields.Html(
        string="Timeline",
        compute="_compute_timeline_html",
        sanitize=False,
        help="The latest of all that happened about money.",
    )

    _partner_unique = models.Constraint(
        "UNIQUE (company_id, partner_id)",
        "A customer has one credit profile in each company.",
    )
    _statement_cutoff_day_in_month = models.Constraint(
        "CHECK (statement_cutoff_day BETWEEN 0 AND 31)",
        "The statement cut-off is a day of the month, 1 to 31, or 0 for none.",
    )

    def init(self):
        # A night in which all debts are a day older writes nearly every row: with
        # room beside it, and no index is written.
        self.env.cr.execute(
            SQL("ALTER TABLE %s SET (fillfactor = 50)", SQL.identifier(self._table))
        )

    # === COMPUTE ===#

    @api.depends("partner_id")
    def _compute_user_id(self):
        for profile in self:
            profile.user_id = profile.user_id or profile.partner_id.sudo().user_id

    @api.depends_context("lang", "uid")
    def _compute_summary_html(self):
        summary = self.env["sale.collection.summary"]
        for profile in self:
            profile.summary_html = summary._render_summary(
                profile, {name: profile[name] for name in PROJECTION}, profile.as_of
            )

    @api.depends("partner_id")
    @api.depends_context("lang")
    def _compute_people_html(self):
        summary = self.env["sale.collection.summary"]
        people = self.env["sale.collection.contact.role"]._get_people(self.partner_id)
        for profile in self:
            roles = people.get(profile.partner_id)
            profile.people_html = summary._render_people(profile, roles)

    @api.depends("partner_id")
    def _compute_call_id(self):
        """Take who is to be called; what is missing there is the customer's own."""
        roles = self.env["sale.collection.contact.role"]
        persons = roles._get_persons_to_call(self.partner_id)
        for profile in self:
            customer = profile.partner_id.sudo()
            person = persons.get(customer, customer)
            profile.call_id = person
            profile.call_name = person != customer and person.name
            profile.call_phone = person.phone or customer.phone
            profile.call_email = person.email or customer.email

    @api.depends("partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_open_item_ids(self):
        items = self.env["sale.collection.open.item"]
        found = items.search([("partner_id", "in", self.partner_id.ids)])
        found = found.grouped(lambda item: (item.company_id.root_id, item.partner_id))
        for profile in self:
            mine = found.get((profile.company_id, profile.partner_id), items)
            profile.open_item_ids = mine

    @api.depends("partner_id")
    @api.depends_context("lang")
    def _compute_bounce_notice(self):
        bounces = self.env["sale.collection.bounce"].sudo()
        found = {}
        for company, profiles in self.sudo().grouped("company_id").items():
            since = company._collection_today() - timedelta(BOUNCE_DAYS)
            rows = bounces.search(
                [
                    ("partner_id", "in", profiles.partner_id.ids),
                    ("company_id", "child_of", company.ids),
                    ("date", ">", since),
                ]
            ).grouped("partner_id")
            found |= {(company, customer): rows[customer] for customer in rows}
        for profile in self:
            mine = found.get((profile.company_id, profile.partner_id), ())
            profile.bounce_notice = " ".join(one._describe() for one in mine)

    @api.depends("partner_id")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_timeline_html(self):
        summary = self.env["sale.collection.summary"]
        for profile in self:
            profile.timeline_html = summary._render_timeline(profile)

    # === CONSTRAINTS ===#

    @api.constrains("excluded", "excluded_reason")
    def _check_excluded_reason(self):
        for profile in self:
            if profile.excluded and not (profile.excluded_reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "Why not chased: say why %(customer)s is excluded.",
                        customer=profile.partner_id.display_name,
                    )
                )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._normalize_values(vals) for vals in vals_list])

    def write(self, vals):
        self._check_guarded_fields(vals)
        vals = self._normalize_values(vals)
        if not PROFILE_TERMS.isdisjoint(vals):
            # What one may buy on credit is on record whatever the caller asks for.
            self = self.with_context(tracking_disable=False, mail_notrack=False)
        result = super().write(vals)
        for names, effect in self._get_write_effects():
            if not names.isdisjoint(vals):
                getattr(self, effect)()
        return result

    @api.model
    def _get_guarded_fields(self):
        """Return {xml id of a group: fields only its users may write}."""
        controller = "sale_collection.group_credit_controller"
        return {controller: set(self._fields).difference(ROUTINE_FIELDS)}

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
            (PROFILE_TERMS | {"excluded"}, "_queue_refresh"),
        ]

    def _queue_refresh(self):
        """Have everything that hangs on these customers brought up to date."""
        queue = self.env["sale.collection.queue"].sudo()
        for company, profiles in self.sudo().grouped("company_id").items():
            queue._push("partner", profiles.partner_id.ids, company)

    @api.model
    def _normalize_values(self, vals):
        """Return values with the days as `10,25`, the way the forecast reads them."""
        if not vals.get("payment_month_days"):
            return vals
        found = ",".join(map(str, self._parse_month_days(vals["payment_month_days"])))
        return {**vals, "payment_month_days": found}

    # === MAKE ===#

    @api.model
    def _for(self, partners):
        """Return the profiles of these customers here, made where missing.

        Contacts count for their commercial partner, branches for their root company.
        """
        customers = partners.sudo().commercial_partner_id
        return self._make(self.env.company.root_id, customers.ids)

    # === FIGURES ===#

    def _get_live_facts(self, today=None):
        """Read the figures of these customers from the ledger as it stands.

        :param date today: the company's own today when left out
        :return: {partner id: {field of the projection: value}}; None where unknown,
            amounts in the currency of the company
        """
        facts = {}
        for company, profiles in self.sudo().grouped("company_id").items():
            partners = profiles.partner_id
            facts |= profiles.with_company(company)._get_customer_facts(partners, today)
        return facts

    @api.model
    def _get_customer_facts(self, partners, today=None):
        """Read the figures of customers of this company, as `_get_live_facts` does.

        :param partners: customers with or without a profile, or contacts of theirs
        """
        company = self.env.company.sudo().root_id
        today = today or company._collection_today()
        as_of = self.env.cr.now().replace(microsecond=0)
        customers = partners.sudo().commercial_partner_id
        facts = (
            self.env["sale.collection.figures"]
            .sudo()
            ._collect_figures(company, today, customers.ids)
        )
        return {customer: found | {"as_of": as_of} for customer, found in facts.items()}

    def _refresh(self, today=None):
        """Compare the projection with the ledger and write what differs.

        On no record: every customer of the company with receivables, receipts,
        history, orders or a limit, profiles made where missing. Writes profiles only.

        :param date today: the company's own today when left out
        :return: number of profiles written
        """
        written = 0
        for company, profiles in self._by_company():
            day = today or company._collection_today()
            figures = self.env["sale.collection.figures"].sudo()
            if profiles:
                written += figures._refresh_some(profiles, company, day)
            else:
                written += figures._refresh_everyone(company, day)
        return written

    @api.model
    def _refresh_touched(self, partners, today=None):
        """Bring everything up to date that hangs on customers something happened to.

        :param partners: contacts or customers
        :return: their profiles
        """
        profiles = self._for(partners)
        if profiles:
            for _sequence, step in sorted(self._get_touched_steps()):
                getattr(profiles, step)(today)
        return profiles

    @api.model
    def _get_touched_steps(self):
        """Return what is done for touched customers, as pairs (sequence, method name).

        The methods work on profiles of one root company and take `today`. Sequences:
        10 promises judged, 20 figures refreshed, 30 graded, 40 money told of, 50
        orders judged, 60 stage set.
        """
        return [(20, "_refresh")]

    def _by_company(self):
        """Return pairs of root company and profiles; no profiles stand for all."""
        if self:
            return list(self.sudo().grouped("company_id").items())
        return [(self.env.company.sudo().root_id, self.sudo())]

    # === MERGE ===#

    def _hand_over(self, customer):
        """Give these profiles to `customer`.

        Where it has a profile already, all that refers to the given one moves there
        and the emptied profile is dropped.
        """
        taken = self.search([("partner_id", "=", customer.id)]).grouped("company_id")
        given = self - self.browse().union(*taken.values())
        for company, profiles in given.grouped("company_id").items():
            kept = taken.get(company, profiles[:1])
            (profiles - kept)._move_children(kept)
            kept.partner_id = customer
            # Children moved by SQL read the customer from their new profile.
            kept.modified(["partner_id"])

    def _move_children(self, kept):
        """Move all that refers to these profiles to `kept` and drop them."""
        if not self:
            return
        merge = self.env["base.partner.merge.automatic.wizard"].sudo()
        self.env.flush_all()
        merge._update_foreign_keys_generic(self._name, self, kept)
        merge._update_reference_fields_generic(self._name, self, kept)
        self.env.invalidate_all()
        self.unlink()

    # === ACTIONS ===#

    def action_change_credit_terms(self):
        """Open the dialog to change the credit terms."""
        self.ensure_one()
        return open_dialog(
            self.env._("Change credit terms"),
            "sale.collection.credit.terms",
            default_profile_id=self.id,
        )

    def action_open_items(self):
        """Open the open instalments of the customer."""
        return self._open_entries("sale_collection.open_item_action")

    def action_open_receipts(self):
        """Open the money collected from the customer."""
        action = self._open_entries("sale_collection.receipt_action")
        return {**action, "view_mode": "list,pivot,graph", "views": False}

    def action_open_timeline(self):
        """Show all that happened between this customer and us about money."""
        action = self._open_entries("sale_collection.timeline_action")
        here = ("company_id", "child_of", self.company_id.id)
        return {**action, "domain": [*action["domain"], here]}

    def _open_entries(self, action_xmlid):
        """Return this action with the records of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(action_xmlid)
        action["domain"] = [("partner_id", "=", self.partner_id.id)]
        action["context"] = {}
        return action

    def action_open_contact_roles(self):
        """Open who of the customer does what."""
        self.ensure_one()
        customer_id = self.partner_id.id
        return open_list(
            self.env._("Who does what"),
            "sale.collection.contact.role",
            [("customer_id", "=", customer_id)],
            "list",
            default_customer_id=customer_id,
        )
