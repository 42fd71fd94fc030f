from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.entry import find_flaw
from ...tools.figures import NO_DEBTS
from ..core.open_line import pending_sql

# What core lets every billing user write. `use_partner_credit_limit` is not one of
# them: its inverse writes `credit_limit`.
PARTNER_TERMS = ("credit_limit", "trust", "property_payment_term_id")
READERS = (
    "account.group_account_invoice,account.group_account_readonly,"
    "sale_collection.group_credit_controller"
)
# Why terms change, by customer: told by the server to itself, not by a client.
REASONS = "sale_collection.terms_reasons"


class ResPartner(models.Model):
    """A customer with its credit profile, its owner and its guarded credit terms.

    Credit terms are changed by credit controllers only, and on record.
    """

    _inherit = "res.partner"

    collection_profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        compute="_compute_collection_profile_id",
        search="_search_collection_profile_id",
        groups="sale_collection.group_user,account.group_account_readonly",
        help="How this customer pays and what it may buy on credit.",
    )
    collection_is_own = fields.Boolean(
        string="My customer",
        compute="_compute_collection_is_own",
        search="_search_collection_is_own",
        help="You collect from this customer, you are its salesperson or that of "
        "one of its open invoices.",
        groups="base.group_user",
    )
    collection_overdue = fields.Monetary(
        string="Overdue",
        compute="_compute_collection_overdue",
        groups="sale_collection.group_user,account.group_account_readonly",
    )
    collection_summary_html = fields.Html(
        compute="_compute_collection_summary_html",
        sanitize=False,
        groups="sale_collection.group_user,account.group_account_readonly",
        export_string_translation=False,
    )
    collection_role_ids = fields.One2many(
        "sale.collection.contact.role",
        "customer_id",
        string="Contacts for collection",
        groups="sale_collection.group_user,account.group_account_readonly",
    )

    credit_limit = fields.Float(string="Credit limit", groups=READERS)
    use_partner_credit_limit = fields.Boolean(groups=READERS)
    show_credit_limit = fields.Boolean(groups=READERS)
    collection_can_edit_terms = fields.Boolean(
        compute="_compute_collection_can_edit_terms",
        export_string_translation=False,
        groups="base.group_user",
    )

    # === COMPUTE ===#

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid", "allowed_company_ids")
    def _compute_collection_profile_id(self):
        Profile = self.env["sale.collection.profile"]
        visible = self._filter_collection_visible()
        profiles = (
            Profile.sudo()
            .search(
                [
                    ("company_id", "=", self.env.company.root_id.id),
                    ("partner_id", "in", visible.commercial_partner_id.ids),
                ]
            )
            .grouped("partner_id")
        )
        self.collection_profile_id = False
        for partner in visible:
            profile = profiles.get(partner.commercial_partner_id, Profile)
            partner.collection_profile_id = profile.sudo(False)

    def _search_collection_profile_id(self, operator, value):
        if operator == "not in" or operator.startswith("not "):
            return NotImplemented
        Profile = self.env["sale.collection.profile"]
        here = Domain("company_id", "=", self.env.company.root_id.id)
        found = self._get_profile_domain(operator, value)
        query = Profile._search(here & found)
        owner = SQL.identifier(Profile._table, "partner_id")
        domain = Domain("commercial_partner_id", "in", query.subselect(owner))
        if operator == "in" and False in value:
            every = Profile.sudo()._search(here).subselect(owner)
            domain |= Domain("commercial_partner_id", "not in", every)
        return domain

    @api.model
    def _get_profile_domain(self, operator, value):
        """Return the profiles that a condition on the profile field means."""
        if operator in ("any", "any!"):
            if isinstance(value, Domain):
                return value
            return Domain("id", "in", value)
        if operator == "in":
            return Domain("id", "in", [record_id for record_id in value if record_id])
        return Domain("display_name", operator, value)

    @api.depends("collection_profile_id")
    @api.depends_context("company", "uid", "allowed_company_ids")
    def _compute_collection_overdue(self):
        self.collection_overdue = 0.0
        known = self.filtered("collection_profile_id")
        debts = known._get_collection_debts()
        for partner in known:
            customer = partner.commercial_partner_id
            partner.collection_overdue = debts[customer.id]["amount_overdue"]

    @api.depends("collection_profile_id")
    @api.depends_context("company", "uid", "lang", "allowed_company_ids")
    def _compute_collection_summary_html(self):
        self.collection_summary_html = False
        totals = self._get_collection_totals()
        summary = self.env["sale.collection.summary"]
        for partner in self.filtered("collection_profile_id"):
            partner.collection_summary_html = summary._render_summary(
                partner.collection_profile_id.sudo(),
                totals[partner.commercial_partner_id.id],
            )

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_collection_is_own(self):
        # A form not saved yet may name another parent, whose debts it would show.
        asked = {
            partner: partner
            if partner.id
            else partner._origin | partner.commercial_partner_id._origin
            for partner in self
        }
        own = self.sudo().with_context(active_test=False)
        ids = self.browse().union(*asked.values()).ids
        own = own.search([("id", "in", ids), ("collection_is_own", "=", True)])
        for partner, owners in asked.items():
            partner.collection_is_own = bool(owners) and owners <= own

    def _search_collection_is_own(self, operator, value):
        if operator != "in":
            return NotImplemented
        own = Domain.OR(
            Domain("commercial_partner_id", "in", customers)
            for customers in self._get_own_customer_queries()
        )
        return own if True in value else ~own

    @api.model
    def _get_own_customer_queries(self):
        """Return the subselects of the customers of the user, one per way to own.

        A customer is owned by its collector, by its salesperson and by the
        salesperson of each of its open invoices.
        """
        user_id, roots = self.env.uid, self.env.companies.root_id
        partner = self.env["res.partner"].sudo().with_context(active_test=False)
        collected = self.env["sale.collection.profile"].sudo()
        invoiced = self.env["account.move.line"].sudo()
        return [
            partner._search([("user_id", "=", user_id)]).subselect(
                SQL.identifier(partner._table, "id")
            ),
            collected._search(
                [("user_id", "=", user_id), ("company_id", "in", roots.ids)]
            ).subselect(SQL.identifier(collected._table, "partner_id")),
            *(
                invoiced._search(
                    [
                        ("move_id.invoice_user_id", "=", user_id),
                        ("account_id.account_type", "=", "asset_receivable"),
                        ("parent_state", "=", "posted"),
                        ("company_id", "child_of", roots.ids),
                        is_open,
                    ]
                ).subselect(SQL.identifier(invoiced._table, "partner_id"))
                for is_open in self._get_open_conditions(roots)
            ),
        ]

    @api.model
    def _get_open_conditions(self, roots):
        """Return the ways in which a line is open, each served by an index."""
        self.env["account.move.line"]._flush_open()
        pending = [
            SQL(
                "(SELECT owed_id FROM (%s) pending)",
                pending_sql(root, root._collection_today()),
            )
            for root in roots.sudo()
        ]
        return [("reconciled", "=", False), *(("id", "in", own) for own in pending)]

    @api.depends_context("uid")
    def _compute_collection_can_edit_terms(self):
        self.collection_can_edit_terms = self._may_edit_credit_terms()

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_credit_limit(vals)
        partners = super().create(vals_list)
        if not partners._may_edit_credit_terms():
            partners._check_first_credit_terms()
        return partners

    def write(self, vals):
        self._check_credit_limit(vals)
        changes = self._collect_credit_changes(vals)
        self._check_credit_changes(changes)
        owners = {
            partner: partner.commercial_partner_id
            for partner in (self if "parent_id" in vals else ())
        }
        result = super().write(vals)
        if changes:
            self._log_credit_changes(changes)
            self._queue_changed_limits(changes)
        for partner, owner in owners.items():
            if partner.commercial_partner_id != owner:
                partner._collection_follow_owner(owner)
        return result

    # === WHO SEES WHAT ===#

    def _filter_collection_visible(self):
        """Return the customers whose figures the user may see.

        Wider than their rights in accounting: of their own customers they see all
        figures, those on invoices of colleagues too.
        """
        if self.env.su or self._sees_all_customers():
            return self
        if self.env.user.has_group("sale_collection.group_user"):
            return self.filtered("collection_is_own")
        return self.browse()

    @api.model
    def _collection_filter_documents(self, documents):
        """Return those documents, of customers whose figures the user may see.

        :param documents: records with a company and a partner
        """
        roots = self.env.companies.sudo().root_id
        here = documents.sudo().filtered(lambda one: one.company_id.root_id in roots)
        customers = here.partner_id.commercial_partner_id.sudo(False)
        visible = customers._filter_collection_visible()
        shown = here.filtered(
            lambda one: one.partner_id.commercial_partner_id in visible
        )
        return documents & shown.with_env(documents.env)

    @api.model
    def _sees_all_customers(self):
        user = self.env.user
        return user.has_group("sale_collection.group_all_customers") or user.has_group(
            "account.group_account_readonly"
        )

    def _get_collection_totals(self, today=None):
        """Return the live figures of the customers the user may see.

        The one door to figures that cover entries the user cannot read: rights are
        checked here, what comes back is plain values.

        :return: {commercial partner id: dict with the keys of the projection}
        """
        customers = self._filter_collection_visible().commercial_partner_id
        if not customers:
            return {}
        return self.env["sale.collection.profile"]._get_customer_facts(customers, today)

    def _get_collection_debts(self):
        """Return what the customers the user may see owe, of the same figures.

        One query, for what stands on every form.

        :return: {commercial partner id: {one of DEBT_KEYS: value}}
        """
        customers = self._filter_collection_visible().commercial_partner_id
        if not customers:
            return {}
        company = self.env.company.sudo().root_id
        self.env.flush_all()
        debts = self.env["sale.collection.debts"].sudo()
        found = debts._collect_debts(
            company, company._collection_today(), customers.ids
        )
        return dict.fromkeys(customers.ids, NO_DEBTS) | found

    # === CREDIT TERMS ===#

    @api.model
    def _check_credit_limit(self, vals):
        """Refuse a limit nobody can work with, before the database meets it."""
        limit = vals.get("credit_limit")
        if limit and (find_flaw("float", limit) or float(limit) < 0):
            raise ValidationError(
                self.env._("Credit limit: enter zero or more, of at most 15 digits.")
            )

    def _write_credit_terms(self, terms, reason):
        """Write credit terms of this customer, with the reason for the record."""
        self.ensure_one()
        reasons = self.env.cr.precommit.data.setdefault(REASONS, {})
        reasons[self.id] = reason
        try:
            self.write(terms)
        finally:
            del reasons[self.id]

    @api.model
    def _check_credit_changes(self, changes):
        """Check the right to change credit terms; consumers add checks of their own.

        :param changes: {partner: {field name: (old, new)}}
        :raise AccessError: the user may not
        """
        if changes and not self._may_edit_credit_terms():
            partner, terms = next(iter(changes.items()))
            raise AccessError(self._get_credit_terms_message(partner, terms))

    @api.model
    def _queue_changed_limits(self, changes):
        """Have the available credit of customers with another limit refreshed."""
        customers = self.browse(
            partner.commercial_partner_id.id
            for partner, terms in changes.items()
            if "credit_limit" in terms
        )
        self._end_limits_by_hand(customers)
        self.env["sale.collection.queue"].sudo()._push(
            "partner", customers.ids, self.env.company
        )

    @api.model
    def _end_limits_by_hand(self, customers):
        """Leave limits to the core again where one was entered or taken away there."""
        company = self.env.company.root_id
        if company.sudo().account_use_credit_limit:
            self.env["sale.collection.profile"].sudo().search(
                [
                    ("partner_id", "in", customers.ids),
                    ("company_id", "=", company.id),
                    ("credit_policy_by_hand", "=", "limit"),
                ]
            ).credit_policy_by_hand = False

    @api.model
    def _may_edit_credit_terms(self):
        return self.env.su or self.env.user.has_group(
            "sale_collection.group_credit_controller"
        )

    def _check_first_credit_terms(self):
        """Check that new customers have the terms of the company or of their parent.

        The records are checked, not the values given: defaults come from the context
        as well.

        :raise AccessError: a customer has other terms
        """
        for partner in self.sudo():
            parent = partner.commercial_partner_id - partner
            given = [
                name
                for name in PARTNER_TERMS
                if partner[name] != partner._get_company_terms(name)
                and not (parent and partner[name] == parent[name])
            ]
            if given:
                raise AccessError(self._get_credit_terms_message(partner, given))

    def _get_company_terms(self, name):
        """Return the value of this field for customers without one of their own."""
        return self._fields[name].get_company_dependent_fallback(self)

    def _collect_credit_changes(self, vals):
        """Return {partner: {field name: (old, new)}} of the terms really changed."""
        names = [name for name in PARTNER_TERMS if name in vals]
        changes = defaultdict(dict)
        for partner in self.sudo() if names else ():
            for name in names:
                field = self._fields[name]
                new = field.convert_to_cache(vals[name], partner)
                if (new or None) != (
                    field.convert_to_cache(partner[name], partner) or None
                ):
                    changes[partner][name] = (
                        partner[name],
                        field.convert_to_record(new, partner),
                    )
        return changes

    @api.model
    def _get_credit_terms_message(self, partner, names):
        return self.env._(
            "Only credit controllers change credit terms. Ask one of them to set "
            "%(terms)s of %(customer)s.",
            terms=", ".join(self._get_terms_labels(names).values()),
            customer=partner.display_name,
        )

    @api.model
    def _get_terms_labels(self, names):
        described = self.sudo().fields_get(list(names), ["string"])
        return {name: described[name]["string"] for name in names}

    @api.model
    def _log_credit_changes(self, changes):
        """Note who changed which terms, and why, on the profiles of the customers.

        As tracked values of the profile, whose fields show them: they read like the
        terms kept on the profile, in its history and in the log of decisions.
        """
        customers = self.browse(
            partner.id
            for partner in changes
            if partner.commercial_partner_id == partner
        )
        profiles = self.env["sale.collection.profile"].sudo()._for(customers)
        profiles = profiles.with_user(self.env.user).sudo()
        reasons = self.env.cr.precommit.data.get(REASONS, {})
        title = self.env._("Credit terms changed on the customer")
        messages = profiles._message_log_batch(
            {
                profile.id: reasons.get(profile.partner_id.id) or title
                for profile in profiles
            }
        )
        described = profiles.fields_get(PARTNER_TERMS)
        tracked = self.env["mail.tracking.value"].sudo()
        tracked.create(
            [
                {
                    "mail_message_id": message.id,
                    **tracked._create_tracking_values(
                        old, new, name, described[name], profile
                    ),
                }
                for profile, message in zip(profiles, messages, strict=True)
                for name, (old, new) in changes[profile.partner_id].items()
            ]
        )

    # === MERGE AND CHANGE OF OWNER ===#

    def _collection_follow_owner(self, old_owner):
        """Give what we know of a customer to the customer it now belongs to.

        A contact that leaves its customer takes nothing along: accounting leaves
        the entries with the customer.
        """
        new_owner = self.commercial_partner_id
        if old_owner == self:
            self._collection_hand_over(new_owner)
        (old_owner | new_owner)._collection_queue()

    def _collection_hand_over(self, customer):
        """Move receipts, history and profiles of these customers to `customer`."""
        self.env["sale.collection.history"]._prepare_hand_over(self, customer)
        for table in self._get_collection_customer_tables():
            # By SQL: the ledger has no other way to change, its owner alone moves.
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET partner_id = %s WHERE partner_id IN %s",
                    SQL.identifier(table),
                    customer.id,
                    self._ids,
                )
            )
        self.env.invalidate_all()
        profiles = self.env["sale.collection.profile"].sudo()
        profiles.search([("partner_id", "in", self.ids)])._hand_over(customer)

    @api.model
    def _get_collection_customer_tables(self):
        """Return the tables whose `partner_id` is the customer a row belongs to.

        Those that read it from their profile follow the profile.
        """
        return [
            "sale_collection_receipt",
            "sale_collection_history",
            "sale_collection_bounce",
        ]

    def _collection_queue(self):
        """Have the figures of these customers refreshed within a minute."""
        profiles = self.env["sale.collection.profile"].sudo()
        profiles = profiles.search([("partner_id", "in", self.ids)])
        for company in profiles.company_id | self.env.company.root_id:
            self.env["sale.collection.queue"]._push("partner", self.ids, company)

    # === ACTIONS ===#

    def action_open_collection_profile(self):
        """Open the credit profile of the customer, making it when there is none."""
        self.ensure_one()
        if not self._filter_collection_visible():
            raise AccessError(self.env._("This is not one of your customers."))
        profile = self.env["sale.collection.profile"].sudo()._for(self)
        return profile._get_records_action(name=self.env._("Credit profile"))

    def action_open_collection_roles(self):
        """Open who of the customer does what."""
        self.ensure_one()
        return self.collection_profile_id.action_open_contact_roles()

    def action_change_credit_terms(self):
        """Open the dialog to change the credit terms of the customer."""
        self.ensure_one()
        return self.collection_profile_id.action_change_credit_terms()
