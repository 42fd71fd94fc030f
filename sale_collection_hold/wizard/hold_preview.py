from collections import defaultdict
from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..models.rule.hold_switch import MODES
from ..tools.hold import Question
from ..tools.hold_backtest import (
    CAUGHT,
    FALSE,
    KEPT,
    MISSED,
    Instalment,
    classify,
    days_late,
    is_bad,
    rule_figures,
    timeless,
    total_figures,
)
from ..tools.hold_facts import STRENGTHS, WAITING

PASSED = [("paid", "Paid in full"), ("exempt", "Customer excluded")]
TODAY_FIELDS = (
    "order_refs",
    "order_count",
    "order_amount",
    "partner_refs",
    "partner_count",
)
PAST_FIELDS = ("held_count", "held_amount", "caught_count", "false_count")


class SaleCollectionHoldPreview(models.TransientModel):
    """What supply rules would stop, today and on the orders of past months.

    Opened for all rules (*Setup*), for one rule that is switched on from here, and for
    one order (*Check this order*). Of past orders, a false hold is one that rules
    would have stopped and that was paid well; a missed case one that they would have
    let through and that was paid late or not at all.
    """

    _name = "sale.collection.hold.preview"
    _description = "Preview of supply rules"
    _transient_max_hours = 12

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    result_ids = fields.One2many(
        "sale.collection.hold.preview.rule", "preview_id", readonly=True
    )
    counted_at = fields.Datetime(string="Counted at", readonly=True)

    # === ONE ORDER ===#

    order_id = fields.Many2one("sale.order", readonly=True)
    strength = fields.Selection(
        selection=lambda self: [
            ("none", self.env._("Nothing against it")),
            *self.env["sale.collection.hold.rule"]
            ._fields["strength"]
            ._description_selection(self.env),
        ],
        string="Verdict",
        readonly=True,
    )
    passed = fields.Selection(PASSED, string="Not judged", readonly=True)
    free_credit = fields.Char(
        string="Free for this order",
        readonly=True,
        help="What the limit leaves after open invoices and earlier orders.",
    )
    available_credit = fields.Char(
        string="Available credit of the customer",
        readonly=True,
        help="What the limit leaves after open invoices and all confirmed orders.",
    )
    received = fields.Monetary(string="Received for it", readonly=True)
    cure_text = fields.Text(string="What frees supply", readonly=True)

    # === ONE RULE, SWITCHED ON ===#

    rule_id = fields.Many2one(
        "sale.collection.hold.rule", readonly=True, ondelete="cascade"
    )
    summary = fields.Text(related="rule_id.summary")
    mode = fields.Selection(MODES, string="For", required=True, default="new")
    date_from = fields.Date(
        string="Confirmed from",
        help="Open orders confirmed before this day stay as they are. Empty: all open "
        "orders.",
    )
    line_ids = fields.One2many(
        "sale.collection.hold.preview.line",
        "preview_id",
        string="Orders concerned",
        domain=[("period", "=", "today")],
        compute="_compute_line_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    stop_count = fields.Integer(string="Orders that stop", compute="_compute_stops")
    stop_amount = fields.Monetary(string="Amount", compute="_compute_stops")
    free_count = fields.Integer(string="Orders that go on", compute="_compute_stops")

    # === THE PAST ===#

    rule_ids = fields.Many2many(
        "sale.collection.hold.rule",
        string="Rules to try",
        domain="['|', ('company_id', '=', False), ('company_id', '=', company_id)]",
        context={"active_test": False},
        help="Empty: all rules, in use or not.",
    )
    with_active = fields.Boolean(string="Together with the rules in use", default=True)
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
    forgotten_note = fields.Char(compute="_compute_forgotten_note")
    is_done = fields.Boolean(readonly=True, export_string_translation=False)
    past_line_ids = fields.One2many(
        "sale.collection.hold.preview.line",
        "preview_id",
        domain=[("period", "=", "past")],
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

    # === COMPUTE, CONSTRAINTS ===#

    @api.depends("company_id")
    def _compute_display_name(self):
        self.display_name = self.env._("Preview of supply rules")

    @api.depends("rule_id", "mode", "date_from")
    def _compute_line_ids(self):
        for preview in self:
            with_open = preview.rule_id and preview.mode == "open"
            changes = preview._find_changes() if with_open else ()
            preview.line_ids = [Command.clear(), *map(Command.create, changes)]

    @api.depends("line_ids.effect", "line_ids.amount")
    def _compute_stops(self):
        for preview in self:
            stops = preview.line_ids.filtered(lambda line: line.effect == "stop")
            preview.stop_count = len(stops)
            preview.stop_amount = sum(stops.mapped("amount"))
            preview.free_count = len(preview.line_ids - stops)

    @api.depends("rule_ids", "company_id")
    def _compute_forgotten_note(self):
        for preview in self:
            left_out = preview._get_rules().filtered(
                lambda rule: not KEPT.issuperset(rule.condition_ids.mapped("code"))
            )
            preview.forgotten_note = left_out and self.env._(
                "Left out, their past is not kept: %(rules)s",
                rules=", ".join(left_out.mapped("name")),
            )

    @api.constrains("months", "tolerance")
    def _check_window(self):
        for preview in self:
            if not 1 <= preview.months <= 60:
                raise ValidationError(
                    self.env._("Months: choose between 1 and 60 months.")
                )
            if preview.tolerance < 0:
                raise ValidationError(
                    self.env._("Late from: days late cannot be negative.")
                )

    # === ACTIONS ===#

    @api.model
    def action_open(self):
        """Open the page of all rules, counted now."""
        preview = self.create({})
        preview.action_count()
        return preview._open(self.env._("Setup"), "current")

    def action_count(self):
        """Count the customers and open orders each rule alone hits today."""
        self.ensure_one()
        self._check_manager()
        rules = self._get_rules()
        values = self._read_rules(SQL("rule.id = ANY(%s)", rules.ids))
        trial = self.env["sale.collection.hold.trial"]
        orders = trial._find_hit_orders(self.company_id, values)
        customers = trial._find_hit_customers(self.company_id, values)
        found = {
            rule.id: {
                "strength": rule.strength,
                "order_refs": list(orders[rule.id]),
                "order_count": len(orders[rule.id]),
                "order_amount": sum(orders[rule.id].values()),
                "partner_refs": customers[rule.id],
                "partner_count": len(customers[rule.id]),
            }
            for rule in rules
        }
        self._write_results(found, TODAY_FIELDS)
        self.counted_at = fields.Datetime.now()
        return self._reopen()

    def action_simulate(self):
        """Judge the orders of the past months, and look at how they were paid."""
        self.ensure_one()
        self._check_manager()
        today = self.company_id._collection_today()
        rules = timeless(self._read_past_rules())
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
        self._write_past(judged, today)
        return self._reopen()

    def action_switch_on(self):
        """Put the rule in use and stop, or free, the orders listed, now."""
        self.ensure_one()
        self._check_manager()
        if self.rule_id.active:
            raise UserError(self.env._("This switch has been done already."))
        stopped = self.line_ids.filtered(lambda line: line.effect == "stop")
        # Managers of rules need not see the orders themselves.
        switch = self.env["sale.collection.hold.switch"].sudo()
        switch = switch.create(
            {
                "rule_id": self.rule_id.id,
                "replaced_id": self.rule_id.replaces_id.id,
                "mode": self.mode,
                "date_from": self.date_from,
                "stopped_ids": [Command.set(stopped.order_id.ids)],
                "stop_amount": self.stop_amount,
                "freed_ids": [Command.set((self.line_ids - stopped).order_id.ids)],
            }
        )
        switch._switch_on(self._get_orders_from())
        return switch.sudo(False)._open()

    def action_open_held(self):
        return self._open_past(
            self.env._("Would have been stopped"), [("effect", "=", "stop")]
        )

    def action_open_caught(self):
        return self._open_past(self.env._("Rightly stopped"), [("kind", "=", CAUGHT)])

    def action_open_false(self):
        return self._open_past(self.env._("False holds"), [("kind", "=", FALSE)])

    def action_open_missed(self):
        return self._open_past(self.env._("Missed"), [("kind", "=", MISSED)])

    def action_open_all(self):
        return self._open_past(self.env._("Orders"), [])

    def _open_past(self, name, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_hold.hold_preview_line_action"
        )
        domain = [("preview_id", "=", self.id), ("period", "=", "past"), *domain]
        return {**action, "name": name, "domain": domain}

    def _reopen(self):
        """Show what was found; a dialog would close after its button otherwise."""
        return self._open_switch() if self.rule_id else True

    def _open_switch(self):
        return self._open(self.env._("Switch on: %(rule)s", rule=self.rule_id.name))

    def _open(self, name, target="new"):
        return self._get_records_action(name=name, target=target, context={})

    # === RULES ===#

    def _check_manager(self):
        """Refuse to judge the orders of all customers for others than managers.

        :raise AccessError: the user may not write supply rules
        """
        self.env["sale.collection.hold.rule"].check_access("write")

    def _get_rules(self):
        """Return the rules to try, all of the company where none is chosen."""
        Rule = self.env["sale.collection.hold.rule"].with_context(active_test=False)
        return self.rule_ids or Rule.search(
            [("company_id", "in", (False, self.company_id.id))]
        )

    @api.model
    def _read_rules(self, condition):
        return self.env["sale.collection.hold.rule"].sudo()._read_rules(condition)

    def _read_past_rules(self):
        """Return the rules tried on the past; exemptions in use always count."""
        Rule = self.env["sale.collection.hold.rule"]
        in_use = Rule.search([] if self.with_active else [("kind", "=", "exclude")])
        chosen = self.rule_ids or self._get_rules().filtered(
            lambda rule: rule.kind == "block"
        )
        tried = (in_use | chosen) - chosen.replaces_id
        return [
            rule
            for rule in self._read_rules(SQL("rule.id = ANY(%s)", tried.ids))
            if rule.company in (0, self.company_id.id)
        ]

    def _write_results(self, found, names):
        """Write figures of rules to their rows, and nothing on the other rows.

        :param found: {rule id: values}
        :param names: the fields that nothing is written to on other rows
        """
        nothing = dict.fromkeys(names, False)
        for row in self.result_ids:
            row.write(found.pop(row.rule_id.id, nothing))
        self.env["sale.collection.hold.preview.rule"].create(
            [
                {"preview_id": self.id, "rule_id": rule_id, **values}
                for rule_id, values in found.items()
            ]
        )

    # === WHAT A SWITCH CHANGES ===#

    def _get_orders_from(self):
        """Return the moment from which confirmed orders are judged by the rule."""
        if self.mode == "new":
            return fields.Datetime.now()
        return self.date_from and datetime.combine(self.date_from, time.min)

    def _find_changes(self):
        """Return the values of a line for each open order the rule changes.

        Orders are judged by the rules in use with this one, and by those in use now.
        """
        self._check_manager()
        facts = self.env["sale.collection.order.facts"]
        orders = self.env["sale.order"].sudo()
        for company in self.rule_id.company_id or self.env.companies.root_id:
            orders |= facts._find_open_orders(company)
        orders = orders.filtered(lambda order: order.state == "sale")
        judge = self.env["sale.collection.order.judge"]
        question = Question(checkpoint="delivery")
        before = judge._judge(orders, question, self._read_rules(SQL("rule.active")))
        after = judge._judge(orders, question, self._get_rules_after())
        return [
            line
            for order in orders
            for line in self._prepare_change(
                order, before.get(order.id), after.get(order.id)
            )
        ]

    def _get_rules_after(self):
        """Return the rules in use once this one is switched on, as values."""
        rule = self.rule_id
        candidate = SQL("rule.active OR rule.id = %s", rule.id)
        return [
            found._replace(orders_from=self._get_orders_from() or None)
            if found.id == rule.id
            else found
            for found in self._read_rules(candidate)
            if found.id != rule.replaces_id.id
        ]

    @api.model
    def _prepare_change(self, order, before, after):
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

    # === ORDERS OF THE PAST ===#

    def _write_past(self, judged, today):
        """Write how past orders would have fared: by order, by rule and in all.

        :param judged: see `order.past._judge`
        """
        payments = self._collect_payments(today)
        lines, by_rule = [], defaultdict(list)
        for order, verdict in judged:
            line = self._prepare_past(order, verdict, payments, today)
            lines.append(line)
            for check in verdict.hits:
                if check.rule.strength in WAITING:
                    by_rule[check.rule.id].append((line["kind"], line["amount"]))
        self.past_line_ids.unlink()
        self.env["sale.collection.hold.preview.line"].create(lines)
        self._write_results(
            {rule_id: rule_figures(found) for rule_id, found in by_rule.items()},
            PAST_FIELDS,
        )
        orders = [(line["kind"], line["amount"], line["effect"]) for line in lines]
        self.write({"is_done": True, **total_figures(orders)})

    def _collect_payments(self, today):
        """Return {order id: instalments} of the orders of the window."""
        reader = self.env["sale.collection.order.past"]
        past = reader._get_orders_sql(
            self.company_id, today - relativedelta(months=self.months), today
        )
        return {
            order_id: [Instalment(*payment) for payment in found]
            for order_id, found in reader._read_payments(past).items()
        }

    def _prepare_past(self, order, verdict, payments, today):
        """Return the values of the line of one past order."""
        instalments = payments.get(order["id"], ())
        stopped = verdict.strength in WAITING
        return {
            "preview_id": self.id,
            "period": "past",
            "order_id": order["id"],
            "partner_id": order["customer"],
            "date": order["day"],
            "amount": self.currency_id.round(order["amount"]),
            "will": verdict.strength,
            "effect": stopped and "stop",
            "kind": classify(stopped, is_bad(instalments, self.tolerance, today)),
            "days_late": days_late(instalments, today),
        }

    # === ONE ORDER ===#

    @api.model
    def _check_order(self, order):
        """Open what every rule measures on an order its caller let the user know."""
        values = {"order_id": order.id, "strength": "none"}
        judgement = order.sudo()._collection_judge(Question()).get(order.id)
        if judgement:
            values |= self._prepare_check(judgement, order)
        # Of the user all the same: a reader of the hold need not read the order.
        preview = self.sudo().create(values).sudo(False)
        return preview._open(self.env._("Check of %(order)s", order=order.name))

    @api.model
    def _prepare_check(self, judgement, order):
        """Return the verdict on an order, its cures and a row for each rule."""
        texts = self.env["sale.collection.hold.text"]
        found = judgement.explain(*texts._get_words())
        currency = order.company_id.sudo().currency_id
        cures = texts._describe_cures(judgement.cures(), currency)
        rows = [
            Command.create(row)
            for check in found["checks"]
            for row in self._prepare_check_rows(check, currency)
        ]
        return {
            "strength": found["strength"],
            "passed": found["passed"] or False,
            "free_credit": found["free"] is not None and currency.format(found["free"]),
            "available_credit": self._get_available_credit(order, currency),
            "received": found["received"],
            "cure_text": "\n".join(cures),
            "result_ids": rows,
        }

    @api.model
    def _get_available_credit(self, order, currency):
        """Return the figure of the customer's profile in words, False without one."""
        company = order.company_id.sudo().root_id
        profiles = self.env["sale.collection.profile"].sudo().with_company(company)
        available = profiles._for(order.partner_invoice_id).available_credit
        return available is not False and currency.format(available)

    @api.model
    def _prepare_check_rows(self, check, currency):
        """Return a row for each condition of a rule, one row without conditions."""
        common = {
            "rule_id": check["rule_id"] or False,
            "rule_name": check["rule"],
            "strength": check["strength"],
            "outcome": check["outcome"],
            "by_id": check["by"] or False,
        }
        if not check["measures"]:
            return [common | {"is_hit": check["outcome"] == "hit"}]
        return [
            common
            | {
                "code": row["code"],
                "measured": self._format_measure(row, "measured", currency),
                "threshold": self._format_measure(row, "threshold", currency),
                "is_hit": row["hit"],
            }
            for row in check["measures"]
        ]

    @api.model
    def _format_measure(self, row, name, currency):
        texts = self.env["sale.collection.hold.text"]
        value = row[name]
        return value is not None and texts._format_measure(value, row["unit"], currency)
