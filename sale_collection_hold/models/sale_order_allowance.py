from odoo import models
from odoo.tools import SQL, date_utils

from ..tools.hold import allowance, cap_use, released, stops_all
from ..tools.hold_facts import Supplied
from ..tools.hold_ledger import make_line

# How long a cap lasts before as much may be supplied again.
PERIODS = ("week", "month", "quarter")


class SaleOrder(models.Model):
    """How much of an order may be supplied while it waits."""

    _inherit = "sale.order"

    def _collection_get_allowance(self, today=None):
        """Return what may be supplied in all while this order waits.

        Nothing under a hold, up to the free credit or a cap under limited supply, as
        far as it is paid under prepayment where the company says so, up to the
        released amount after the release of a part.

        :param date today: the company's own today when left out
        :return: {order line id: quantity in the line's unit}; None where all of it may
        """
        self.ensure_one()
        if not self._collection_supply_waits():
            return None
        order = self.sudo()
        hold = order.collection_hold_id
        rules = hold._get_rule_values()
        if hold.state == "rejected" or (hold.state == "active" and stops_all(rules)):
            return dict.fromkeys(order.order_line.ids, 0.0)
        facts = order._collection_measure(today)
        if hold.state == "released":
            return released(facts.order, hold.release_amount)
        return allowance(
            rules,
            facts.order,
            facts.verdict.free,
            facts.order.received
            if order.company_id.root_id.collection_prepay_extent == "extent"
            else None,
            *order._collection_measure_caps(rules, facts),
        )

    def _collection_measure(self, today):
        """Return the judgement of this order with its lines, whatever the rules."""
        rules = self.env["sale.collection.hold.rule"]._get_rules()
        company = self.company_id.root_id
        today = today or company._collection_today()
        self.env.flush_all()
        needs = self._collection_get_needs(rules) | {"lines", "credit"}
        rows = self._collection_read_orders(needs)
        how = {"checkpoint": "delivery", "blocked": ()}
        reach = [rule for rule in rules if rule.company in (0, company.id)]
        found = self._collection_judge_rows(company, rows, reach, needs, today, how)
        judgement = found[self.id]
        received = self.env["sale.collection.profile"]._collect_received(
            company, self.ids
        )
        return judgement._replace(
            order=judgement.order._replace(received=received.get(self.id, 0.0))
        )

    # === CAPS PER PERIOD ===#

    def _collection_measure_caps(self, rules, facts):
        """Return what was supplied in the period of each rule with a cap, of this
        order and of the customer's others; see `tools.hold.allowance`."""
        recent, others = {}, {}
        for rule in rules:
            if rule.cap_type != "credit" and rule.cap_period in PERIODS:
                start = date_utils.start_of(facts.today, rule.cap_period)
                supplied = self._collection_read_supplied(facts.order.customer, start)
                recent[rule.id], others[rule.id] = cap_use(rule, supplied, self.id)
        return recent, others

    def _collection_read_supplied(self, customer, start):
        """Return what a customer was supplied since a day, as `Supplied` values.

        Where deliveries are not recorded by day, by the date of the order.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sale.id, line.id, line.product_uom_qty::float8,
                       line.qty_delivered::float8,
                       (line.price_total
                        / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric)::float8,
                       line.product_id, category.parent_path, template.type
                  FROM sale_order sale
                  JOIN res_partner contact ON contact.id = sale.partner_invoice_id
                  JOIN sale_order_line line ON line.order_id = sale.id
                  JOIN product_product product ON product.id = line.product_id
                  JOIN product_template template
                    ON template.id = product.product_tmpl_id
             LEFT JOIN product_category category ON category.id = template.categ_id
                 WHERE contact.commercial_partner_id = %(customer)s
                   AND sale.state = 'sale'
                   AND sale.date_order >= %(start)s
                   AND sale.company_id IN (%(companies)s)
                   AND line.qty_delivered > 0
                """,
                customer=customer,
                start=start,
                companies=self.env["sale.collection.profile"]._get_companies_sql(
                    self.company_id.root_id
                ),
            )
        )
        return [
            Supplied(order_id, line := make_line(values), line.supplied)
            for order_id, *values in rows
        ]
