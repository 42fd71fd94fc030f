from odoo import api, fields, models


class SaleCollectionTakeoverDialogLine(models.TransientModel):
    """A customer of somebody who hands over, and what moves with it."""

    _name = "sale.collection.takeover.dialog.line"
    _description = "Customer to hand over"
    _order = "dialog_id, id"

    dialog_id = fields.Many2one(
        "sale.collection.takeover.dialog", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    # Given by a client it only leaves things out: what moves is the leaver's own.
    found = fields.Json(export_string_translation=False)
    what = fields.Char(string="Moves", compute="_compute_what")
    to_user_id = fields.Many2one(
        "res.users",
        string="To somebody else",
        domain=lambda self: self.env["sale.collection.dispute"]._get_owner_domain(),
        ondelete="cascade",
        help="Empty: to the one chosen above.",
    )

    @api.depends("found")
    @api.depends_context("lang")
    def _compute_what(self):
        takeovers = self.env["sale.collection.takeover"]
        labels = takeovers._get_labels()
        for line in self:
            line.what = takeovers._describe([line._get_counts()], labels)

    def _get_counts(self):
        """Return how many records of each kind move."""
        return {code: len(ids) for code, ids in (self.found or {}).items()}

    def _get_given_successors(self):
        """Return the users chosen for single customers, checked as the user."""
        users = self.env["res.users"]
        return users.union(*(line._collection_get_given("to_user_id") for line in self))
