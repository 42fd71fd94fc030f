from odoo import api, fields, models


class SaleCollectionOpenItem(models.Model):
    """What open instalments earn whoever looks at them; nobody else's."""

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
        entries = self.env["sale.collection.commission.entry"].sudo()
        moves = self.move_id.sudo()
        found = {
            own.line_id: own
            for own in entries._collect_outlook(user=self.env.user, moves=moves)
        }
        for item in self:
            own = found.get(item.line_id.id)
            item.commission_worth = own and item.move_id.sudo()._say_worth([own])
