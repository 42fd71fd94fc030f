from datetime import date
from urllib.parse import urlencode

from dateutil.relativedelta import relativedelta
from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import content_disposition, request

from odoo.addons.account_payment.controllers.portal import PortalAccount
from odoo.addons.sale_collection.tools.statement import plan_transfers

from ..tools.account import run_balances

MIME = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


class StatementPortal(PortalAccount):
    """The account of a customer on the portal: what is open, and any period."""

    # === ENTRY ===#

    def _prepare_home_portal_values(self, counters):
        # EXTENDS account
        values = super()._prepare_home_portal_values(counters)
        if "collection_account_count" in counters:
            values["collection_account_count"] = int(bool(self._find_own_profiles()))
        return values

    def _find_own_profiles(self):
        """Return the profiles whose account the user sees, in superuser mode."""
        user = request.env.user
        return user.partner_id._collection_find_portal_profiles(user.company_ids)

    def _get_own_contact(self):
        """Return the user as contact who sees but their own invoices, else None."""
        partner = request.env.user.partner_id
        return partner if partner._collection_get_portal_scope() == "own" else None

    # === PAGES ===#

    @http.route("/my/statement", type="http", auth="user", website=True)
    def portal_my_statement(self, customer=None, company=None, told=None, **kwargs):
        """Show what is open, to be paid."""
        values = self._get_account_values(customer, company)
        blocks = values["profiles"]._collect_portal_blocks(values["contact"])
        values |= self._get_block_values(blocks)
        values["told"] = told
        return request.render("sale_collection_portal.account_page", values)

    @http.route("/my/statement/period", type="http", auth="user", website=True)
    def portal_my_statement_period(self, customer=None, company=None, **kwargs):
        """Show the movements of a period with the balance after each."""
        values = self._get_account_values(customer, company)
        if values["contact"]:
            return request.redirect("/my/statement")
        values |= self._get_period_values(values["profiles"], **kwargs)
        values["query"] |= {
            "date_from": values["date_from"],
            "date_to": values["date_to"],
        }
        return request.render("sale_collection_portal.period_page", values)

    @http.route(
        "/my/statement/download/<string:kind>", type="http", auth="user", website=True
    )
    def portal_my_statement_download(self, kind, customer=None, company=None, **kwargs):
        """Send the statement as of today, or that of a period, as a file."""
        values = self._get_account_values(customer, company)
        profiles = values["profiles"]
        if values["contact"] or not profiles:
            raise NotFound()
        period = self._get_period(profiles, **kwargs)
        # Whatever the customer's own language says: the one the person reads.
        if kind == "pdf":
            name, content = profiles._print_portal_statement()
        elif kind == "period":
            name, content = profiles._print_portal_period(*period)
        elif kind == "xlsx":
            name, content = profiles._write_portal_workbook(*period)
        else:
            raise NotFound()
        return request.make_response(
            content,
            [
                ("Content-Type", MIME[name.rpartition(".")[2]]),
                ("Content-Disposition", content_disposition(name)),
            ],
        )

    # === VALUES ===#

    def _get_account_values(self, customer=None, company=None):
        """Return what all pages of the account know.

        :param customer: id of the customer or branch to show; all together without
        :param company: id of our company to show; the first one without
        """
        allowed = self._find_own_profiles()
        companies = allowed.company_id
        chosen = companies.filtered(lambda one: one.id == self._cast_as_int(company))
        chosen = chosen or companies[:1]
        shown = allowed.filtered(lambda profile: profile.company_id == chosen)
        customers = shown.partner_id
        one = shown.filtered(
            lambda profile: profile.partner_id.id == self._cast_as_int(customer)
        )
        query = {
            "customer": one.partner_id.id or "",
            "company": chosen.id if len(companies) > 1 else "",
        }
        return {
            "page_name": "collection_account",
            "profiles": one or shown,
            "customers": customers,
            "customer": one.partner_id,
            "our_companies": companies,
            "our_company": chosen,
            "contact": self._get_own_contact(),
            "query": query,
            "keep": lambda path, **changes: _get_address(path, query | changes),
            "today": chosen[:1]._collection_today() if chosen else date.today(),
        }

    def _get_block_values(self, blocks, partner=None):
        """Return what the list of open instalments shows, and how they are paid."""
        partner = partner or request.env.user.partner_id
        rows = [row for block in blocks for row in block.rows]
        today = blocks[0].company.root_id._collection_today() if blocks else None
        providers = {
            block.key: self._find_providers(block, partner) for block in blocks
        }
        return {
            "blocks": blocks,
            "online": {key for key, found in providers.items() if found},
            "icons": {
                block.key: self._get_icons(block, partner, providers[block.key])
                for block in blocks
            },
            "statement": {
                "transfers": plan_transfers([row.item for row in rows], today)
            },
            "currencies": request.env["res.currency"].sudo().browse,
            "banks": request.env["res.partner.bank"].sudo().browse,
            "has_several": len({row.item.currency_id for row in rows}) > 1,
        }

    def _is_paid_online(self, block, partner):
        """Tell whether a provider takes money for these instalments."""
        return bool(self._find_providers(block, partner))

    def _find_providers(self, block, partner):
        """Return the providers that take money for these instalments."""
        providers = request.env["payment.provider"].sudo()
        if not block.payable:
            return providers
        return providers._get_compatible_providers(
            block.company.id,
            partner.id,
            block.payable[0].item.open,
            currency_id=block.currency.id,
        )

    def _get_icons(self, block, partner, providers):
        """Return names and icons of the ways to pay these instalments."""
        methods = request.env["payment.method"].sudo()
        if providers:
            methods = methods._get_compatible_payment_methods(
                providers.ids, partner.id, currency_id=block.currency.id
            )
        return providers._collection_get_icons(methods)

    def _get_period(self, profiles, date_from=None, date_to=None, **kwargs):
        """Return first and last day as asked for, else this year until today."""
        today = (
            profiles[:1].company_id._collection_today() if profiles else date.today()
        )
        last = min(_to_date(date_to) or today, today)
        first = _to_date(date_from) or last.replace(day=1) - relativedelta(months=2)
        return min(first, last), last

    def _get_period_values(self, profiles, **kwargs):
        first, last = self._get_period(profiles, **kwargs)
        periods = profiles._collect_periods(first, last)
        return {
            "date_from": first,
            "date_to": last,
            "accounts": run_balances(periods.values(), profiles._round_portal_amount),
            "currencies": request.env["res.currency"].sudo().browse,
        }


def _get_address(path, query):
    """Return a path with what the page was asked for, but for what is empty."""
    kept = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path


def _to_date(text):
    """Return a date typed into a form, None for anything else."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
