from odoo import fields, models

from ...fields import OptionalFloat

CHANGES = [
    ("better", "Better"),
    ("worse", "Worse"),
    ("other", "To or from new"),
    ("same", "Same"),
]


class SaleCollectionSimulationLine(models.TransientModel):
    """One customer of a simulation."""

    _name = "sale.collection.simulation.line"
    _description = "Simulated grade"
    _order = "amount_open desc, id"
    _rec_name = "profile_id"
    _transient_max_hours = 12

    simulation_id = fields.Many2one(
        "sale.collection.simulation", required=True, ondelete="cascade", index=True
    )
    currency_id = fields.Many2one(related="simulation_id.currency_id")
    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    user_id = fields.Many2one("res.users", string="Collector", readonly=True)
    amount_open = fields.Monetary(string="Open", readonly=True)
    old_grade_id = fields.Many2one(
        "sale.collection.grade", string="Today", readonly=True, ondelete="cascade"
    )
    old_color = fields.Integer(
        related="old_grade_id.color",
        string="Old color",
        export_string_translation=False,
    )
    new_grade_id = fields.Many2one(
        "sale.collection.grade", string="Simulated", readonly=True, ondelete="cascade"
    )
    new_color = fields.Integer(
        related="new_grade_id.color",
        string="New color",
        export_string_translation=False,
    )
    old_score = OptionalFloat(
        string="Score today", digits=(5, 2), readonly=True, aggregator="avg"
    )
    new_score = OptionalFloat(
        string="Simulated score", digits=(5, 2), readonly=True, aggregator="avg"
    )
    change = fields.Selection(CHANGES, readonly=True)
