from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import split_every

MODES = [
    ("new", "New orders only"),
    ("open", "Open orders too"),
]
STATES = [
    ("done", "Switched on"),
    ("undone", "Undone"),
]
# Orders judged and written at once.
BATCH = 200


class SaleCollectionHoldSwitch(models.Model):
    """One rule put in use: by whom, from which orders on, which orders that stopped.

    A switch stops its orders at once, not in the night, and can be undone.
    """

    _name = "sale.collection.hold.switch"
    _description = "Switch of a supply rule"
    _inherit = ["sale.collection.code.written", "sale.collection.titled"]
    _order = "id desc"
    _rec_name = "rule_id"

    rule_id = fields.Many2one(
        "sale.collection.hold.rule",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="rule_id.company_id", store=True)
    currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.company.root_id.currency_id
    )
    summary = fields.Text(related="rule_id.summary")
    replaced_id = fields.Many2one(
        "sale.collection.hold.rule",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    mode = fields.Selection(MODES, string="For", required=True, readonly=True)
    date_from = fields.Date(string="Confirmed from", readonly=True)
    state = fields.Selection(STATES, required=True, default="done", readonly=True)
    stopped_ids = fields.Many2many(
        "sale.order",
        "sale_collection_hold_switch_stopped_rel",
        string="Orders stopped",
        readonly=True,
    )
    stop_count = fields.Integer(string="Orders that stop", compute="_compute_counts")
    stop_amount = fields.Monetary(string="Amount", readonly=True)
    freed_ids = fields.Many2many(
        "sale.order",
        "sale_collection_hold_switch_freed_rel",
        string="Orders freed",
        readonly=True,
    )
    free_count = fields.Integer(string="Orders that go on", compute="_compute_counts")
    done_by_id = fields.Many2one(related="create_uid", string="Switched by")
    done_at = fields.Datetime(related="create_date", string="Switched at")
    undone_by_id = fields.Many2one("res.users", string="Undone by", readonly=True)

    @api.depends("stopped_ids", "freed_ids")
    def _compute_counts(self):
        for switch in self:
            switch.stop_count = len(switch.stopped_ids)
            switch.free_count = len(switch.freed_ids)

    # === ACTIONS ===#

    def action_undo(self):
        """Take the rule out of use again; what it alone has stopped goes on."""
        self.ensure_one()
        if self.state != "done":
            raise UserError(self.env._("Only a switch that was done can be undone."))
        held = self.env["sale.collection.hold"].search(
            [("rule_ids", "in", self.rule_id.ids), ("state", "=", "active")]
        )
        self.rule_id.action_archive()
        self.replaced_id.action_unarchive()
        self._recheck_orders(self.stopped_ids | self.freed_ids | held.order_id)
        self.sudo().write({"state": "undone", "undone_by_id": self.env.uid})
        return self._open()

    def _open(self):
        name = self.env._("Switch on: %(rule)s", rule=self.rule_id.name)
        return self._get_records_action(name=name, target="new", context={})

    # === BUSINESS ===#

    def _switch_on(self, orders_from):
        """Put the rule in use, in place of the one it replaces.

        :param orders_from: moment from which confirmed orders are judged by it; False
            for all open orders
        """
        self.ensure_one()
        self.rule_id.write({"active": True, "orders_from": orders_from})
        self.replaced_id.action_archive()
        self._recheck_orders(self.stopped_ids | self.freed_ids)

    @api.model
    def _recheck_orders(self, orders):
        """Judge orders again now, in batches."""
        orders = orders.sudo()
        for batch in split_every(BATCH, orders.ids, orders.browse):
            batch._collection_recheck()
