from odoo import Command, api, fields, models
from odoo.tools import SQL, split_every

from ..tools.hold import judge

# Customers read at once.
BATCH = 2000


class SaleCollectionHoldSetup(models.TransientModel):
    """What each supply rule, in use or not, would hit today."""

    _name = "sale.collection.hold.setup"
    _description = "Setup of supply rules"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    counted_at = fields.Datetime(string="Counted at", readonly=True)
    line_ids = fields.One2many("sale.collection.hold.setup.line", "setup_id")

    @api.depends("company_id")
    def _compute_display_name(self):
        for setup in self:
            setup.display_name = self.env._("Supply rules today")

    @api.model
    def action_open(self):
        """Count now and open the page."""
        setup = self.create({})
        setup._count()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Setup"),
            "res_model": self._name,
            "res_id": setup.id,
            "view_mode": "form",
        }

    def action_count(self):
        """Count again."""
        self._count()
        return True

    # === COUNT ===#

    def _count(self):
        """Judge all open orders and all customers by each rule alone."""
        self.ensure_one()
        Rule = self.env["sale.collection.hold.rule"].with_context(active_test=False)
        rules = Rule.search([("company_id", "in", (False, self.company_id.id))])
        values = rules.sudo()._read_rules(SQL("rule.id = ANY(%s)", rules.ids))
        today = self.company_id._collection_today()
        orders = self._judge_orders(values, today)
        customers = self._judge_customers(values, today)
        self.write(
            {
                "counted_at": fields.Datetime.now(),
                "line_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "rule_id": rule.id,
                                "order_refs": list(orders[rule.id]),
                                "order_count": len(orders[rule.id]),
                                "order_amount": sum(orders[rule.id].values()),
                                "partner_refs": customers[rule.id],
                                "partner_count": len(customers[rule.id]),
                            }
                        )
                        for rule in rules
                    ),
                ],
            }
        )

    def _judge_orders(self, rules, today):
        """Return {rule id: {order id: amount}} of the open orders each rule hits."""
        Order = self.env["sale.order"].sudo().with_company(self.company_id)
        found = Order._collection_find_open(self.company_id)
        facts = self.env["sale.collection.order.facts"]
        rows = facts._read_orders(found, facts._get_needs(rules))
        hits = self._judge_alone(rules, rows, today)
        return {
            rule_id: {order.id: order.amount for order in orders}
            for rule_id, orders in hits.items()
        }

    def _judge_customers(self, rules, today):
        """Return {rule id: [customer, ...]}: those hit whatever they order."""
        profiles = self.env["sale.collection.profile"].sudo()
        partners = profiles.search([("company_id", "=", self.company_id.id)]).partner_id
        facts = self.env["sale.collection.order.facts"]
        needs = facts._get_needs(rules)
        found = {rule.id: [] for rule in rules}
        for batch in split_every(BATCH, partners.ids, list):
            rows = facts._prepare_customer_rows(self.company_id, batch, needs)
            for rule_id, orders in self._judge_alone(rules, rows, today).items():
                found[rule_id] += [order.customer for order in orders]
        return found

    def _judge_alone(self, rules, rows, today):
        """Return {rule id: orders it hits}, each rule alone but for the exemptions in
        use."""
        if not rows or not rules:
            return {rule.id: [] for rule in rules}
        facts = self.env["sale.collection.order.facts"].with_company(self.company_id)
        self.env.flush_all()
        orders, parties = facts._collect(
            self.company_id, today, facts._get_needs(rules), rows, fresh=True
        )
        in_use = self.env["sale.collection.hold.rule"].sudo()._get_rules()
        exempt = [rule for rule in in_use if rule.kind == "exclude"]
        return {
            rule.id: [
                order
                for order in orders
                if self._is_hit(rule, exempt, order, parties[order.id], today)
            ]
            for rule in rules
        }

    @api.model
    def _is_hit(self, rule, exempt, order, party, today):
        """Tell whether a rule hits an order; an exemption, whether it applies."""
        always = rule._replace(
            kind="block",
            at_confirm=True,
            orders_from=None,
            date_from=None,
            date_to=None,
        )
        others = exempt if rule.kind == "block" else []
        return bool(judge([always, *others], order, party, today).hits)
