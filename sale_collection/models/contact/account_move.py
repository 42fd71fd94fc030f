from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..core.open_line import open_lines_of_sql

COMPARE = {"<": SQL("<"), ">": SQL(">"), "<=": SQL("<="), ">=": SQL(">=")}
GROUPS = "sale_collection.group_user,account.group_account_readonly"


class AccountMove(models.Model):
    """What is disputed of an invoice, and when its customer is spoken to next."""

    _inherit = "account.move"

    collection_disputed = fields.Monetary(
        string="Disputed",
        compute="_compute_collection_disputed",
        search="_search_collection_disputed",
        currency_field="company_currency_id",
        groups=GROUPS,
        help="In open disputes, at most what is still to pay.",
    )
    collection_follow_up_date = fields.Date(
        string="Follow-up",
        compute="_compute_collection_follow_up_date",
        search="_search_collection_follow_up_date",
        groups=GROUPS,
        help="When the customer is to be spoken to next.",
    )

    # === COMPUTE ===#

    @api.depends("line_ids.collection_residual")
    def _compute_collection_disputed(self):
        # Most have no dispute: then neither open amounts nor the date are asked for.
        parts = self.env["sale.collection.dispute.line"].sudo()
        groups = parts._read_group(
            [("move_id", "in", self.ids), ("dispute_id.state", "=", "open")],
            ["move_id"],
        )
        ids = [move.id for (move,) in groups]
        found = ids and self._read_disputed(SQL("move_id = ANY(%s)", ids))
        disputed = dict(found)
        for move in self:
            move.collection_disputed = disputed.get(move._origin.id, 0.0)

    def _search_collection_disputed(self, operator, value):
        compare = {"<": float.__lt__, ">": float.__gt__, "<=": float.__le__}
        compare |= {">=": float.__ge__, "in": lambda amount, found: amount in found}
        if operator not in compare:
            return NotImplemented
        wanted = value if operator == "in" else float(value)
        rows = self._read_disputed(SQL("TRUE"))
        every = [move_id for move_id, __ in rows]
        found = [row[0] for row in rows if compare[operator](row[1], wanted)]
        domain = Domain("id", "in", found)
        if compare[operator](0.0, wanted):
            domain |= Domain("id", "not in", every)
        return domain

    @api.model
    def _read_disputed(self, condition):
        """Return (move id, amount in open disputes) of moves on a condition."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT move_id, SUM(amount)::float8
                  FROM (
                        SELECT line.move_id,
                               LEAST(SUM(part.amount), MAX(line.residual)) AS amount
                          FROM sale_collection_dispute dispute
                          JOIN sale_collection_dispute_line part
                            ON part.dispute_id = dispute.id
                          JOIN (%(lines)s) line ON line.id = part.line_id
                         WHERE dispute.state = 'open' AND line.residual > 0
                      GROUP BY line.id, line.move_id
                       ) disputed
                 WHERE %(condition)s
              GROUP BY move_id
                """,
                lines=open_lines_of_sql(
                    (self.env.companies | self.sudo().company_id)._collection_todays(),
                    SQL(
                        "line.id IN (SELECT line_id FROM sale_collection_dispute_line)"
                    ),
                ),
                condition=condition,
            )
        )

    @api.depends("commercial_partner_id", "collection_is_open")
    @api.depends_context("uid")
    def _compute_collection_follow_up_date(self):
        self.collection_follow_up_date = False
        unpaid = self.filtered(
            lambda move: move.is_sale_document() and move.collection_is_open
        )
        if not unpaid:
            return
        partners = unpaid.commercial_partner_id
        condition = SQL("profile.partner_id = ANY(%s)", partners.ids)
        days = {row[:2]: row[2] for row in self._read_follow_ups(condition)}
        for move in unpaid:
            key = move.company_id.root_id.id, move.commercial_partner_id.id
            move.collection_follow_up_date = days.get(key, False)

    def _search_collection_follow_up_date(self, operator, value):
        if operator == "in" and set(value) == {False}:
            every = self._read_follow_ups(SQL("TRUE"))
            return ~self._get_follow_up_domain(every)
        if operator not in COMPARE:
            return NotImplemented
        condition = SQL("activity.date_deadline %s %s", COMPARE[operator], value)
        return self._get_follow_up_domain(self._read_follow_ups(condition))

    @api.model
    def _get_follow_up_domain(self, rows):
        """Return the unpaid invoices of the customers of rows of `_read_follow_ups`."""
        unpaid = Domain("collection_is_open", "=", True)
        ours = Domain("move_type", "in", self.get_sale_types())
        return (
            unpaid
            & ours
            & Domain.OR(
                Domain("company_id", "child_of", company_id)
                & Domain("commercial_partner_id", "=", partner_id)
                for company_id, partner_id, __ in rows
            )
        )

    @api.model
    def _read_follow_ups(self, condition):
        """Return (root company id, customer id, first date) of open follow-ups."""
        kind = self.env["ir.model.data"]._xmlid_to_res_id(
            "sale_collection.activity_follow_up", raise_if_not_found=True
        )
        self.env["mail.activity"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT profile.company_id, profile.partner_id,
                       MIN(activity.date_deadline)
                  FROM mail_activity activity
                  JOIN sale_collection_profile profile ON profile.id = activity.res_id
                 WHERE activity.res_model = 'sale.collection.profile'
                   AND activity.active AND activity.activity_type_id = %s AND %s
              GROUP BY profile.company_id, profile.partner_id
                """,
                kind,
                condition,
            )
        )

    # === ACTIONS ===#

    def action_collection_dispute(self):
        """Open a dispute over what is still open on these invoices."""
        lines = self._get_open_instalments()
        if not lines:
            raise UserError(self.env._("Nothing is left to pay on these invoices."))
        return self._get_one_profile()._open_new_dispute(lines)

    def action_log_contact(self):
        """Log a contact about these invoices."""
        return self._get_one_profile()._open_contact_log(self)

    def _get_open_instalments(self):
        return self.line_ids.filtered(
            lambda line: (
                line.account_type == "asset_receivable"
                and line.parent_state == "posted"
                and line.collection_residual > 0
            )
        )

    def _get_one_profile(self):
        """Return the profile of the one customer of these invoices."""
        customers = self.commercial_partner_id
        roots = self.company_id.root_id
        if len(customers) != 1 or len(roots) != 1:
            raise UserError(self.env._("Choose invoices of one customer."))
        customers = customers.with_company(roots)
        return customers._get_collection_profile()
