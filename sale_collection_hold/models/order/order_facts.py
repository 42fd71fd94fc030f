from functools import partial
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL, float_round

from odoo.addons.sale_collection.models.core.open_line import has_pending_sql
from odoo.addons.sale_collection.models.core.sql import branches_sql, root_company_sql

from ...tools.hold_ledger import Ledger, make_order, make_party

# What rules need read, by code of a condition; the code itself where none is named.
NEEDS = {
    "overdue_days": {"disputes"},
    "overdue_amount": {"disputes"},
    "over_limit": {"limit"},
    "limit_used": {"limit"},
    "previous_unpaid": {"credit"},
    "user_exposure": {"credit", "sellers"},
    "broken_promises": {"broken"},
    "bounced": {"bounces"},
    "term_over_grade": {"term", "grade_term"},
    "term_over_customer": {"term", "own_term"},
    "no_review": {"review"},
    "step_reached": {"step"},
}
# What rules need read, by the scope they set.
SCOPE_NEEDS = {
    "products": "lines",
    "categories": "lines",
    "by_group": "group",
    "tags": "tags",
}
# Columns only some rules need: (alias, value where none does, method of the SQL).
ORDER_COLUMNS = {
    "lines": ("lines", "NULL", "_get_lines_sql"),
    "group": ("group", "NULL::int", "_get_group_sql"),
    "term": ("term_lines", "NULL", "_get_order_term_sql"),
}
CUSTOMER_COLUMNS = {
    "disputes": ("has_disputes", "FALSE", "_get_has_disputes_sql"),
    "tags": ("tags", "'{}'::int[]", "_get_tags_sql"),
    "grade_term": ("grade_term", "NULL", "_get_grade_term_sql"),
    "own_term": ("own_term", "NULL", "_get_own_term_sql"),
    "review": ("has_review", "TRUE", "_get_has_review_sql"),
}

# A customer without an order, in the shape of an order as read.
NO_ORDER = {
    "state": "draft",
    "moment": None,
    "hold_state": "none",
    "user": 0,
    "team": 0,
    "term": 0,
    "stored_rate": 1.0,
    "rate": 1.0,
    "lines": None,
    "group": None,
    "term_lines": None,
    "held_rules": (),
    "online": True,
    "may_be_paid": False,
}


class Reach(NamedTuple):
    """Which facts are read, of whom, as of which day."""

    company: models.BaseModel
    today: object
    needs: frozenset
    partner_ids: list
    root_ids: list = []
    order_ids: list = []
    user_ids: list = []


class SaleCollectionOrderFacts(models.AbstractModel):
    """Read what supply rules look at, of a few orders or many, as plain values.

    One statement reads orders, one the terms their customers buy on, one the ledger
    (`sale.collection.order.ledger`), one the money received for them. Planning one
    costs more than running it for one customer: it has only the parts rules need.
    """

    _name = "sale.collection.order.facts"
    _description = "Facts of orders"

    # === NEEDS ===#

    @api.model
    def _get_needs(self, rules):
        """Return what has to be read for these rules."""
        strict = self.env["sale.collection.hold.rule"]._has_strict_steps()
        needs = {"step"} if strict else set()
        for rule in rules:
            needs |= {need for code in rule.codes for need in NEEDS.get(code, (code,))}
            needs |= {need for name, need in SCOPE_NEEDS.items() if getattr(rule, name)}
            if rule.strength == "limit":
                needs.add("limit")
        return frozenset(needs)

    @api.model
    def _join_columns(self, columns, reach):
        """Return the SQL of optional columns, their fallback where not needed."""
        return SQL(", ").join(
            SQL(
                "%s AS %s",
                getattr(self, method)(reach) if need in reach.needs else SQL(nothing),
                SQL.identifier(alias),
            )
            for need, (alias, nothing, method) in columns.items()
        )

    # === COLLECT ===#

    @api.model
    def _collect(self, company, today, needs, rows, fresh=False):
        """Return ([Order], {order id: Party}) of rows of one root company.

        Two queries, three where money may have been received, and those of addons.

        :param rows: of `_read_orders` or `_prepare_customer_rows`
        :param bool fresh: judge confirmed orders like new ones
        """
        reach = Reach(
            company,
            today,
            needs,
            sorted({row["customer"] for row in rows}),
            sorted({row["group"] for row in rows} - {None}),
            [row["id"] for row in rows],
            sorted({row["user"] for row in rows} - {0}),
        )
        terms = {found["partner_id"]: found for found in self._read_terms(reach)}
        reach = reach._replace(
            partner_ids=list(terms), needs=self._extend_needs(needs, terms, rows)
        )
        quotations = {row["id"] for row in rows if row["state"] != "sale"}
        ledgers = self.env["sale.collection.order.ledger"]
        ledger = Ledger(ledgers._read_entries(reach), quotations)
        paid = [row["id"] for row in rows if row["may_be_paid"]]
        received = ledgers._read_received(company, paid)
        figures = ledgers._read_figures(reach, rows)
        rounded = get_rounded(rows)
        orders = [
            make_order(
                row,
                terms[row["customer"]],
                ledger,
                fresh,
                rounded,
                received.get(row["id"], 0.0),
                figures.get(row["id"], ()),
            )
            for row in rows
        ]
        parties = {
            order.id: make_party(order, terms, ledger, today) for order in orders
        }
        return orders, parties

    @api.model
    def _extend_needs(self, needs, terms, rows):
        """Return the needs with those that only show once the terms are known."""
        limited = any(found["policy"] != "unlimited" for found in terms.values())
        if "limit" in needs and limited:
            needs |= {"credit"}
        if any(row["online"] for row in rows):
            needs |= {"online"}
        if any(found["has_pending"] for found in terms.values()):
            needs |= {"pending"}
        disputed = any(found["has_disputes"] for found in terms.values())
        return needs if disputed else needs - {"disputes"}

    # === OPEN ORDERS ===#

    @api.model
    def _find_open_orders(self, company, partner_ids=None):
        """Return the orders of a root company that may be held or freed: those with a
        hold, and the confirmed ones not wholly supplied.

        :param partner_ids: commercial partners; all customers when left out
        """
        profiles = self.env["sale.collection.profile"].sudo()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sale.id
                  FROM sale_order sale
                  JOIN res_partner contact ON contact.id = sale.partner_invoice_id
                 WHERE sale.company_id IN (%(companies)s)
                   AND %(customers)s
                   AND sale.state <> 'cancel'
                   AND (sale.collection_hold_state IN ('held', 'ready', 'released')
                        OR (sale.state = 'sale' AND EXISTS (
                            SELECT FROM sale_order_line line
                             WHERE line.order_id = sale.id
                               AND line.state = 'sale'
                               AND line.qty_delivered < line.product_uom_qty
                               AND %(unsupplied)s
                        )))
              ORDER BY sale.id
                """,
                companies=branches_sql(company),
                customers=profiles._get_customer_condition(
                    SQL("contact.commercial_partner_id"), partner_ids
                ),
                unsupplied=self._get_unsupplied_sql(),
            )
        )
        return self.env["sale.order"].sudo().browse([row[0] for row in rows])

    @api.model
    def _get_unsupplied_sql(self):
        """Return the condition on `line`: goods of it may still leave.

        Where deliveries are not recorded, what is billed is taken as supplied.
        """
        return SQL("COALESCE(line.untaxed_amount_invoiced, 0) < line.price_subtotal")

    # === ORDERS ===#

    @api.model
    def _read_orders(self, orders, needs, moment=None):
        """Read orders in one query, as dicts.

        :param moment: the rate of that moment counts for orders in another currency
        """
        reach = Reach(self.env["res.company"], None, needs, [])
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT sale.id, root.id AS company,
                       COALESCE((SELECT tz FROM res_partner WHERE id = root.partner_id),
                                (SELECT tz FROM resource_calendar
                                  WHERE id = root.resource_calendar_id)) AS zone,
                       (SELECT rounding::float8 FROM res_currency
                         WHERE id = root.currency_id) AS rounding,
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
                       %(columns)s,
                       %(held)s AS held_rules,
                       EXISTS (SELECT FROM sale_order_transaction_rel) AS online,
                       %(may_be_paid)s AS may_be_paid
                  FROM sale_order sale
                  JOIN res_company company ON company.id = sale.company_id
                  JOIN res_company root ON root.id = %(root)s
                  JOIN res_partner contact ON contact.id = sale.partner_invoice_id
                 WHERE sale.id = ANY(%(orders)s)
                """,
                root=root_company_sql(),
                rate=self._get_rate_sql(orders, moment),
                columns=self._join_columns(ORDER_COLUMNS, reach),
                held=self._get_held_sql(),
                may_be_paid=self._get_may_be_paid_sql(),
                orders=orders.ids,
            )
        )

    @api.model
    def _get_rate_sql(self, orders, moment):
        """Return the units of the order's currency for one of its company's."""
        if not moment:
            return SQL("COALESCE(NULLIF(sale.currency_rate, 0), 1)")
        if all(order.currency_id == order.company_id.currency_id for order in orders):
            return SQL("1")
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
    def _get_lines_sql(self, reach):
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
    def _get_group_sql(self, reach):
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
    def _get_order_term_sql(self, reach):
        return self._get_term_lines_sql(SQL("sale.payment_term_id"))

    @api.model
    def _get_held_sql(self):
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

    @api.model
    def _get_may_be_paid_sql(self):
        """Return whether the row `sale` has a transaction or anything invoiced.

        Without either, no money can have been received for it.
        """
        return SQL(
            """(
                EXISTS (SELECT FROM sale_order_transaction_rel link
                         WHERE link.sale_order_id = sale.id)
                OR EXISTS (SELECT FROM sale_order_line line
                             JOIN sale_order_line_invoice_rel rel
                               ON rel.order_line_id = line.id
                            WHERE line.order_id = sale.id)
            )"""
        )

    # === TERMS OF CUSTOMERS ===#

    @api.model
    def _read_terms(self, reach):
        """Read on what terms customers buy, in one query.

        Customers below the parents `root_ids` are read as well.

        :return: dicts with `partner_id`, `root_id`, `policy`, `credit_limit`,
            `guarantee`, `temporary`, `temporary_limit_until`, `credit_limit_until`,
            `grade_id`, `grade_name`, `score_from`, `is_new`, `country`, `excluded`,
            `has_pending` and the optional columns
        """
        profiles = self.env["sale.collection.profile"].with_company(reach.company)
        columns, joins = self._get_terms_parts(reach)
        return self.env.execute_query_dict(
            SQL(
                """
                %(members)s
                SELECT partner.id AS partner_id, member.root_id,
                       partner.country_id AS country,
                       COALESCE(profile.credit_policy_by_hand, %(policy)s) AS policy,
                       (%(limit)s)::float8 AS credit_limit,
                       COALESCE(profile.guarantee_amount, 0)::float8 AS guarantee,
                       COALESCE(profile.temporary_limit, 0)::float8 AS temporary,
                       profile.temporary_limit_until, profile.credit_limit_until,
                       profile.grade_id, profile.excluded,
                       grade.name AS grade_name, grade.score_from, grade.is_new,
                       %(has_pending)s AS has_pending, %(columns)s
                  FROM member
                  JOIN res_partner partner ON partner.id = member.id
             LEFT JOIN sale_collection_profile profile
                    ON profile.partner_id = partner.id
                   AND profile.company_id = %(company)s
             LEFT JOIN sale_collection_grade grade ON grade.id = profile.grade_id
                %(joins)s
                """,
                members=self._get_members_sql(reach),
                policy=profiles._get_first_policy_sql(reach.company),
                limit=profiles._get_limit_sql(reach.company),
                has_pending=has_pending_sql(reach.today),
                columns=SQL(", ").join(columns),
                joins=SQL(" ").join(joins),
                company=reach.company.id,
            )
        )

    @api.model
    def _get_terms_parts(self, reach):
        """Return what is read of customers beside the usual: columns and joins.

        Addons append their own; the rows are `partner`, `profile` and `grade`.
        """
        return [self._join_columns(CUSTOMER_COLUMNS, reach)], []

    @api.model
    def _get_members_sql(self, reach):
        """Return the common table `member`: customers, and those below parents."""
        if not reach.root_ids:
            return SQL(
                "WITH member (id, root_id) AS (SELECT UNNEST(%s), NULL::int)",
                reach.partner_ids,
            )
        return SQL(
            """
            WITH RECURSIVE below (id, root_id) AS (
                SELECT id, id FROM res_partner WHERE id = ANY(%s)
                 UNION
                SELECT child.id, below.root_id
                  FROM res_partner child
                  JOIN below ON below.id = child.parent_id
            ),
            member (id, root_id) AS (
                SELECT below.id, below.root_id
                  FROM below
                  JOIN res_partner partner ON partner.id = below.id
                 WHERE partner.commercial_partner_id = partner.id
                 UNION
                SELECT id, NULL
                  FROM UNNEST(%s) AS id
                 WHERE id NOT IN (SELECT id FROM below)
            )
            """,
            reach.root_ids,
            reach.partner_ids,
        )

    @api.model
    def _get_has_disputes_sql(self, reach):
        """Return whether anything of the row `partner` is or was in dispute."""
        return SQL(
            "EXISTS (SELECT FROM sale_collection_dispute WHERE profile_id = profile.id)"
        )

    @api.model
    def _get_tags_sql(self, reach):
        return SQL(
            "ARRAY(SELECT category_id FROM res_partner_res_partner_category_rel"
            " WHERE partner_id = partner.id)"
        )

    @api.model
    def _get_grade_term_sql(self, reach):
        return self._get_term_lines_sql(SQL("grade.payment_term_id"))

    @api.model
    def _get_own_term_sql(self, reach):
        """Return the payment term on the customer form, else the company's."""
        partners = self.env["res.partner"].with_company(reach.company)
        term = partners._fields["property_payment_term_id"]
        return self._get_term_lines_sql(
            SQL(
                "COALESCE((partner.property_payment_term_id ->> %s)::int, %s)",
                str(reach.company.id),
                term.get_company_dependent_fallback(partners).id or None,
            )
        )

    @api.model
    def _get_term_lines_sql(self, term):
        """Return the payments of a payment term as JSON rows: kind, days, day."""
        return SQL(
            """(
                SELECT JSON_AGG(JSON_BUILD_ARRAY(delay_type, nb_days, days_next_month))
                  FROM account_payment_term_line
                 WHERE payment_id = %s
            )""",
            term,
        )

    @api.model
    def _get_has_review_sql(self, reach):
        return SQL(
            """EXISTS (
                SELECT FROM sale_collection_review review
                 WHERE review.profile_id = profile.id
                   AND review.state = 'approved'
                   AND %(today)s BETWEEN review.date AND review.valid_until
            )""",
            today=reach.today,
        )

    # === CUSTOMERS WITHOUT AN ORDER ===#

    @api.model
    def _prepare_customer_rows(self, company, partner_ids, needs):
        """Return customers that order next to nothing, in the shape of orders read.

        Their `id` is the negative one of the customer.
        """
        order = NO_ORDER | {
            "company": company.id,
            "total": company.currency_id.rounding,
            "rounding": company.currency_id.rounding,
        }
        roots = self._read_roots(partner_ids) if "group" in needs else {}
        return [
            order | {"id": -partner, "customer": partner, "group": roots.get(partner)}
            for partner in partner_ids
        ]

    @api.model
    def _read_roots(self, partner_ids):
        """Return {customer: topmost parent}."""
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    WITH RECURSIVE above (id, at, parent_id) AS (
                        SELECT id, id, parent_id FROM res_partner WHERE id = ANY(%s)
                         UNION
                        SELECT above.id, parent.id, parent.parent_id
                          FROM res_partner parent
                          JOIN above ON above.parent_id = parent.id
                    )
                    SELECT id, at FROM above WHERE parent_id IS NULL
                    """,
                    list(partner_ids),
                )
            )
        )


def get_rounded(rows):
    """Return the rounding of the company these orders, as read, belong to."""
    return partial(float_round, precision_rounding=rows[0]["rounding"])
