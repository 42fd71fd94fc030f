from datetime import datetime, time, timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

from ..tools.hold import Question
from ..tools.hold_facts import STRENGTHS, WAITING

MODES = [
    ("new", "New orders only"),
    ("open", "Open orders too"),
]
STATES = [
    ("draft", "To decide"),
    ("done", "Switched on"),
    ("undone", "Undone"),
]
# Orders judged and written at once.
BATCH = 200
# Days after which a switch nobody pressed is dropped.
DRAFT_DAYS = 1


class SaleCollectionHoldSwitch(models.Model):
    """Putting one rule in use: from which orders on, which orders that stops.

    The orders are stopped at once, not in the night, and the switch can be undone.
    """

    _name = "sale.collection.hold.switch"
    _description = "Switch of a supply rule"
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
    mode = fields.Selection(
        MODES, string="For", required=True, default="new", readonly=False
    )
    date_from = fields.Date(
        string="Confirmed from",
        help="Open orders confirmed before this day stay as they are. Empty: all open "
        "orders.",
    )
    state = fields.Selection(STATES, required=True, default="draft", readonly=True)
    line_ids = fields.One2many(
        "sale.collection.hold.switch.line",
        "switch_id",
        string="Orders concerned",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    stop_count = fields.Integer(string="Orders that stop", compute="_compute_totals")
    stop_amount = fields.Monetary(string="Amount", compute="_compute_totals")
    free_count = fields.Integer(string="Orders that go on", compute="_compute_totals")
    done_by_id = fields.Many2one("res.users", string="Switched by", readonly=True)
    done_at = fields.Datetime(string="Switched at", readonly=True)
    undone_by_id = fields.Many2one("res.users", string="Undone by", readonly=True)

    # === COMPUTE ===#

    @api.depends("mode", "date_from")
    def _compute_line_ids(self):
        for switch in self.filtered(lambda switch: switch.state == "draft"):
            found = switch._find_changes() if switch.mode == "open" else []
            switch.line_ids = [
                Command.clear(),
                *(Command.create(values) for values in found),
            ]

    @api.depends("line_ids.effect", "line_ids.amount")
    def _compute_totals(self):
        for switch in self:
            stops = switch.line_ids.filtered(lambda line: line.effect == "stop")
            switch.stop_count = len(stops)
            switch.stop_amount = sum(stops.mapped("amount"))
            switch.free_count = len(switch.line_ids - stops)

    # === ACTIONS ===#

    def action_apply(self):
        """Put the rule in use and stop, or free, the orders listed, now."""
        self.ensure_one()
        if self.state != "draft":
            raise UserError(self.env._("This switch has been done already."))
        replaced = self.rule_id.replaces_id
        self.rule_id.write({"active": True, "orders_from": self._get_orders_from()})
        replaced.action_archive()
        self._recheck(self.line_ids.order_id)
        self.write(
            {
                "state": "done",
                "replaced_id": replaced.id,
                "done_by_id": self.env.uid,
                "done_at": fields.Datetime.now(),
            }
        )
        return self._open()

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
        self._recheck(self.line_ids.order_id | held.order_id)
        self.write({"state": "undone", "undone_by_id": self.env.uid})
        return self._open()

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Switch on: %(rule)s", rule=self.rule_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    # === BUSINESS ===#

    def _get_orders_from(self):
        """Return the moment from which confirmed orders are judged by the rule."""
        if self.mode == "new":
            return fields.Datetime.now()
        return self.date_from and datetime.combine(self.date_from, time.min)

    def _find_changes(self):
        """Return the values of a line for each open order the rule changes.

        Judged by the rules in use with this one, beside those in use now.
        """
        Order = self.env["sale.order"].sudo()
        orders = Order.browse()
        for company in self._get_companies():
            orders |= Order._collection_find_open(company)
        orders = orders.filtered(lambda order: order.state == "sale")
        judge = self.env["sale.collection.order.judge"]
        question = Question(checkpoint="delivery")
        before = judge._judge(orders, question, self._read_rules(SQL("rule.active")))
        after = judge._judge(orders, question, self._get_rules_after())
        return [
            line
            for order in orders
            for line in self._prepare_line(
                order, before.get(order.id), after.get(order.id)
            )
        ]

    def _get_companies(self):
        return self.company_id or self.env.companies.root_id

    def _read_rules(self, chosen):
        return self.env["sale.collection.hold.rule"].sudo()._read_rules(chosen)

    def _get_rules_after(self):
        """Return the rules in use once this one is switched on, as values."""
        rule = self.rule_id._origin or self.rule_id
        candidate = SQL("rule.active OR rule.id = %s", rule.id)
        replaced = rule.replaces_id.id
        return [
            found._replace(orders_from=self._get_orders_from() or None)
            if found.id == rule.id
            else found
            for found in self._read_rules(candidate)
            if found.id != replaced
        ]

    def _prepare_line(self, order, before, after):
        """Yield the values of a line where the order stops, or goes on."""
        was = order._collection_resolve(before, False).strength if before else "none"
        will = order._collection_resolve(after, False).strength if after else "none"
        stops = will in WAITING and STRENGTHS.index(will) > STRENGTHS.index(was)
        if stops or was in WAITING and will not in WAITING:
            yield {
                "order_id": order.id,
                "partner_id": order.partner_invoice_id.commercial_partner_id.id,
                "amount": (after or before).order.amount,
                "was": was,
                "will": will,
                "effect": "stop" if stops else "free",
            }

    def _recheck(self, orders):
        """Judge orders again now, in batches."""
        orders = orders.sudo()
        for batch in split_every(BATCH, orders.ids, orders.browse):
            batch._collection_recheck()

    @api.autovacuum
    def _gc_drafts(self):
        """Drop what nobody pressed."""
        since = fields.Datetime.now() - timedelta(days=DRAFT_DAYS)
        self.search(
            [("state", "=", "draft"), ("create_date", "<", since)], limit=1000
        ).unlink()
