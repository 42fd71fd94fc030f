from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...tools.takeover import Given
from ...tools.window import open_dialog


class SaleCollectionTakeoverDialog(models.TransientModel):
    """Hand the work of a colleague over for good: see what moves, then do it."""

    _name = "sale.collection.takeover.dialog"
    _description = "Hand over customers"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company.root_id,
    )
    from_user_id = fields.Many2one(
        "res.users",
        string="From colleague",
        required=True,
        domain=[("share", "=", False)],
        ondelete="cascade",
        help="Who leaves or moves on. Archived users can be chosen too.",
    )
    to_user_id = fields.Many2one(
        "res.users",
        string="To colleague",
        required=True,
        domain=lambda self: self.env["sale.collection.dispute"]._get_owner_domain(),
        ondelete="cascade",
        help="Who takes over. Single customers can go to somebody else.",
    )
    line_ids = fields.One2many(
        "sale.collection.takeover.dialog.line", "dialog_id", string="Customers"
    )
    is_empty = fields.Boolean(readonly=True, export_string_translation=False)
    what = fields.Char(string="Moves", compute="_compute_what")

    @api.depends("line_ids.found")
    @api.depends_context("lang")
    def _compute_what(self):
        takeovers = self.env["sale.collection.takeover"]
        labels = takeovers._get_labels()
        for dialog in self:
            counts = [line._get_counts() for line in dialog.line_ids]
            dialog.what = takeovers._describe(counts, labels)

    # === ACTIONS ===#

    def action_preview(self):
        """Show what would move, customer by customer."""
        self.ensure_one()
        company = self._get_company()
        leaver = self._collection_get_given("from_user_id")
        found = self.env["sale.collection.takeover"]._collect(company, leaver)
        self.line_ids = [
            Command.clear(),
            *(
                Command.create({"partner_id": customer_id, "found": own})
                for customer_id, own in found.items()
            ),
        ]
        self.is_empty = not found
        return open_dialog(self.env._("Hand over customers"), self._name, self.id)

    def action_apply(self):
        """Hand over what is shown, and show what was moved."""
        self.ensure_one()
        company = self._get_company()
        leaver = self._collection_get_given("from_user_id")
        heir = self._collection_get_given("to_user_id")
        others = self.line_ids._get_given_successors()
        for successor in heir | others:
            self._check_successor(company, leaver, successor)
        given = {
            line.partner_id.id: Given((line.to_user_id or heir).id, line.found or {})
            for line in self.line_ids.sudo()
        }
        takeovers = self.env["sale.collection.takeover"]
        return takeovers._hand_over(company, leaver, given)._get_records_action(
            name=self.env._("Taken over")
        )

    # === CHECKS ===#

    def _get_company(self):
        """Return the root company of the dialog, which the user works in."""
        company = self.sudo().company_id.root_id
        if company not in self.env.companies.root_id:
            self._collection_get_given("company_id")
        return company

    @api.model
    def _check_successor(self, company, leaver, successor):
        """Check that somebody can do the work they are given.

        :raise UserError: naming the user and the way out
        """
        successor = successor.sudo()
        if successor == leaver:
            raise UserError(self.env._("To: choose somebody else than who hands over."))
        works = successor.active and not successor.share
        if not works or not successor.has_group("sale_collection.group_user"):
            raise UserError(
                self.env._(
                    "To: %(user)s does not work in Collection. Choose a user with this "
                    "right, or give it to them.",
                    user=successor.name,
                )
            )
        if company not in successor.company_ids.root_id:
            raise UserError(
                self.env._(
                    "To: %(user)s does not work in %(company)s. Choose somebody who "
                    "does.",
                    user=successor.name,
                    company=company.name,
                )
            )
