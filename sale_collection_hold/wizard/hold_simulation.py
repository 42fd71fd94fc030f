from collections import defaultdict
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..tools.hold_backtest import (
    CAUGHT,
    FALSE,
    FORGOTTEN,
    Instalment,
    classify,
    days_late,
    is_bad,
    share,
    tally,
    timeless,
)
from ..tools.hold_facts import WAITING

COUNTED = ("caught", "false", "missed", "fine", "unknown")


class SaleCollectionHoldSimulation(models.TransientModel):
    """Which orders of the past months rules would have stopped, and how those
    customers then paid for them.

    A false hold is a stopped order that was paid well; a missed case one that went
    through and was paid late or not at all.
    """

    _name = "sale.collection.hold.simulation"
    _description = "Simulation of supply rules"
    _transient_max_hours = 12

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    months = fields.Integer(
        default=6, required=True, help="Orders confirmed in the last months."
    )
    tolerance = fields.Integer(
        string="Late from",
        default=30,
        required=True,
        help="An order was paid badly when a part of it was more days late than this, "
        "or is now.",
    )
    rule_ids = fields.Many2many(
        "sale.collection.hold.rule",
        string="Rules to try",
        domain="['|', ('company_id', '=', False), ('company_id', '=', company_id)]",
        context={"active_test": False},
        default=lambda self: self._get_default_rules(),
    )
    with_active = fields.Boolean(string="Together with the rules in use", default=True)
    forgotten_note = fields.Char(compute="_compute_forgotten_note")
    is_done = fields.Boolean(readonly=True, export_string_translation=False)
    line_ids = fields.One2many("sale.collection.hold.simulation.line", "simulation_id")
    result_ids = fields.One2many(
        "sale.collection.hold.simulation.rule", "simulation_id", readonly=True
    )
    order_count = fields.Integer(string="Orders", readonly=True)
    held_count = fields.Integer(string="Would have been stopped", readonly=True)
    held_amount = fields.Monetary(string="Amount stopped", readonly=True)
    caught_count = fields.Integer(string="Rightly stopped", readonly=True)
    caught_amount = fields.Monetary(string="Amount rightly stopped", readonly=True)
    false_count = fields.Integer(string="False holds", readonly=True)
    false_amount = fields.Monetary(string="Amount of false holds", readonly=True)
    missed_count = fields.Integer(string="Missed", readonly=True)
    missed_amount = fields.Monetary(string="Amount missed", readonly=True)
    fine_count = fields.Integer(string="Rightly passed", readonly=True)
    unknown_count = fields.Integer(string="Not known yet", readonly=True)
    false_share = fields.Float(
        string="Stopped in vain",
        readonly=True,
        help="False holds among the stopped orders whose outcome is known.",
    )
    caught_share = fields.Float(
        string="Caught",
        readonly=True,
        help="Stopped orders among those that were then paid badly.",
    )

    # === DEFAULTS, COMPUTE ===#

    @api.model
    def _get_default_rules(self):
        return (
            self.env["sale.collection.hold.rule"]
            .with_context(active_test=False)
            .search([("kind", "=", "block"), ("strength", "!=", "warn")])
        )

    @api.depends("company_id")
    def _compute_display_name(self):
        self.display_name = self.env._("Simulation of supply rules")

    @api.depends("rule_ids")
    def _compute_forgotten_note(self):
        for simulation in self:
            left_out = simulation.rule_ids.filtered(
                lambda rule: not FORGOTTEN.isdisjoint(rule.condition_ids.mapped("code"))
            )
            simulation.forgotten_note = left_out and self.env._(
                "Left out, their past is not kept: %(rules)s",
                rules=", ".join(left_out.mapped("name")),
            )

    @api.constrains("months", "tolerance")
    def _check_window(self):
        for simulation in self:
            if not 1 <= simulation.months <= 60:
                raise ValidationError(
                    self.env._("Months: choose between 1 and 60 months.")
                )
            if simulation.tolerance < 0:
                raise ValidationError(
                    self.env._("Late from: days late cannot be negative.")
                )

    # === ACTIONS ===#

    def action_simulate(self):
        """Judge the orders of the past months, and look at how they were paid."""
        self.ensure_one()
        today = self.company_id._collection_today()
        rules = timeless(self._get_rules())
        if not rules:
            raise UserError(
                self.env._("Rules to try: choose at least one rule to simulate.")
            )
        judged = self.env["sale.collection.order.past"]._judge(
            self.company_id,
            rules,
            today - relativedelta(months=self.months),
            today - timedelta(days=1),
        )
        lines = self._prepare_lines(judged, today)
        self._write_result(lines)
        return True

    def action_open_held(self):
        return self._open_lines(
            self.env._("Would have been stopped"), [("stopped", "=", True)]
        )

    def action_open_caught(self):
        return self._open_lines(self.env._("Rightly stopped"), [("kind", "=", CAUGHT)])

    def action_open_false(self):
        return self._open_lines(self.env._("False holds"), [("kind", "=", FALSE)])

    def action_open_missed(self):
        return self._open_lines(self.env._("Missed"), [("kind", "=", "missed")])

    def action_open_all(self):
        return self._open_lines(self.env._("Orders"), [])

    # === COLLECT, DECIDE ===#

    def _get_rules(self):
        """Return the rules to try as values; exemptions in use always count."""
        Rule = self.env["sale.collection.hold.rule"]
        in_use = Rule.search([] if self.with_active else [("kind", "=", "exclude")])
        chosen = (in_use | self.rule_ids) - self.rule_ids.replaces_id
        return Rule.sudo()._read_rules(SQL("rule.id = ANY(%s)", chosen.ids))

    def _prepare_lines(self, judged, today):
        """Return the values of one line for each order judged."""
        payments = self._collect_payments(today)
        return [
            self._prepare_line(order, verdict, payments.get(order["id"], ()), today)
            for order, verdict in judged
        ]

    def _collect_payments(self, today):
        """Return {order id: instalments} of the orders of the window."""
        past_orders = self.env["sale.collection.order.past"]
        past = past_orders._get_orders_sql(
            self.company_id, today - relativedelta(months=self.months), today
        )
        return {
            order_id: [Instalment(*payment) for payment in found]
            for order_id, found in past_orders._read_payments(past).items()
        }

    def _prepare_line(self, order, verdict, instalments, today):
        stopped = verdict.strength in WAITING
        bad = is_bad(instalments, self.tolerance, today)
        hits = [
            check.rule.id for check in verdict.hits if check.rule.strength in WAITING
        ]
        return {
            "order_id": order["id"],
            "partner_id": order["customer"],
            "date": order["day"],
            "amount": self.currency_id.round(order["amount"]),
            "strength": verdict.strength,
            "stopped": stopped,
            "kind": classify(stopped, bad),
            "days_late": days_late(instalments, today),
            "rules": hits,
        }

    # === APPLY ===#

    def _write_result(self, lines):
        counts = tally((line["kind"], line["amount"]) for line in lines)
        stopped = [line for line in lines if line["stopped"]]
        caught, false = counts[CAUGHT], counts[FALSE]
        values = {
            "is_done": True,
            "order_count": len(lines),
            "held_count": len(stopped),
            "held_amount": sum(line["amount"] for line in stopped),
            "false_share": share(false.count, caught.count + false.count) or 0.0,
            "caught_share": share(caught.count, caught.count + counts["missed"].count)
            or 0.0,
        }
        for kind in COUNTED:
            values[f"{kind}_count"] = counts[kind].count
        for kind in ("caught", "false", "missed"):
            values[f"{kind}_amount"] = counts[kind].amount
        results = self._prepare_results(lines)
        self.write(
            {
                **values,
                "result_ids": [
                    Command.clear(),
                    *(Command.create(result) for result in results),
                ],
            }
        )
        self._insert_lines(lines)

    @api.model
    def _prepare_results(self, lines):
        """Return what each rule stopped, the one that stopped most first."""
        by_rule = defaultdict(list)
        for line in lines:
            for rule_id in line["rules"]:
                by_rule[rule_id].append((line["kind"], line["amount"]))
        results = []
        for rule_id, kinds in by_rule.items():
            counts = tally(kinds)
            results.append(
                {
                    "rule_id": rule_id,
                    "held_count": len(kinds),
                    "held_amount": sum(amount for _kind, amount in kinds),
                    "caught_count": counts[CAUGHT].count,
                    "false_count": counts[FALSE].count,
                }
            )
        return sorted(results, key=lambda result: -result["held_amount"])

    def _insert_lines(self, lines):
        """Insert by SQL: there is one line for each order of the window."""
        self.line_ids.unlink()
        if not lines:
            return
        self.flush_recordset()
        names = [name for name in lines[0] if name != "rules"]
        columns = ("simulation_id", "create_uid", "create_date", *names)
        now = fields.Datetime.now()
        rows = [
            (self.id, self.env.uid, now, *(line[name] for name in names))
            for line in lines
        ]
        self.env.execute_query(
            SQL(
                "INSERT INTO sale_collection_hold_simulation_line (%s) VALUES %s "
                "RETURNING id",
                SQL(", ").join(map(SQL.identifier, columns)),
                SQL(", ").join(rows),
            )
        )
        self.invalidate_recordset(["line_ids"])

    def _open_lines(self, name, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_hold.hold_simulation_line_action"
        )
        return {
            **action,
            "name": name,
            "domain": [("simulation_id", "=", self.id), *domain],
        }
