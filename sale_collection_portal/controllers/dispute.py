from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from .plan import PlanPortal


class DisputePortal(PlanPortal):
    """The customer reads what became of an objection, and writes about it."""

    @http.route(
        "/my/statement/dispute/<int:dispute_id>", type="http", auth="user", website=True
    )
    def portal_statement_dispute(self, dispute_id, **kwargs):
        """Show an objection with its messages; notes stay inside."""
        scope = self._find_own_profiles(), self._get_own_contact()
        objections = request.env["sale.collection.dispute"]._find_portal_objections(
            *scope
        )
        found = objections.filtered(lambda dispute: dispute.id == dispute_id)
        if not found:
            raise NotFound()
        objection = found.with_env(request.env(su=True))
        return request.render(
            "sale_collection_portal.dispute_page",
            {
                "page_name": "collection_account",
                "objection": objection,
                "object": objection,
                "token": objection._portal_ensure_token(),
            },
        )
