from datetime import timedelta

from odoo import Command, models
from odoo.exceptions import UserError
from odoo.tools import str2bool
from odoo.tools.misc import format_date

from ..tools.plan import LEAST_PAYMENTS, MOST_PAYMENTS, make_payments

#: Days from today to the first payment of a plan, at most.
LAST_FIRST_DAYS = 366


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

    def _collection_promise(self, person, day, amount=None):
        """Note that a customer pays these instalments until a day.

        Works in superuser mode; judged like every promise.

        :param person: the contact who promises
        :param float amount: in their currency, the oldest first; in full without
        :raise UserError: outside the days the settings allow, more than is open, or
            promised already
        """
        [profile] = self._collection_get_profile()
        company = profile.company_id
        today = company._collection_today()
        last = today + timedelta(company.collection_portal_promise_days)
        if not day or not today <= day <= last or last == today:
            raise UserError(
                self.env._(
                    "Please choose a day until %(last)s, or call us.",
                    last=format_date(self.env, last),
                )
            )
        items = self._collection_take_unpromised(profile)
        promises = self.env["sale.collection.promise"].with_company(company)
        values = promises._prepare_asked(profile, items, person)
        if amount is not None:
            values |= items._prepare_promised(amount)
        promise = promises.create({**values, "date": day})
        promise.action_open()
        return promise

    def _collection_plan(self, person, count, first, frequency, first_amount=0.0):
        """Ask for a plan that pays these instalments in full.

        Works in superuser mode. Within the bounds of the company it is given at once.

        :param person: the contact who asks
        :param int count: of payments
        :param date first: day of the first one
        :param str frequency: one of `FREQUENCIES`
        :param float first_amount: of the first one; as large as the others without
        :raise UserError: no plan, another currency, or promised or asked for already
        """
        [profile] = self._collection_get_profile()
        company = profile.company_id
        if not profile._may_ask_for_plan(self.currency_id):
            raise UserError(self.env._("Please call us to agree on a plan."))
        items = self._collection_take_unpromised(profile)
        promises = self.env["sale.collection.promise"].with_company(company)
        values = promises._prepare_asked(profile, items, person)
        payments = self._collection_make_payments(
            values["amount"], count, first, frequency, first_amount
        )
        promise = promises.create(
            {
                **values,
                "kind": "plan",
                "first_date": first,
                "frequency": frequency,
                "payment_count": count,
                "plan_line_ids": [
                    Command.create(payment._asdict()) for payment in payments
                ],
            }
        )
        promise._settle_asked()
        return promise

    def _collection_make_payments(self, amount, count, first, frequency, first_amount):
        """Return the payments of a plan in the company's currency.

        :raise UserError: naming what to choose
        """
        company = self.company_id.root_id
        currency, today = company.currency_id, company._collection_today()
        if not LEAST_PAYMENTS <= count <= MOST_PAYMENTS:
            raise UserError(
                self.env._(
                    "Please choose %(least)s to %(most)s payments.",
                    least=LEAST_PAYMENTS,
                    most=MOST_PAYMENTS,
                )
            )
        if not first or not today <= first <= today + timedelta(LAST_FIRST_DAYS):
            raise UserError(
                self.env._("Please choose a day within a year for the first payment.")
            )
        kinds = self.env["sale.collection.promise"]._fields["frequency"]
        if frequency not in kinds.get_values(self.env):
            raise UserError(self.env._("Please choose how often you pay."))
        # Every later payment is of a cent at least.
        left = currency.round(amount - (count - 1) * currency.rounding)
        if not 0 <= first_amount <= left:
            raise UserError(
                self.env._(
                    "The first payment must be above 0 and below %(amount)s.",
                    amount=currency._collection_format(amount),
                )
            )
        return make_payments(
            amount,
            first,
            frequency,
            count,
            currency.round(first_amount),
            currency.decimal_places,
        )

    def _collection_take_unpromised(self, profile):
        """Return the open items of these instalments, for this session alone.

        :raise UserError: one is promised, or about to be, already
        """
        items = self._collection_take_open_items(profile)
        asked = self.env["sale.collection.promise"].search_count(
            [
                ("state", "=", "draft"),
                ("is_from_portal", "=", True),
                ("allocation_ids.line_id", "in", self.ids),
            ],
            limit=1,
        )
        if asked or any(item.date_promised for item in items):
            raise UserError(
                self.env._(
                    "Some of this is promised already, or we are looking at your plan."
                )
            )
        return items

    def _collection_take_open_items(self, profile):
        """Return the open items of these instalments, for this session alone.

        Of two sessions of a customer the later one is retried, and sees what the first
        one said.
        """
        keys = [f"portal-word:{profile.partner_id.id}"]
        self.env["sale.collection.lock"].sudo()._take(profile.company_id, keys)
        return self._collection_get_open_items()

    def _collection_object(self, person, words, files=(), amount=None, objection=None):
        """Open a dispute over these instalments, in the customer's words.

        :param files: pairs of name and content: photos, or PDFs
        :param float amount: in their currency, the oldest first; in full without
        :param objection: what is wrong, of the list customers choose from
        :raise UserError: nothing said, all of it is in dispute already, more than is
            open, or files that are not taken
        """
        if not (words or "").strip():
            raise UserError(self.env._("Please say what is wrong."))
        [profile] = self._collection_get_profile()
        items = self._collection_take_open_items(profile).filtered(
            lambda item: (
                item.company_currency_id.compare_amounts(
                    item.amount, item.amount_disputed
                )
                > 0
            )
        )
        if not items:
            raise UserError(self.env._("We are looking into this already."))
        owner = profile._get_portal_owner()
        disputes = self.env["sale.collection.dispute"]
        photos = disputes._prepare_photos(files)
        reason = (
            objection.reason_id
            if objection
            else self.env.ref("sale_collection_portal.reason_objection")
        )
        dispute = disputes.create(
            {
                "profile_id": profile.id,
                "reason_id": reason.id,
                "objection_id": objection.id if objection else False,
                "words": words.strip(),
                "user_id": owner.id,
                "note": f"{person.name}: {words.strip()}",
                "objector_id": person.id,
                "line_ids": items._prepare_disputed(amount),
            }
        )
        dispute._attach_photos(photos)
        dispute.message_subscribe(person.ids)
        return dispute

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
