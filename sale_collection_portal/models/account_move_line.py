from datetime import timedelta

from odoo import Command, models
from odoo.exceptions import UserError
from odoo.tools import str2bool
from odoo.tools.misc import format_date


class AccountMoveLine(models.Model):
    """An instalment as the customer sees it on the portal."""

    _inherit = "account.move.line"

    def _collection_get_open_items(self):
        """Return the open items of these instalments, in superuser mode.

        In all their companies, whatever those of the user.
        """
        items = self.env["sale.collection.open.item"].sudo()
        if not self:
            return items
        companies = self.sudo().company_id
        return items.with_context(allowed_company_ids=companies.ids).search(
            [("id", "in", self.ids)]
        )

    def _collection_is_online_payment_on(self):
        """Tell whether customers may pay online at all: core's own setting."""
        setting = "account_payment.enable_portal_payment"
        return str2bool(self.env["ir.config_parameter"].sudo().get_param(setting))

    def _collection_get_payee(self):
        """Return the company that takes the money: their own, else the root of all."""
        companies = self.company_id
        return companies if len(companies) == 1 else companies.root_id[:1]

    # === WHAT THE CUSTOMER SAYS ===#

    def _collection_promise(self, person, day):
        """Note that a customer pays these instalments in full until a day.

        Works in superuser mode; judged like every promise.

        :param person: the contact who promises
        :raise UserError: outside the days the settings allow, or promised already
        """
        [profile] = self._collection_get_profile()
        company = profile.company_id
        today = company._collection_today()
        last = today + timedelta(company.collection_portal_promise_days)
        if not day or not today <= day <= last:
            raise UserError(
                self.env._(
                    "Please choose a day until %(last)s, or call us.",
                    last=format_date(self.env, last),
                )
            )
        items = self._collection_get_open_items()
        if any(item.date_promised for item in items):
            raise UserError(self.env._("Some of this is promised already."))
        promises = self.env["sale.collection.promise"].with_company(company)
        promise = promises.create(
            {
                "profile_id": profile.id,
                "amount": sum(items.mapped("amount")),
                "date": day,
                "contact_id": person._collection_get_contact_of(profile.partner_id),
                "allocation_ids": [
                    Command.create({"line_id": line.id}) for line in items.line_id
                ],
                "is_from_portal": True,
            }
        )
        promise.action_open()
        return promise

    def _collection_object(self, person, words):
        """Open a dispute over these instalments, in the customer's words.

        :raise UserError: nothing said, or all of it is in dispute already
        """
        if not (words or "").strip():
            raise UserError(self.env._("Please say what is wrong."))
        items = self._collection_get_open_items().filtered(
            lambda item: (
                item.company_currency_id.compare_amounts(
                    item.amount, item.amount_disputed
                )
                > 0
            )
        )
        if not items:
            raise UserError(self.env._("We are looking into this already."))
        [profile] = items.line_id._collection_get_profile()
        owner = profile._get_portal_owner()
        return self.env["sale.collection.dispute"].create(
            {
                "profile_id": profile.id,
                "reason_id": self.env.ref("sale_collection_portal.reason_objection").id,
                "user_id": owner.id,
                "note": f"{person.name}: {words.strip()}",
                "line_ids": [
                    Command.create({"line_id": line.id}) for line in items.line_id
                ],
            }
        )

    def _collection_get_profile(self):
        """Return the one profile of these instalments.

        :raise UserError: they are of several customers
        """
        profiles = self._collection_get_open_items().profile_id
        if len(profiles) != 1:
            raise UserError(
                self.env._("Please choose open items of one of your companies.")
            )
        return profiles
