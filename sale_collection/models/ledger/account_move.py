from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..core.open_line import open_lines_of_sql

GROUPS = "sale_collection.group_user,account.group_account_readonly"


class AccountMove(models.Model):
    """Whether an invoice is open today; postings change what is reconciled.

    Posting and drafting change what reconciliations are worth.

    Due dates of invoices are compared with those of before when they are posted again.
    """

    _inherit = "account.move"

    collection_is_open = fields.Boolean(
        string="Open today",
        compute="_compute_collection_is_open",
        search="_search_collection_is_open",
        groups=GROUPS,
        help="Not wholly paid by posted documents. Money counts from its own date.",
    )

    # === OPEN TODAY ===#

    @api.depends("line_ids.collection_residual")
    def _compute_collection_is_open(self):
        # Not by the lines: a list of invoices would read all theirs.
        posted = self._origin.filtered(lambda move: move.state == "posted")
        found = posted and self._get_open_moves_sql(
            posted.sudo().company_id, SQL("line.move_id = ANY(%s)", posted.ids)
        )
        opened = {row[0] for row in found and self.env.execute_query(found)}
        for move in self:
            move.collection_is_open = move._origin.id in opened

    @api.model
    def _search_collection_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Odoo asks for True only, and takes the rest for what is not.
        opened = SQL("(%s)", self._get_open_moves_sql(self.env.companies))
        return Domain("id", "in", opened)

    @api.model
    def _get_open_moves_sql(self, companies, condition=None):
        """Select the ids of documents of which a customer still has to pay today.

        :param SQL condition: on `line`, as for `open_lines_sql`
        """
        self.env["account.move.line"]._flush_open()
        return SQL(
            "SELECT move_id FROM (%s) line WHERE residual > 0",
            open_lines_of_sql(companies._collection_todays(), condition),
        )

    # === POSTINGS ===#

    def write(self, vals):
        state = vals.get("state")
        if state == "draft":
            self.filtered(lambda move: move.state == "posted")._collection_keep_dues()
        reposted = self.browse()
        if state == "posted":
            reposted = self.filtered("posted_before")
        res = super().write(vals)
        # Drafting, re-posting and re-dating leave the reconciliations alone but
        # change what they are worth.
        if not {"state", "date"}.isdisjoint(vals):
            self.sudo().line_ids._collection_touch(with_matched=True)
        reposted._collection_note_posted()
        return res

    def _collection_keep_dues(self):
        """Keep the due dates of posted invoices before they are changed."""
        invoices = self.filtered(
            lambda move: move.is_sale_document(include_receipts=True)
        )
        if invoices:
            moved = self.env["account.move.line"]._collection_touched()["dues"]
            self.env["sale.collection.schedule"].sudo()._keep(invoices, moved)
        return invoices

    def _collection_note_posted(self):
        """Have the due dates compared before the commit with those kept."""
        if self:
            lines = self.env["account.move.line"]
            lines._collection_note_dues({})
            lines._collection_touched()["reposted"].update(self.ids)
