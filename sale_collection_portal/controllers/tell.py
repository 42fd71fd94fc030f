from datetime import date, timedelta

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .confirm import ConfirmPortal


class TellPortal(ConfirmPortal):
    """The customer says when it pays, or what is wrong, without a call."""

    @http.route("/my/statement/tell", type="http", auth="user", website=True)
    def portal_statement_tell(self, block=None, **kwargs):
        """Ask about the chosen instalments: when they are paid, or what is wrong."""
        found, rows = self._find_chosen(block, request.httprequest.args)
        if not rows:
            return request.redirect("/my/statement")
        return self._render_tell(found, rows)

    @http.route(
        "/my/statement/told",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_statement_told(
        self, block=None, kind=None, day=None, words=None, **kwargs
    ):
        """Note a promise or an objection about the chosen instalments."""
        found, rows = self._find_chosen(block, request.httprequest.form)
        if not rows:
            return request.redirect("/my/statement")
        ids = [row.item.line_id for row in rows]
        lines = request.env["account.move.line"].sudo().browse(ids)
        try:
            with request.env.cr.savepoint():
                if kind == "promise":
                    lines._collection_promise(
                        request.env.user.partner_id, _read_day(day)
                    )
                else:
                    lines._collection_object(request.env.user.partner_id, words)
        except UserError as problem:
            said = {"day": day, "words": words, "error": str(problem)}
            return self._render_tell(found, rows, **said)
        return request.redirect(f"/my/statement?told={kind}")

    def _find_chosen(self, block, given):
        """Return a block of the account and its chosen rows that can be told of."""
        blocks, _payer, _back = self._find_payable(None)
        found = next((one for one in blocks if one.key == block), None)
        chosen = given.getlist("line")
        rows = found.owed if found else []
        return found, [row for row in rows if str(row.item.line_id) in chosen]

    def _render_tell(self, block, rows, **said):
        today = block.company.root_id._collection_today()
        days = block.company.root_id.sudo().collection_portal_promise_days
        return request.render(
            "sale_collection_portal.tell_page",
            {
                "page_name": "collection_account",
                "block": block,
                "rows": rows,
                "currency": block.currency,
                "today": today,
                "last_day": today + timedelta(days),
                "can_promise": days and not any(row.promised for row in rows),
                **said,
            },
        )


def _read_day(text):
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
