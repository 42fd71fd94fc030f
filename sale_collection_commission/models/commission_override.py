from odoo import fields, models

from ..tools import commission_plan


class SaleCollectionCommissionOverride(models.Model):
    """What a manager earns on the money of the reps a plan is for."""

    _name = "sale.collection.commission.override"
    _inherit = ["sale.collection.commission.plan.part"]
    _description = "Manager's share"
    _order = "id"

    plan_id = fields.Many2one(
        "sale.collection.commission.plan", required=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Manager",
        domain="[('share', '=', False)]",
        ondelete="restrict",
        help="Empty: the leader of the sales team of the invoice.",
    )
    basis = fields.Selection(
        [("base", "Money collected"), ("commission", "Commission of the rep")],
        string="Percent of",
        required=True,
        default="base",
    )
    percent = fields.Float(string="Manager's rate (%)", required=True, digits=(6, 3))

    _percent_range = models.Constraint(
        "CHECK(percent > 0 AND percent <= 100)",
        "Manager's rate: enter a percentage above 0, up to 100.",
    )
    _manager_once = models.UniqueIndex(
        "(plan_id, COALESCE(user_id, 0))",
        "Managers' shares: each manager, and the team's leader, stands here once.",
    )

    def _get_override(self):
        """Return the manager's share as plain values."""
        self.ensure_one()
        return commission_plan.Override(
            user=self.user_id.id or None,
            percent=self.percent,
            of_commission=self.basis == "commission",
        )
