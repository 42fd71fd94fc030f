from odoo import fields, models

from odoo.addons.sale_collection.fields import OptionalFloat

KINDS = [
    ("caught", "Rightly stopped"),
    ("false", "False hold"),
    ("missed", "Missed"),
    ("fine", "Rightly passed"),
    ("unknown", "Not known yet"),
]


class SaleCollectionHoldSimulationLine(models.TransientModel):
    """One order of a simulation."""

    _name = "sale.collection.hold.simulation.line"
    _description = "Simulated order"
    _order = "amount desc, id"
    _rec_name = "order_id"
    _transient_max_hours = 12

    simulation_id = fields.Many2one(
        "sale.collection.hold.simulation",
        required=True,
        index=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="simulation_id.currency_id")
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="cascade"
    )
    date = fields.Date(string="Ordered on", readonly=True)
    amount = fields.Monetary(readonly=True)
    strength = fields.Selection(
        selection=lambda self: [
            ("none", self.env._("None")),
            *self.env["sale.collection.hold.rule"]
            ._fields["strength"]
            ._description_selection(self.env),
        ],
        readonly=True,
    )
    stopped = fields.Boolean(readonly=True)
    kind = fields.Selection(KINDS, string="Outcome", readonly=True)
    days_late = OptionalFloat(
        string="Days late",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Of the invoices of this order, weighted by amount.",
    )
