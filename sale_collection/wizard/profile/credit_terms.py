from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ...models.profile.credit import POLICIES
from ...models.profile.profile import PROFILE_TERMS
from ...models.profile.res_partner import PARTNER_TERMS


class SaleCollectionCreditTerms(models.TransientModel):
    """Change the credit terms of a customer, saying why.

    Some terms are kept on the profile, some on core's fields of the customer.
    """

    _name = "sale.collection.credit.terms"
    _description = "Change credit terms"

    profile_id = fields.Many2one(
        "sale.collection.profile", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="profile_id.currency_id")
    company_id = fields.Many2one(related="profile_id.company_id")
    credit_policy = fields.Selection(POLICIES, string="Credit policy", required=True)
    credit_limit = fields.Monetary(string="Credit limit")
    credit_limit_until = fields.Date(string="Credit limit until")
    temporary_limit = fields.Monetary(string="Temporary extra limit")
    temporary_limit_until = fields.Date(string="Until")
    guarantee_amount = fields.Monetary(string="Guarantee")
    property_payment_term_id = fields.Many2one(
        "account.payment.term", string="Payment terms", check_company=True
    )
    trust = fields.Selection(
        selection=lambda self: (
            self.env["res.partner"]._fields["trust"]._description_selection(self.env)
        )
    )
    reason = fields.Text(required=True, help="Kept in the history of the profile.")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        profile = self.env["sale.collection.profile"].browse(values.get("profile_id"))
        profile._collection_check_shown()
        if profile:
            terms = self._get_terms(profile)
            values |= {name: terms[name] for name in fields_list if name in terms}
        return values

    def action_apply(self):
        """Write the terms on the customer and its profile, with the reason."""
        self.ensure_one()
        if not self.env["res.partner"]._may_edit_credit_terms():
            raise AccessError(
                self.env._("Only credit controllers change credit terms.")
            )
        terms = self._convert_to_write({name: self[name] for name in self._fields})
        self._check_amounts()
        profile = self._collection_get_given("profile_id", "write")
        self._set_terms(profile, terms, self.reason)
        return {"type": "ir.actions.act_window_close"}

    def _check_amounts(self):
        for name in ("credit_limit", "temporary_limit", "guarantee_amount"):
            if self[name] < 0:
                raise ValidationError(
                    self.env._(
                        "%(field)s: enter zero or more.",
                        field=self._fields[name]._description_string(self.env),
                    )
                )

    @api.model
    def _get_terms(self, profile):
        """Return the terms of a customer, as values to write."""
        customer = profile._get_customer_sudo()
        theirs = {name: customer[name] for name in PARTNER_TERMS}
        ours = {name: profile[name] for name in PROFILE_TERMS}
        return ours | customer._convert_to_write(theirs)

    @api.model
    def _set_terms(self, profile, terms, reason):
        """Write terms of a customer in superuser mode: the caller checked the right to.

        :param terms: {field name: value to write}; those left out stay
        """
        # The customer first: what core says then need not be kept by hand.
        customer_sudo = profile._get_customer_sudo()
        customer_sudo._write_credit_terms(_pick(terms, PARTNER_TERMS), reason)
        profile_sudo = profile.sudo()
        profile_sudo._track_set_log_message(reason)
        profile_sudo.write(_pick(terms, PROFILE_TERMS))


def _pick(values, names):
    return {name: values[name] for name in names if name in values}
