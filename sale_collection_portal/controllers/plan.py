import binascii

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request

from ..tools.plan import LEAST_PAYMENTS, MOST_PAYMENTS
from .account import MIME
from .tell import TellPortal, _read_day


class PlanPortal(TellPortal):
    """The customer asks for a payment plan, signs it, and sees again what it said."""

    # === ON THE ACCOUNT ===#

    @http.route()
    def portal_my_statement(self, **kwargs):
        # EXTENDS: with the plans and objections of the customer
        response = super().portal_my_statement(**kwargs)
        shown = response.qcontext
        scope = shown["profiles"], shown["contact"]
        plans = request.env["sale.collection.promise"]._find_portal_plans(*scope)
        disputes = request.env["sale.collection.dispute"]
        shown |= {
            "plans": plans,
            "objections": disputes._find_portal_objections(*scope),
            "thanked": shown["profiles"]._find_thanked(shown["contact"]),
            "currencies": request.env["res.currency"].sudo().browse,
        }
        return response

    # === ASK ===#

    def _render_tell(self, block, rows, **said):
        # EXTENDS: with the form to ask for a plan
        ids = [row.item.line_id for row in rows]
        lines = request.env["account.move.line"].sudo().browse(ids)
        profiles = lines._collection_get_open_items().profile_id
        is_free = not any(row.promised for row in rows)
        can_plan = is_free and all(
            profile._may_ask_for_plan(block.currency) for profile in profiles
        )
        promises = request.env["sale.collection.promise"]
        frequencies = promises._fields["frequency"]._description_selection(request.env)
        values = {
            "can_plan": can_plan and len(profiles) == 1,
            "bounds": profiles[:1]._get_plan_bounds(),
            "frequencies": frequencies,
            "least_payments": LEAST_PAYMENTS,
            "most_payments": MOST_PAYMENTS,
            "asked": {},
        }
        return super()._render_tell(block, rows, **{**values, **said})

    @http.route(
        "/my/statement/plan",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_statement_plan(self, block=None, **asked):
        """Note the plan a form asks for, and show it."""
        found, rows = self._find_chosen(block, request.httprequest.form)
        if not rows:
            return request.redirect("/my/statement")
        ids = [row.item.line_id for row in rows]
        lines = request.env["account.move.line"].sudo().browse(ids)
        try:
            with request.env.cr.savepoint():
                plan = lines._collection_plan(
                    request.env.user.partner_id,
                    self._cast_as_int(asked.get("count")) or 0,
                    _read_day(asked.get("first")),
                    asked.get("frequency"),
                    self._cast_as_float(asked.get("first_amount")) or 0.0,
                )
        except UserError as problem:
            return self._render_tell(found, rows, asked=asked, error=str(problem))
        return request.redirect(f"/my/statement/plan/{plan.id}")

    # === ONE PLAN ===#

    def _find_plan(self, plan_id):
        """Return a plan the user sees, in superuser mode.

        :raise NotFound: there is none, or it is another's
        """
        promises = request.env["sale.collection.promise"]
        scope = self._find_own_profiles(), self._get_own_contact()
        plan = promises._find_portal_plans(*scope).filtered(
            lambda plan: plan.id == plan_id
        )
        if not plan:
            raise NotFound()
        return plan.with_env(request.env(su=True))

    @http.route(
        "/my/statement/plan/<int:plan_id>", type="http", auth="user", website=True
    )
    def portal_statement_plan_page(self, plan_id, **kwargs):
        """Show a plan, and sign it."""
        return request.render(
            "sale_collection_portal.plan_page",
            {
                "page_name": "collection_account",
                "plan": self._find_plan(plan_id),
                "name": request.env.user.name,
            },
        )

    @http.route(
        "/my/statement/plan/<int:plan_id>/sign",
        type="jsonrpc",
        auth="user",
        website=True,
    )
    def portal_statement_plan_sign(self, plan_id, name=None, signature=None):
        """Note the signature: the answer of core's signature form."""
        plan = self._find_plan(plan_id)
        if plan.state != "open":
            return {
                "error": request.env._(
                    "This plan cannot be signed now. Please open the page again."
                )
            }
        try:
            with request.env.cr.savepoint():
                address = request.httprequest.remote_addr
                plan._sign(signature, name, plan._get_signer_text(), address)
                request.env.cr.flush()
        except UserError as problem:
            return {"error": str(problem)}
        except (TypeError, OSError, binascii.Error):
            return {"error": request.env._("The signature cannot be read.")}
        return {
            "force_refresh": True,
            "redirect_url": f"/my/statement/plan/{plan_id}",
        }

    @http.route(
        "/my/statement/plan/<int:plan_id>/letter",
        type="http",
        auth="user",
        website=True,
    )
    def portal_statement_plan_letter(self, plan_id, **kwargs):
        """Send the agreement as a PDF, with the signature where there is one."""
        plan = self._find_plan(plan_id)
        if plan.state == "draft" or plan.refusal_reason:
            raise NotFound()
        content, _kind = (
            request.env["ir.actions.report"]
            .sudo()
            ._render_qweb_pdf("sale_collection.report_promise", plan.ids)
        )
        name = f"{plan.name.replace('/', '-')}.pdf"
        return request.make_response(
            content,
            [
                ("Content-Type", MIME["pdf"]),
                ("Content-Disposition", content_disposition(name)),
            ],
        )

    # === PHOTOS ===#

    @http.route(
        "/my/statement/photo/<int:photo_id>", type="http", auth="user", website=True
    )
    def portal_statement_photo(self, photo_id, **kwargs):
        """Show a photo the customer sent with an objection."""
        scope = self._find_own_profiles(), self._get_own_contact()
        objections = request.env["sale.collection.dispute"]._find_portal_objections(
            *scope
        )
        photo = objections.photo_ids.filtered(lambda photo: photo.id == photo_id)
        if not photo:
            raise NotFound()
        stream = request.env["ir.binary"]._get_stream_from(photo)
        return stream.get_response(as_attachment=photo.mimetype == MIME["pdf"])
