from functools import partial

from odoo import api, models
from odoo.tools import SQL, float_round

from ..tools.hold_ledger import Ledger, make_order, make_party
from .profile_facts import NEEDS

# Read for any rule that keeps goods back.
SCOPE_NEEDS = {
    "products": "lines",
    "categories": "lines",
    "by_group": "group",
    "tags": "tags",
}


class SaleOrder(models.Model):
    """Turn what the database says of orders and their customers into plain values."""

    _inherit = "sale.order"

    # === COLLECT ===#

    def _collection_read_orders(self, needs, moment=None):
        """Read these orders in one query, as dicts.

        :param moment: the rate of that moment counts for orders in another currency
        """
        profiles = self.env["sale.collection.profile"]
        null = SQL("NULL")
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT sale.id, root.id AS company,
                       COALESCE(owner.tz, calendar.tz) AS zone,
                       currency.rounding::float8 AS rounding,
                       sale.state, sale.date_order AS moment,
                       sale.collection_hold_state AS hold_state,
                       contact.commercial_partner_id AS customer,
                       COALESCE(sale.user_id, 0) AS user,
                       COALESCE(sale.team_id, 0) AS team,
                       COALESCE(sale.payment_term_id, 0) AS term,
                       sale.amount_total::float8 AS total,
                       COALESCE(NULLIF(sale.currency_rate, 0), 1)::float8
                           AS stored_rate,
                       (%(rate)s)::float8 AS rate,
                       %(lines)s AS lines, %(group)s AS group, %(term)s AS term_lines,
                       %(held)s AS held_rules,
                       EXISTS (SELECT FROM sale_order_transaction_rel) AS online
                  FROM sale_order sale
                  JOIN res_company company ON company.id = sale.company_id
                  JOIN res_company root
                    ON root.id = SPLIT_PART(company.parent_path, '/', 1)::int
                  JOIN res_currency currency ON currency.id = root.currency_id
                  JOIN res_partner owner ON owner.id = root.partner_id
             LEFT JOIN resource_calendar calendar
                    ON calendar.id = root.resource_calendar_id
                  JOIN res_partner contact ON contact.id = sale.partner_invoice_id
                 WHERE sale.id = ANY(%(orders)s)
                """,
                rate=self._get_collection_rate_sql(moment),
                lines=self._get_collection_lines_sql() if "lines" in needs else null,
                group=self._get_collection_group_sql() if "group" in needs else null,
                term=profiles._get_term_lines_sql(SQL("sale.payment_term_id"))
                if "term" in needs
                else null,
                held=self._get_collection_held_sql(),
                orders=self.ids,
            )
        )

    @api.model
    def _get_collection_rate_sql(self, moment):
        """Return the units of the order's currency for one of its company's."""
        if not moment:
            return SQL("COALESCE(NULLIF(sale.currency_rate, 0), 1)")
        rate = """COALESCE((
            SELECT rate FROM res_currency_rate
             WHERE currency_id = %s
               AND COALESCE(company_id, root.id) = root.id
             ORDER BY name > %s, company_id,
                      CASE WHEN name > %s THEN name - '2000-01-01' END,
                      name DESC
             LIMIT 1), 1)"""
        day = SQL("%s::timestamp::date", moment)
        return SQL(
            "CASE WHEN sale.currency_id = company.currency_id THEN 1 ELSE %s / %s END",
            SQL(rate, SQL("sale.currency_id"), day, day),
            SQL(rate, SQL("company.currency_id"), day, day),
        )

    @api.model
    def _get_collection_lines_sql(self):
        """Return the goods of the row `sale` as JSON rows, in its currency."""
        return SQL(
            """(
                SELECT JSON_AGG(JSON_BUILD_ARRAY(
                           line.id, line.product_uom_qty, line.qty_delivered,
                           line.price_total, line.product_id, category.parent_path,
                           template.type
                       ) ORDER BY line.sequence, line.id)
                  FROM sale_order_line line
                  JOIN product_product product ON product.id = line.product_id
                  JOIN product_template template
                    ON template.id = product.product_tmpl_id
             LEFT JOIN product_category category ON category.id = template.categ_id
                 WHERE line.order_id = sale.id
                   AND line.product_uom_qty > 0
                   AND line.is_downpayment IS NOT TRUE
            )"""
        )

    @api.model
    def _get_collection_group_sql(self):
        """Return the topmost parent of the customer of the row `contact`."""
        return SQL(
            """(
                WITH RECURSIVE above (id, parent_id) AS (
                    SELECT id, parent_id FROM res_partner
                     WHERE id = contact.commercial_partner_id
                     UNION
                    SELECT parent.id, parent.parent_id
                      FROM res_partner parent
                      JOIN above ON above.parent_id = parent.id
                )
                SELECT id FROM above WHERE parent_id IS NULL
            )"""
        )

    @api.model
    def _get_collection_held_sql(self):
        """Return the rules that hold the row `sale`, as an array."""
        return SQL(
            """ARRAY(
                SELECT rel.sale_collection_hold_rule_id
                  FROM sale_collection_hold hold
                  JOIN sale_collection_hold_sale_collection_hold_rule_rel rel
                    ON rel.sale_collection_hold_id = hold.id
                 WHERE hold.order_id = sale.id
                   AND hold.state IN ('active', 'rejected')
            )"""
        )

    # === FACTS ===#

    @api.model
    def _collection_get_needs(self, rules):
        """Return what has to be read for these rules."""
        strict = self.env["sale.collection.hold.rule"]._has_strict_steps()
        needs = {"step"} if strict else set()
        for rule in rules:
            needs |= {need for code in rule.codes for need in NEEDS.get(code, ())}
            needs |= {need for name, need in SCOPE_NEEDS.items() if getattr(rule, name)}
            if rule.strength == "limit":
                needs.add("limit")
        return needs

    @api.model
    def _collection_assemble(self, company, today, needs, rows, fresh=False):
        """Return ([Order], {order id: Party}) of rows of one root company, in two
        queries."""
        profiles = self.env["sale.collection.profile"].with_company(company)
        terms = {
            found["partner_id"]: found
            for found in profiles._collect_hold_terms(
                company,
                today,
                needs,
                sorted({row["customer"] for row in rows}),
                sorted({row["group"] for row in rows} - {None}),
            )
        }
        if "limit" in needs and any(
            found["policy"] != "unlimited" for found in terms.values()
        ):
            needs = needs | {"credit"}
        if any(row["online"] for row in rows):
            needs = needs | {"online"}
        quotations = {row["id"] for row in rows if row["state"] != "sale"}
        ledger = Ledger(
            profiles._collect_hold_ledger(
                company,
                today,
                needs,
                list(terms),
                [row["id"] for row in rows],
                sorted({row["user"] for row in rows} - {0}),
            ),
            quotations,
        )
        rounded = get_rounded(rows)
        orders = [
            make_order(row, terms[row["customer"]], ledger, fresh, rounded)
            for row in rows
        ]
        parties = {
            order.id: make_party(order, terms, ledger, today) for order in orders
        }
        return orders, parties


def get_rounded(rows):
    """Return the rounding of the company these orders, as read, belong to."""
    return partial(float_round, precision_rounding=rows[0]["rounding"])
