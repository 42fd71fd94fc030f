from odoo import fields, models

from ..tools.hold_facts import STRENGTHS


class SaleCollectionHoldSwitchLine(models.Model):
    """One open order that a switched rule stops or frees."""

    _name = "sale.collection.hold.switch.line"
    _description = "Order concerned by a supply rule"
    _order = "effect desc, amount desc, id"
    _rec_name = "order_id"

    switch_id = fields.Many2one(
        "sale.collection.hold.switch", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="switch_id.company_id", store=True)
    currency_id = fields.Many2one(related="order_id.company_id.currency_id")
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="cascade"
    )
    amount = fields.Monetary(readonly=True)
    was = fields.Selection(
        selection=lambda self: self._get_strengths(), string="Now", readonly=True
    )
    will = fields.Selection(
        selection=lambda self: self._get_strengths(), string="Then", readonly=True
    )
    effect = fields.Selection(
        [("stop", "Stops"), ("free", "Goes on")], required=True, readonly=True
    )

    def _get_strengths(self):
        """Return what a rule can do to an order, and nothing."""
        labels = dict(
            self.env["sale.collection.hold.rule"]
            ._fields["strength"]
            ._description_selection(self.env)
        )
        return [(code, labels.get(code, self.env._("None"))) for code in STRENGTHS]
