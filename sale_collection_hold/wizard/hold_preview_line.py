from odoo import fields, models

from odoo.addons.sale_collection.fields import OptionalFloat

from ..tools.hold_facts import STRENGTHS

KINDS = [
    ("caught", "Rightly stopped"),
    ("false", "False hold"),
    ("missed", "Missed"),
    ("fine", "Rightly passed"),
    ("unknown", "Not known yet"),
]


class SaleCollectionHoldPreviewLine(models.TransientModel):
    """One open order that a rule stops or frees, or one order of the past."""

    _name = "sale.collection.hold.preview.line"
    _description = "Order concerned by a supply rule"
    _inherit = ["sale.collection.titled"]
    _order = "effect desc, amount desc, id"
    _rec_name = "order_id"
    _transient_max_hours = 12

    preview_id = fields.Many2one(
        "sale.collection.hold.preview", required=True, index=True, ondelete="cascade"
    )
    period = fields.Selection(
        [("today", "Today"), ("past", "Past")],
        required=True,
        default="today",
        export_string_translation=False,
    )
    currency_id = fields.Many2one(related="preview_id.currency_id")
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="cascade"
    )
    date = fields.Date(string="Ordered on", readonly=True)
    amount = fields.Monetary(readonly=True)
    was = fields.Selection(
        selection=lambda self: self._get_strengths(), string="Now", readonly=True
    )
    will = fields.Selection(
        selection=lambda self: self._get_strengths(), string="Then", readonly=True
    )
    effect = fields.Selection([("stop", "Stops"), ("free", "Goes on")], readonly=True)
    kind = fields.Selection(KINDS, string="Outcome", readonly=True)
    days_late = OptionalFloat(
        string="Days late",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Of the invoices of this order, weighted by amount.",
    )

    def _get_strengths(self):
        """Return what a rule can do to an order, and nothing."""
        labels = dict(
            self.env["sale.collection.hold.rule"]
            ._fields["strength"]
            ._description_selection(self.env)
        )
        return [(code, labels.get(code, self.env._("None"))) for code in STRENGTHS]
