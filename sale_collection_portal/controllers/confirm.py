import binascii
from datetime import date

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.profile import CONFIRM_SCOPE
from .pay import PayPortal


class ConfirmPortal(PayPortal):
    """The customer says whether our balance is theirs.

    Looking at the page answers nothing: mail scanners follow links.
    """

    @http.route(
        "/my/statement/confirm/<string:token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
    )
    def portal_statement_confirm(
        self, token, answer=None, name=None, words=None, currency=None, **given
    ):
        """Show the questions, or note the answer that a form brings to one of them.

        :param str currency: id of that of the balance answered
        :param given: `shown`, the balance that its form showed
        """
        asked = self._find_asked(token)
        if not asked:
            return self._render_expired()
        error = None
        if request.httprequest.method == "POST":
            chosen = self._choose_asked(asked, currency)
            shown = given.get("shown")
            error = self._note_answer(chosen, answer, name, shown, words=words)
        return request.render(
            "sale_collection_portal.confirm_page",
            {
                "page_name": "collection_account",
                "asked": asked,
                "waiting": asked.filtered(lambda one: one.state == "sent"),
                "profile": asked.profile_id,
                "token": token,
                "answer": answer,
                "currency": currency,
                "name": name or self._get_person(asked),
                "words": words or "",
                "error": error,
            },
        )

    @http.route(
        "/my/statement/confirm/<string:token>/sign",
        type="jsonrpc",
        auth="public",
        website=True,
    )
    def portal_statement_sign(self, token, name=None, signature=None):
        """Note agreement with a signature: the answer of core's signature form."""
        asked = self._find_asked(token)
        if not asked:
            return {"error": request.env._("This link is no longer valid.")}
        if not signature:
            return {"error": request.env._("The signature is missing.")}
        try:
            # A URL's own parameters are not among those of a JSON request.
            shown = request.httprequest.args.get("shown")
            error = self._note_answer(asked, "agreed", name, shown, signature=signature)
            request.env.cr.flush()
        except (TypeError, OSError, binascii.Error):
            error = request.env._("The signature cannot be read.")
        if error:
            return {"error": error}
        return {
            "force_refresh": True,
            "redirect_url": f"/my/statement/confirm/{token}",
        }

    def _find_asked(self, token):
        """Return the balances a link asks about, none where it is not valid."""
        confirmations = request.env["sale.collection.confirmation"].sudo()
        found = self._read_signed(CONFIRM_SCOPE, token)
        if not found:
            return confirmations
        day = date.fromisoformat(found["date"])
        asked = confirmations.search(
            [("profile_id", "=", found["profile"]), ("date", "=", day)]
        )
        lang = asked.partner_id.lang or request.env.lang
        request.update_context(lang=lang)
        return asked.with_env(request.env(su=True))

    def _choose_asked(self, asked, currency):
        """Return the balance in a currency; without one, the only one that waits."""
        currency_id = self._cast_as_int(currency)
        if currency_id:
            return asked.filtered(lambda one: one.currency_id.id == currency_id)
        waiting = asked.filtered(lambda one: one.state == "sent")
        return waiting.browse() if len(waiting) > 1 else asked

    def _get_person(self, asked):
        """Return who probably answers: the user, else the customer's only name."""
        is_guest = request.env.user._is_public()
        person = asked.partner_id if is_guest else request.env.user.partner_id
        return "" if person.sudo().is_company else person.sudo().name

    def _note_answer(self, asked, answer, name, shown, **values):
        """Note an answer; return what is wrong with it, None if nothing.

        :param str shown: the balances that were read, see `_describe_shown`
        """
        if answer not in ("agreed", "differs") or not asked:
            return request.env._("Please choose an answer.")
        if not asked._is_as_shown(shown):
            return request.env._("The balance has changed. Please read it again.")
        kept = {key: value for key, value in values.items() if value}
        try:
            with request.env.cr.savepoint():
                asked._answer(
                    answer,
                    name,
                    answered_ip=request.httprequest.remote_addr,
                    **kept,
                )
        except UserError as problem:
            return str(problem)
        return None
