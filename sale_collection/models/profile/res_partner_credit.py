from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError

# What core lets every billing user write. `use_partner_credit_limit` is not one of
# them: its inverse writes `credit_limit`.
CREDIT_FIELDS = ("credit_limit", "trust", "property_payment_term_id")
READERS = (
    "account.group_account_invoice,account.group_account_readonly,"
    "sale_collection.group_credit_controller"
)


class ResPartner(models.Model):
    """Credit terms of a customer: changed by credit controllers only, on record."""

    _inherit = "res.partner"

    credit_limit = fields.Float(string="Credit limit", groups=READERS)
    use_partner_credit_limit = fields.Boolean(groups=READERS)
    show_credit_limit = fields.Boolean(groups=READERS)
    collection_can_edit_terms = fields.Boolean(
        compute="_compute_collection_can_edit_terms",
        export_string_translation=False,
    )

    @api.depends_context("uid")
    def _compute_collection_can_edit_terms(self):
        self.collection_can_edit_terms = self._may_edit_credit_terms()

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        if not partners._may_edit_credit_terms():
            partners._check_first_credit_terms()
        return partners

    def write(self, vals):
        changes = self._collect_credit_changes(vals)
        self._check_credit_changes(changes)
        result = super().write(vals)
        if changes:
            self._log_credit_changes(changes)
            self._queue_changed_limits(changes)
        return result

    # === BUSINESS ===#

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
        self.env["sale.collection.queue"].sudo()._push(
            "partner", customers.ids, self.env.company
        )

    @api.model
    def _may_edit_credit_terms(self):
        return self.env.su or self.env.user.has_group(
            "sale_collection.group_credit_controller"
        )

    def _check_first_credit_terms(self):
        """Refuse terms of new customers unless they are the company's or the parent's.

        Looks at the records, not at the values given: defaults come from the context
        as well.
        """
        for partner in self.sudo():
            parent = partner.commercial_partner_id - partner
            given = [
                name
                for name in CREDIT_FIELDS
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
        names = [name for name in CREDIT_FIELDS if name in vals]
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

    # === TRACKING ===#

    @api.model
    def _log_credit_changes(self, changes):
        """Post who changed which terms, and why, on the profiles of the customers."""
        customers = self.browse(
            partner.id
            for partner in changes
            if partner.commercial_partner_id == partner
        )
        profiles = self.env["sale.collection.profile"].sudo()._for(customers)
        reason = self.env.context.get("sale_collection_reason")
        profiles.with_user(self.env.user).sudo()._message_log_batch(
            {
                profile.id: self._get_changes_body(
                    changes[profile.partner_id], profile.company_id, reason
                )
                for profile in profiles
            }
        )

    @api.model
    def _get_changes_body(self, changes, company, reason):
        labels = self._get_terms_labels(changes)
        rows = Markup().join(
            Markup("<li>%s: %s → %s</li>")
            % (
                label,
                self._format_terms(name, changes[name][0], company),
                self._format_terms(name, changes[name][1], company),
            )
            for name, label in labels.items()
        )
        title = reason or self.env._("Credit terms changed on the customer")
        return Markup("<p>%s</p><ul>%s</ul>") % (title, rows)

    @api.model
    def _format_terms(self, name, value, company):
        if name == "credit_limit":
            return company.currency_id.format(value or 0.0)
        if name == "trust":
            options = dict(self._fields[name]._description_selection(self.env))
            return options.get(value, "-")
        return value.display_name or "-"
