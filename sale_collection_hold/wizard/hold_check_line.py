from odoo import fields, models

from .hold_check import OUTCOMES


class SaleCollectionHoldCheckLine(models.TransientModel):
    """What one condition of a rule found on an order."""

    _name = "sale.collection.hold.check.line"
    _description = "Rule checked on an order"

    check_id = fields.Many2one(
        "sale.collection.hold.check", required=True, index=True, ondelete="cascade"
    )
    rule_id = fields.Many2one(
        "sale.collection.hold.rule", readonly=True, ondelete="cascade"
    )
    rule_name = fields.Char(string="Rule name", readonly=True)
    strength = fields.Selection(
        selection=lambda self: (
            self.env["sale.collection.hold.rule"]
            ._fields["strength"]
            ._description_selection(self.env)
        ),
        readonly=True,
    )
    code = fields.Selection(
        selection=lambda self: (
            self.env["sale.collection.hold.condition"]
            ._fields["code"]
            ._description_selection(self.env)
        ),
        string="Condition",
        readonly=True,
    )
    measured = fields.Char(readonly=True)
    threshold = fields.Char(string="Allowed", readonly=True)
    is_hit = fields.Boolean(string="Over", readonly=True)
    outcome = fields.Selection(OUTCOMES, readonly=True)
    by_id = fields.Many2one(
        "sale.collection.hold.rule",
        string="Exempted by",
        readonly=True,
        ondelete="cascade",
    )
