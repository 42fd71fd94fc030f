from odoo import api, fields, models
from odoo.tools.sql import column_exists

from .hold import CURRENT_STATES

HOLD_STATES = [
    ("none", "None"),
    ("warn", "Warning"),
    ("held", "Held"),
    ("ready", "Ready"),
    ("released", "Released"),
    ("rejected", "Rejected"),
]
# What the supply rules say of an order; a client could write stored figures otherwise.
RULED_FIELDS = {"collection_hold_state", "collection_warned"}


class SaleOrder(models.Model):
    """The hold of an order, and what of it may be supplied."""

    _inherit = "sale.order"

    collection_hold_ids = fields.One2many(
        "sale.collection.hold", "order_id", string="Supply holds"
    )
    collection_hold_id = fields.Many2one(
        "sale.collection.hold",
        string="Supply hold",
        compute="_compute_collection_hold_id",
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
        copy=False,
        help="Whether supply rules keep goods of this order back.",
    )

    # The few orders people look for, not the many without a hold.
    _collection_hold_state_idx = models.Index(
        "(collection_hold_state) WHERE collection_hold_state <> 'none'"
    )

    def _auto_init(self):
        # Years of orders have no hold: none of them is read to find that out.
        if not column_exists(self.env.cr, self._table, "collection_hold_state"):
            self.env.cr.execute(
                "ALTER TABLE sale_order"
                " ADD COLUMN collection_hold_state varchar DEFAULT 'none'"
            )
            self.env.cr.execute(
                "ALTER TABLE sale_order ALTER collection_hold_state DROP DEFAULT"
            )
        return super()._auto_init()

    @api.depends("collection_hold_ids.state")
    def _compute_collection_hold_id(self):
        for order in self:
            order.collection_hold_id = order.collection_hold_ids.filtered(
                lambda hold: hold.state in CURRENT_STATES
            )[:1]

    @api.depends("collection_hold_ids.state", "collection_warned")
    def _compute_collection_hold_state(self):
        for order in self:
            state = order.collection_hold_id.state
            order.collection_hold_state = ("held" if state == "active" else state) or (
                "warn" if order.collection_warned else "none"
            )

    def write(self, vals):
        if not self.env.su and not RULED_FIELDS.isdisjoint(vals):
            raise self.env["sale.collection.hold"]._make_write_error()
        return super().write(vals)

    def _collection_get_hold(self):
        """Return the current hold; most orders have none and need not look for it."""
        self.ensure_one()
        if self.collection_hold_state in ("none", "warn"):
            return self.env["sale.collection.hold"]
        return self.collection_hold_id

    # === WHAT MAY BE SUPPLIED ===#

    def _collection_supply_waits(self):
        """Tell whether goods of this order wait, by its stored hold.

        An order edited in this transaction is judged first.
        """
        self.ensure_one()
        self._collection_settle_edits()
        return self.sudo()._collection_get_hold()._keeps_back()

    def _collection_launch_supply(self):
        """Launch what may be supplied now; nothing can be launched without stock."""

    def _collection_has_supply(self):
        """Tell whether something of this order can wait to be supplied."""
        self.ensure_one()
        return bool(self._collection_get_goods())

    def _collection_is_supplied(self):
        """Tell whether all the goods of this order have left."""
        self.ensure_one()
        goods = self._collection_get_goods()
        return bool(goods) and all(
            line.qty_delivered >= line.product_uom_qty for line in goods
        )

    def _collection_get_goods(self):
        return self.order_line.filtered(
            lambda line: (
                line.product_id.type == "consu"
                and not line.display_type
                and line.product_uom_qty > 0
            )
        )
