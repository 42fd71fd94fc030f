from odoo import api, models
from odoo.tools import split_every

from ...tools.hold import judge

# Customers read at once.
BATCH = 2000


class SaleCollectionHoldTrial(models.AbstractModel):
    """Judge today's customers and open orders by each rule alone, in use or not.

    Only the exemptions in use count beside it. Takes no lock and writes nothing; rules
    are the values of `hold.rule._read_rules`.
    """

    _name = "sale.collection.hold.trial"
    _description = "Trial of supply rules"

    @api.model
    def _find_hit_orders(self, company, rules):
        """Return {rule id: {order id: amount}} of the open orders each rule hits.

        Orders paid in full pass.
        """
        facts = self.env["sale.collection.order.facts"]
        found = facts._find_open_orders(company)
        rows = facts._read_orders(found, facts._get_needs(rules))
        return {
            rule_id: {order.id: order.amount for order in orders}
            for rule_id, orders in self._judge_alone(company, rules, rows).items()
        }

    @api.model
    def _find_hit_customers(self, company, rules):
        """Return {rule id: [customer id]} of the customers each rule hits whatever
        they order."""
        profiles = self.env["sale.collection.profile"].sudo()
        partners = profiles.search([("company_id", "=", company.id)]).partner_id
        facts = self.env["sale.collection.order.facts"]
        needs = facts._get_needs(rules)
        found = {rule.id: [] for rule in rules}
        for batch in split_every(BATCH, partners.ids, list):
            rows = facts._prepare_customer_rows(company, batch, needs)
            for rule_id, orders in self._judge_alone(company, rules, rows).items():
                found[rule_id] += [order.customer for order in orders]
        return found

    @api.model
    def _judge_alone(self, company, rules, rows):
        """Return {rule id: orders it hits}."""
        if not rows or not rules:
            return {rule.id: [] for rule in rules}
        facts = self.env["sale.collection.order.facts"].with_company(company)
        self.env.flush_all()
        today = company._collection_today()
        orders, parties = facts._collect(
            company, today, facts._get_needs(rules), rows, fresh=True
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
        """Tell whether a rule hits an order; of an exemption, whether it applies."""
        always = rule._replace(
            kind="block",
            at_confirm=True,
            orders_from=None,
            date_from=None,
            date_to=None,
        )
        others = exempt if rule.kind == "block" else []
        return bool(judge([always, *others], order, party, today).hits)
