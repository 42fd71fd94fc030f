from odoo import fields, models


class SaleCollectionHoldSimulationRule(models.TransientModel):
    """What one rule would have stopped."""

    _name = "sale.collection.hold.simulation.rule"
    _description = "Simulated rule"
    _transient_max_hours = 12

    simulation_id = fields.Many2one(
        "sale.collection.hold.simulation",
        required=True,
        index=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="simulation_id.currency_id")
    rule_id = fields.Many2one(
        "sale.collection.hold.rule", required=True, ondelete="cascade"
    )
    held_count = fields.Integer(string="Stopped")
    held_amount = fields.Monetary(string="Amount")
    caught_count = fields.Integer(string="Rightly stopped")
    false_count = fields.Integer(string="False holds")
