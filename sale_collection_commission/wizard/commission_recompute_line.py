from odoo import api, fields, models


class SaleCollectionCommissionRecomputeLine(models.TransientModel):
    """What one earner has of an invoice now, and would have."""

    _name = "sale.collection.commission.recompute.line"
    _description = "Change of commission"

    recompute_id = fields.Many2one(
        "sale.collection.commission.recompute", required=True, ondelete="cascade"
    )
    move_id = fields.Many2one("account.move", string="Invoice")
    user_id = fields.Many2one("res.users", string="Rep")
    agent_id = fields.Many2one("res.partner")
    currency_id = fields.Many2one("res.currency")
    amount_before = fields.Monetary(string="Now")
    amount_after = fields.Monetary(string="Then")
    amount_change = fields.Monetary(string="Change", compute="_compute_change")

    @api.depends("amount_before", "amount_after")
    def _compute_change(self):
        for line in self:
            line.amount_change = line.amount_after - line.amount_before
