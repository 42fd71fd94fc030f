from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.sale_collection.tools.window import open_dialog


class SaleCollectionProfile(models.Model):
    """Payments that reps report of a customer, and visits to it."""

    _inherit = "sale.collection.profile"

    visit_ids = fields.One2many("sale.collection.visit", "profile_id", string="Visits")
    visit_date = fields.Date(string="Planned visit", compute="_compute_visit_date")

    @api.depends("visit_ids.date", "visit_ids.state")
    def _compute_visit_date(self):
        planned = self.env["sale.collection.visit"]._read_group(
            [("profile_id", "in", self.ids), ("state", "=", "planned")],
            ["profile_id"],
            ["date:min"],
        )
        days = {profile.id: day for profile, day in planned}
        for profile in self:
            profile.visit_date = days.get(profile._origin.id)

    @api.model
    def _get_touched_steps(self):
        return [*super()._get_touched_steps(), (45, "_match_notices")]

    def _match_notices(self, today=None):
        """Confirm the payment notices of these customers whose money has come."""
        for company, own in self.sudo().grouped("company_id").items():
            notices = self.env["sale.collection.notice"]
            notices._match(company, own.partner_id.ids, today)

    def _get_open_debts(self, moves=None):
        """Return the open receivable lines of this customer, the oldest first.

        For whoever may see the profile, invoices of colleagues included.

        :param moves: only of these documents
        """
        self.ensure_one()
        self.check_access("read")
        company = self.sudo().company_id
        chosen = SQL("line.move_id = ANY(%s)", moves.ids) if moves else SQL("TRUE")
        return self.env["account.move.line"]._find_open_debts(
            company,
            company._collection_today(),
            SQL("%s AND %s", self._get_line_condition(self.partner_id.ids), chosen),
        )

    def action_new_notice(self):
        """Report a payment of this customer."""
        self.ensure_one()
        return self._open_notice_dialog()

    def action_plan_visit(self):
        """Plan a visit to this customer."""
        self.ensure_one()
        return open_dialog(
            self.env._("Visit"),
            "sale.collection.visit",
            view_id=self.env.ref("sale_collection_field.visit_view_form_dialog").id,
            default_profile_id=self.id,
        )

    def _open_notice_dialog(self, moves=None, **values):
        """Open the dialog of a payment notice.

        :param moves: the invoices it is about; all that is open when left out
        """
        return open_dialog(
            self.env._("Payment notice"),
            "sale.collection.notice",
            view_id=self.env.ref("sale_collection_field.notice_view_form_dialog").id,
            default_profile_id=self.id,
            collection_notice_moves=moves.ids if moves else [],
            **{f"default_{name}": value for name, value in values.items()},
        )
