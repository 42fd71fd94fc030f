from datetime import date, timedelta

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.dispute import MEGABYTE, MOST_MEGABYTES, MOST_PHOTOS
from ..tools.photo import TYPES
from .confirm import ConfirmPortal

#: Of a form with photos: one file too many can still be told so.
MOST_BYTES = (MOST_PHOTOS + 1) * (MOST_MEGABYTES + 1) * MEGABYTE


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
        max_content_length=MOST_BYTES,
    )
    def portal_statement_told(self, block=None, kind=None, amount=None, **given):
        """Note a promise or an objection about the chosen instalments."""
        found, rows = self._find_chosen(block, request.httprequest.form)
        if not rows:
            return request.redirect("/my/statement")
        ids = [row.item.line_id for row in rows]
        lines = request.env["account.move.line"].sudo().browse(ids)
        said = {name: given.get(name) for name in ("day", "objection", "words")}
        is_promise = kind == "promise"
        try:
            with request.env.cr.savepoint():
                number = self._cast_as_float(amount) or 0.0
                if is_promise:
                    self._note_promise(lines, number, said["day"])
                else:
                    self._note_objection(
                        lines, number, said["objection"], said["words"]
                    )
        except UserError as problem:
            said["promise_amount" if is_promise else "dispute_amount"] = amount
            return self._render_tell(found, rows, **said, error=str(problem))
        return request.redirect(f"/my/statement?told={kind}")

    def _note_promise(self, lines, amount, day):
        person = request.env.user.partner_id
        lines._collection_promise(person, _read_day(day), amount)

    def _note_objection(self, lines, amount, objection, words):
        offered = request.env["sale.collection.objection"]._find_offered()
        chosen = offered.filtered(lambda one: one.id == self._cast_as_int(objection))
        if offered and not chosen:
            raise UserError(
                request.env._("What is wrong: please choose from the list.")
            )
        person = request.env.user.partner_id
        lines._collection_object(person, words, _read_files(), amount, chosen)

    def _find_chosen(self, block, given):
        """Return a block of the account and its chosen rows that can be told of."""
        blocks, _payer, _back = self._find_payable(None)
        found = next((one for one in blocks if one.key == block), None)
        chosen = given.getlist("line")
        rows = found.owed if found else []
        return found, [row for row in rows if str(row.item.line_id) in chosen]

    def _render_tell(self, block, rows, **said):
        lines = request.env["account.move.line"].sudo()
        lines = lines.browse(row.item.line_id for row in rows)
        items = lines._collection_get_open_items()
        undisputed = items._collect_undisputed().values()
        today = block.company.root_id._collection_today()
        days = block.company.root_id.sudo().collection_portal_promise_days
        return request.render(
            "sale_collection_portal.tell_page",
            {
                "page_name": "collection_account",
                "block": block,
                "rows": rows,
                "currency": block.currency,
                "total": block.currency.round(sum(row.item.open for row in rows)),
                "least": (items and items._get_least_promised())
                or block.currency.rounding,
                "today": today,
                "last_day": today + timedelta(days),
                "can_promise": days and not any(row.promised for row in rows),
                "undisputed": block.currency.round(sum(undisputed)),
                "objections": request.env["sale.collection.objection"]
                .sudo()
                .search([]),
                "photo_types": ",".join(TYPES),
                "most_photos": MOST_PHOTOS,
                "most_megabytes": MOST_MEGABYTES,
                **said,
            },
        )


def _read_files():
    """Return name and content of the files of a form, none of them read in vain."""
    files = [file for file in request.httprequest.files.getlist("files") if file]
    for file in files:
        # Core rewinds only the first of a name before it tries a request again.
        file.seek(0)
    return [
        (file.filename, file.read(MOST_MEGABYTES * MEGABYTE + 1))
        for file in files[: MOST_PHOTOS + 1]
    ]


def _read_day(text):
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
