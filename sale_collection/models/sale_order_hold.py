from odoo import api, fields, models

from .hold import CURRENT_STATES

HOLD_STATES = [
    ("none", "None"),
    ("warn", "Warning"),
    ("held", "Held"),
    ("ready", "Ready"),
    ("released", "Released"),
    ("rejected", "Rejected"),
]
# The strengths that keep goods back.
WAITING = ("limit", "prepay", "hold", "refuse")


class SaleOrder(models.Model):
    """The order's own hold."""

    _inherit = "sale.order"

    collection_hold_ids = fields.One2many("sale.collection.hold", "order_id")
    collection_hold_id = fields.Many2one(
        "sale.collection.hold",
        string="Supply hold",
        compute="_compute_collection_hold",
        compute_sudo=True,
    )
    collection_warned = fields.Boolean(
        readonly=True, copy=False, export_string_translation=False
    )
    collection_hold_state = fields.Selection(
        HOLD_STATES,
        string="Supply",
        compute="_compute_collection_hold_state",
        store=True,
        default="none",
        copy=False,
        index="btree_not_null",
    )

    @api.depends("collection_hold_ids.state")
    def _compute_collection_hold(self):
        for order in self:
            holds = order.collection_hold_ids.filtered(
                lambda hold: hold.state in CURRENT_STATES
            )
            order.collection_hold_id = holds[:1]

    @api.depends("collection_hold_ids.state", "collection_warned")
    def _compute_collection_hold_state(self):
        for order in self:
            hold = order.collection_hold_id
            order.collection_hold_state = {"active": "held"}.get(
                hold.state, hold.state
            ) or ("warn" if order.collection_warned else "none")

    def _collection_verdict(self, today=None, checkpoint="confirm"):
        """Judge these orders.

        :return: {order id: {'strength', 'reasons', 'cures'}}
        """
        return {
            order.id: {"strength": "none", "reasons": [], "cures": []} for order in self
        }

    def _collection_recheck(self, today=None):
        """Judge confirmed orders again and apply what follows."""

    def _collection_supply_waits(self):
        """Tell whether goods of this order wait, by its stored hold."""
        self.ensure_one()
        hold = self.collection_hold_id
        return hold.state in ("active", "rejected") and hold.strength in WAITING

    def _collection_launch_supply(self):
        """Launch what may be supplied now; nothing can be launched without stock."""

    def _collection_has_supply(self):
        """Tell whether something of this order can wait to be supplied."""
        self.ensure_one()
        return any(
            line.product_id.type == "consu" and not line.display_type
            for line in self.order_line
        )

    def _collection_get_allowance(self, today=None):
        """Return {order line id: quantity that may be supplied in all}.

        :return: None where nothing is capped
        """
        self.ensure_one()
        return None
