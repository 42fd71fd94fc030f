from werkzeug.exceptions import Forbidden, NotFound

from odoo import http
from odoo.exceptions import ValidationError
from odoo.http import request
from odoo.tools.misc import consteq, hash_sign, hmac, verify_hash_signed

from ..models.profile import LINK_SCOPE
from ..tools.account import choose_oldest
from .account import StatementPortal

#: What was chosen on a page and is about to be paid.
PAY_SCOPE = "sale_collection_portal.pay"
PAID_SCOPE = "sale_collection_portal.paid"
#: Hours for which the page to pay may stay open.
PAY_HOURS = 12


class PayPortal(StatementPortal):
    """Several instalments in one payment, with and without login."""

    # === WITHOUT LOGIN ===#

    @http.route(
        "/my/statement/open/<string:token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
    )
    def portal_statement_open(self, token, **kwargs):
        """Show just what a signed link is about."""
        profile, line_ids = self._read_link(token)
        if not profile:
            return self._render_expired()
        request.update_context(lang=profile.partner_id.lang or request.env.lang)
        profile = profile.with_env(request.env(su=True))
        blocks = profile._collect_portal_blocks(line_ids=line_ids)
        values = self._get_block_values(blocks, profile.partner_id)
        values |= {
            "page_name": "collection_account",
            "profile": profile,
            "customer": profile.partner_id,
            "link": token,
            "is_part": line_ids is not None,
        }
        return request.render("sale_collection_portal.link_page", values)

    def _read_link(self, token):
        """Return the profile and instalments of a link, no profile where invalid."""
        profiles = request.env["sale.collection.profile"].sudo()
        found = self._read_signed(LINK_SCOPE, token)
        if not found:
            return profiles, None
        return profiles.browse(found["profile"]).exists(), found["lines"]

    def _read_signed(self, scope, token):
        """Return what a token says; None for an old, broken or forged one."""
        try:
            return verify_hash_signed(request.env(su=True), scope, token or "")
        except ValueError:
            return None

    def _render_expired(self):
        response = request.render("sale_collection_portal.expired_page", {})
        response.status_code = 410
        return response

    # === CHOOSE AND PAY ===#

    @http.route(
        "/my/statement/pay", type="http", auth="public", website=True, sitemap=False
    )
    def portal_statement_pay(self, block=None, amount=None, link=None, **kwargs):
        """Show the ways to pay for what was chosen.

        :param str block: the group of instalments, as the page named it
        :param str amount: what to pay, the oldest first; all that was chosen without
        :param str link: the signed link this came from, in place of a login
        """
        blocks, payer, back = self._find_payable(link)
        if blocks is None:
            return self._render_expired()
        found = next((one for one in blocks if one.key == block), None)
        chosen = request.httprequest.args.getlist("line")
        rows = [
            row
            for row in (found.payable if found else ())
            if not chosen or str(row.item.line_id) in chosen
        ]
        rows, amount = self._limit(found, rows, self._cast_as_float(amount))
        if not rows:
            return request.redirect(back)
        values = self._get_pay_values(found, rows, amount, payer, back)
        return request.render("sale_collection_portal.pay_page", values)

    def _find_payable(self, link):
        """Return the blocks that may be paid, the payer, and the page before.

        :return: None in place of the blocks where the link is not valid
        """
        if link:
            profile, line_ids = self._read_link(link)
            if not profile:
                return None, None, None
            request.update_context(lang=profile.partner_id.lang or request.env.lang)
            profile = profile.with_env(request.env(su=True))
            blocks = profile._collect_portal_blocks(line_ids=line_ids)
            # A card that a login saves is its own, not the customer's.
            is_guest = request.env.user._is_public()
            payer = profile.partner_id if is_guest else request.env.user.partner_id
            return blocks, payer, f"/my/statement/open/{link}"
        if request.env.user._is_public():
            return None, None, None
        profiles = self._find_own_profiles()
        blocks = profiles._collect_portal_blocks(self._get_own_contact())
        return blocks, request.env.user.partner_id, "/my/statement"

    def _limit(self, block, rows, amount):
        """Return the rows an amount reaches, and of it no more than is open."""
        if not rows:
            return [], 0.0
        total = block.currency.round(sum(row.item.open for row in rows))
        if not amount or not 0 < amount < total:  # nothing typed, or no amount
            amount = total
        amount = block.currency.round(amount)
        items = [(row.item.line_id, row.item.due, row.item.open) for row in rows]
        reached, _rest = choose_oldest(items, amount, block.currency.round)
        by_line = {row.item.line_id: row for row in rows}
        return [by_line[line_id] for line_id in reached], amount

    def _get_pay_values(self, block, rows, amount, payer, back):
        chosen = {"lines": [row.item.line_id for row in rows], "amount": amount}
        token = hash_sign(
            request.env(su=True),
            PAY_SCOPE,
            chosen | {"payer": payer.id, "back": back},
            expiration_hours=PAY_HOURS,
        )
        values = self._get_common_page_view_values(
            invoices_data={
                "partner": payer,
                "company": block.company,
                "total_amount": amount,
                "currency": block.currency,
                "landing_route": back,
                "transaction_route": "/my/statement/transaction",
            },
            access_token=token,
        )
        return values | {
            "page_name": "collection_account",
            "amount": amount,
            "rows": rows,
            "is_part": amount < sum(row.item.open for row in rows) - 1e-6,
            "back": back,
        }

    @http.route("/my/statement/transaction", type="jsonrpc", auth="public")
    def portal_statement_transaction(self, access_token=None, **kwargs):
        """Begin the one payment of what was chosen; its amount is the signed one.

        :raise Forbidden: the page is too old or forged, or the provider is another's
        :raise UserError: paid meanwhile, or being paid
        """
        chosen = self._read_signed(PAY_SCOPE, access_token)
        if not chosen:
            raise ValidationError(
                request.env._("This page is too old. Please open it again.")
            )
        kwargs.pop("payment_reference", None)  # core's form sends an empty one
        self._validate_transaction_kwargs(kwargs)
        lines = request.env["account.move.line"].sudo().browse(chosen["lines"]).exists()
        company = lines._collection_get_payee()
        self._check_provider(kwargs.get("provider_id"), company)
        payments = request.env["payment.transaction"].sudo()
        payments._collection_reserve(lines, chosen["amount"])
        invoices = lines.move_id
        reference = (
            company.get_next_batch_payment_communication()
            if len(invoices) > 1
            else invoices.name
        )
        kwargs |= {
            "amount": chosen["amount"],
            "currency_id": lines.currency_id.id,
            "partner_id": chosen["payer"],
            "reference_prefix": reference,
            "landing_route": chosen["back"],
            "is_validation": False,
        }
        payment = self._create_transaction(
            custom_create_values=payments._collection_prepare_values(lines), **kwargs
        )
        payment.landing_route = self._get_paid_route(payment, chosen["back"])
        return payment._get_processing_values()

    def _check_provider(self, provider_id, company):
        """Refuse a provider whose money goes to another company.

        :raise Forbidden: it does
        """
        provider = request.env["payment.provider"].sudo().browse(provider_id or 0)
        if not provider.exists() or provider.company_id not in company.parent_ids:
            raise Forbidden()

    # === AFTERWARDS ===#

    def _get_paid_route(self, payment, back):
        token = hmac(request.env(su=True), PAID_SCOPE, payment.id)
        link = back.partition("/my/statement/open/")[2]
        query = f"access_token={token}" + (f"&link={link}" if link else "")
        return f"/my/statement/paid/{payment.id}?{query}"

    @http.route(
        "/my/statement/paid/<int:payment_id>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
    )
    def portal_statement_paid(self, payment_id, access_token="", link=None, **kwargs):
        """Say what became of a payment, and what it was for."""
        token = hmac(request.env(su=True), PAID_SCOPE, payment_id)
        payment = request.env["payment.transaction"].sudo().browse(payment_id).exists()
        if not payment or not consteq(token, access_token):
            raise NotFound()
        if link:
            lang = payment.partner_id.lang or request.env.lang
            request.update_context(lang=lang)
        return request.render(
            "sale_collection_portal.paid_page",
            {
                "page_name": "collection_account",
                "tx": payment.with_env(request.env(su=True)),
                "lines": payment.collection_line_ids.sorted("date_maturity"),
                "back": f"/my/statement/open/{link}" if link else "/my/statement",
            },
        )
