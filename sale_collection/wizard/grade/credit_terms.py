from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...models.profile.profile import POLICIES


class SaleCollectionCreditTerms(models.TransientModel):
    """Change the credit terms of a customer, saying why."""

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
        if profile:
            terms = {**profile._get_profile_terms(), **profile._get_partner_terms()}
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
        self.profile_id._set_credit_terms(terms, self.reason)
        return {"type": "ir.actions.act_window_close"}
