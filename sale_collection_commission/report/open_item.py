from odoo import api, fields, models


class SaleCollectionOpenItem(models.Model):
    """Shows what open instalments earn the current user."""

    _inherit = "sale.collection.open.item"

    commission_worth = fields.Char(
        string="Worth to me",
        compute="_compute_commission_worth",
        groups="sale_collection.group_user",
        help="Commission it brings you if paid today, and until when.",
    )

    @api.depends("line_id")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_commission_worth(self):
        outlook = self.env["sale.collection.commission.outlook"].sudo()
        moves = self.move_id.sudo()
        found = {
            own.line_id: own
            for own in outlook._collect_prospects(user=self.env.user, moves=moves)
        }
        for item in self:
            own = found.get(item.line_id.id)
            item.commission_worth = own and item.move_id.sudo()._say_worth([own])
