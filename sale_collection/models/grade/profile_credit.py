from odoo import fields, models

from ..profile.profile import CREDIT_FIELDS as PROFILE_CREDIT_FIELDS
from ..profile.res_partner_credit import CREDIT_FIELDS


def _pick(values, names):
    return {name: values[name] for name in names if name in values}


class SaleCollectionProfile(models.Model):
    """The credit terms of the customer: some on the profile, some on core's fields."""

    _inherit = "sale.collection.profile"

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

    def _compute_partner_terms(self):
        for profile in self:
            customer = profile._get_customer_sudo()
            profile.property_payment_term_id = customer.property_payment_term_id
            profile.trust = customer.trust

    def _get_customer_sudo(self):
        """Return the customer as the root company sees it: limits are read there."""
        return self.partner_id.sudo().with_company(self.company_id)

    def _get_profile_terms(self):
        self.ensure_one()
        return {name: self[name] for name in PROFILE_CREDIT_FIELDS}

    def _get_partner_terms(self):
        """Return the terms kept on core's fields, as values to write."""
        self.ensure_one()
        customer = self._get_customer_sudo()
        return customer._convert_to_write(
            {name: customer[name] for name in CREDIT_FIELDS}
        )

    def _set_credit_terms(self, terms, reason):
        """Write these terms, whoever may: the caller has checked the right to.

        :param terms: {field name: value to write}, of both kinds of terms; those
            left out stay
        """
        self.ensure_one()
        self.sudo()._track_set_log_message(reason)
        self.sudo().write(_pick(terms, PROFILE_CREDIT_FIELDS))
        customer = self._get_customer_sudo().with_context(sale_collection_reason=reason)
        customer.write(_pick(terms, CREDIT_FIELDS))

    def action_change_credit_terms(self):
        """Open the dialog to change the credit terms."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change credit terms"),
            "res_model": "sale.collection.credit.terms",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_id": self.id},
        }
