from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ...tools.window import open_dialog
from .promise import STATES

ALLOWED = "sale_collection.group_user,account.group_account_readonly"


class AccountMove(models.Model):
    """What has been promised for an invoice."""

    _inherit = "account.move"

    collection_promise_date = fields.Date(
        string="Promised for", compute="_compute_collection_promise", groups=ALLOWED
    )
    collection_promise_state = fields.Selection(
        STATES,
        string="Promise",
        compute="_compute_collection_promise",
        search="_search_collection_promise_state",
        groups=ALLOWED,
        help="The latest promise for this invoice.",
    )

    @api.depends_context("uid")
    def _compute_collection_promise(self):
        latest = self._get_latest_promises()
        for move in self:
            state, day = latest.get(move._origin.id, (False, False))
            move.collection_promise_state = state
            move.collection_promise_date = day

    def _get_latest_promises(self):
        """Return {move id: (state, date)} of the latest promise on each invoice."""
        if not self:
            return {}  # core drafts empty sets while it registers a payment
        self.env["sale.collection.promise"].flush_model()
        self.env["sale.collection.promise.allocation"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT latest.move_id, latest.state, latest.day
                  FROM (%s) latest WHERE latest.move_id = ANY(%s)
                """,
                self._get_latest_promise_query(),
                self._origin.ids,
            )
        )
        return {move_id: (state, day) for move_id, state, day in rows}

    @api.model
    def _get_latest_promise_query(self):
        return SQL(
            """
            SELECT DISTINCT ON (line.move_id) line.move_id, promise.state,
                   COALESCE(promise.next_date, promise.date) AS day
              FROM sale_collection_promise_allocation part
              JOIN sale_collection_promise promise ON promise.id = part.promise_id
              JOIN account_move_line line ON line.id = part.line_id
             WHERE promise.state NOT IN ('draft', 'superseded')
             ORDER BY line.move_id, promise.opened_at DESC, promise.id DESC
            """
        )

    def _search_collection_promise_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.env["sale.collection.promise"].flush_model()
        self.env["sale.collection.promise.allocation"].flush_model()
        every = SQL(
            "(SELECT move_id FROM (%s) latest)", self._get_latest_promise_query()
        )
        found = SQL(
            "(SELECT move_id FROM (%s) latest WHERE state = ANY(%s))",
            self._get_latest_promise_query(),
            [state for state in value if state],
        )
        domain = Domain("id", "in", found)
        if False in value:
            domain |= Domain("id", "not in", every)
        return domain

    def _describe_expected_payments(self):
        # EXTENDS: a promise in place of what the customer's habit says
        unpaid = self.filtered("collection_is_open").ids
        return {
            **super()._describe_expected_payments(),
            **{
                move_id: self._describe_promise(state, day)
                for move_id, (state, day) in self._get_latest_promises().items()
                if state == "open"
                or (state in ("partial", "broken") and move_id in unpaid)
            },
        }

    @api.model
    def _describe_promise(self, state, day):
        day = format_date(self.env, day)
        if state == "open":
            return self.env._("promised for %(day)s", day=day)
        return self.env._("promise for %(day)s not kept", day=day)

    # === NO LONGER POSTED ===#

    def button_draft(self):
        # EXTENDS account: cancelling goes this way as well
        commitments = self.filtered(
            lambda move: move.state == "posted" and move.is_sale_document()
        )._collect_commitments()
        result = super().button_draft()
        for move, texts in commitments.items():
            move._tell_collector_of_draft(texts)
        return result

    def _collect_commitments(self):
        """Return {invoice: [what has been said about it with its customer]}."""
        said = {}
        for move_id, (state, day) in self.sudo()._get_latest_promises().items():
            if state == "open":
                text = self._describe_promise(state, day)
                said.setdefault(self.browse(move_id), []).append(text)
        return said

    def _tell_collector_of_draft(self, texts):
        """Leave a note on the customer that this invoice is not posted any more."""
        profile = self.env["sale.collection.profile"].sudo()
        profile = profile.with_company(self.company_id.root_id)._for(
            self.sudo().commercial_partner_id
        )
        profile.message_post(
            body=self.env._(
                "%(user)s has cancelled %(invoice)s or set it back to draft. It was "
                "%(said)s: please tell the customer.",
                user=self.env.user.name,
                invoice=self.name,
                said=", ".join(texts),
            ),
            partner_ids=profile.user_id.partner_id.ids,
            subtype_xmlid="mail.mt_note",
        )

    # === ACTIONS ===#

    def action_collection_promise(self):
        """Log what customers promised for these invoices.

        One customer: the dialog of one promise. Several: the same date for all.
        """
        lines = self._get_promisable_lines()
        customers = lines.partner_id.commercial_partner_id
        if len(customers) == 1 and len(lines.company_id.root_id) == 1:
            company = lines.company_id.root_id
            profiles = self.env["sale.collection.profile"].sudo()
            profile = profiles.with_company(company)._for(customers).sudo(False)
            return profile._open_new_promise(lines)
        return open_dialog(
            self.env._("Promises of several customers"),
            "sale.collection.promise.bulk",
            default_item_ids=lines.ids,
        )

    def _get_promisable_lines(self):
        """Return the open receivable lines of posted customer invoices."""
        self.check_access("read")
        lines = self.sudo().line_ids.filtered(
            lambda line: (
                line.account_type == "asset_receivable"
                and line.parent_state == "posted"
                and line.balance > 0
                and line.collection_residual > 0
            )
        )
        if not lines:
            raise UserError(
                self.env._("Nothing to promise: choose posted, unpaid invoices.")
            )
        return lines.sorted(lambda line: (line.date_maturity or line.date, line.id))
