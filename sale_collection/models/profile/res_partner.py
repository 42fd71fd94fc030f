from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL


class ResPartner(models.Model):
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
    )

    collection_overdue = fields.Monetary(
        string="Overdue",
        compute="_compute_collection_summary",
        groups="sale_collection.group_user,account.group_account_readonly",
    )
    collection_summary_html = fields.Html(
        compute="_compute_collection_summary",
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
    @api.depends_context("company", "uid", "lang", "allowed_company_ids")
    def _compute_collection_summary(self):
        self.collection_overdue = 0.0
        self.collection_summary_html = False
        totals = self._get_collection_totals()
        for partner in self.filtered("collection_profile_id"):
            facts = totals[partner.commercial_partner_id.id]
            profile = partner.collection_profile_id.sudo()
            partner.collection_overdue = facts["amount_overdue"]
            partner.collection_summary_html = profile._render_summary(facts)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_collection_is_own(self):
        own = self.sudo().with_context(active_test=False)
        own = own.search([("id", "in", self.ids), ("collection_is_own", "=", True)])
        for partner in self:
            partner.collection_is_own = partner._origin.id in own._ids

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
            invoiced._search(
                [
                    ("move_id.invoice_user_id", "=", user_id),
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                    ("reconciled", "=", False),
                    ("company_id", "child_of", roots.ids),
                ]
            ).subselect(SQL.identifier(invoiced._table, "partner_id")),
        ]

    # === BUSINESS ===#

    def _filter_collection_visible(self):
        """Return the customers whose figures the user may see.

        Wider than his rights in accounting: all figures of a customer of his own,
        those on invoices of a colleague too.
        """
        if self.env.su or self._sees_all_customers():
            return self
        if self.env.user.has_group("sale_collection.group_user"):
            return self.filtered("collection_is_own")
        return self.browse()

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

    # === ACTIONS ===#

    def action_open_collection_profile(self):
        """Open the credit profile of the customer, making it when there is none."""
        self.ensure_one()
        if not self._filter_collection_visible():
            raise AccessError(self.env._("This is not one of your customers."))
        profile = self.env["sale.collection.profile"].sudo()._for(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit profile"),
            "res_model": "sale.collection.profile",
            "res_id": profile.id,
            "view_mode": "form",
        }

    def action_change_credit_terms(self):
        """Open the dialog to change the credit terms of the customer."""
        self.ensure_one()
        return self.collection_profile_id.action_change_credit_terms()
