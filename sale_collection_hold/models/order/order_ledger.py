from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import (
    join_tolerance,
    open_lines_sql,
)

from ...tools.hold_facts import Supplied
from ...tools.hold_ledger import make_line

# What the rest of a `line` must exceed to be a debt, in its worth.
LEAST = SQL(
    "(tolerance.least * ABS(line.balance / NULLIF(line.amount_currency, 0)))::float8"
)

# What the ledger statement is made of, by need; None: read for any rule.
PARTS = (
    (None, "_get_owed_sql"),
    (None, "_get_debts_sql"),
    ("credit", "_get_orders_sql"),
    ("credit", "_get_risky_sql"),
    ("sellers", "_get_sold_sql"),
    ("bounces", "_get_bounces_sql"),
    ("broken", "_get_broken_sql"),
)


class SaleCollectionOrderLedger(models.AbstractModel):
    """What customers owe, have ordered and have not kept, and what came in for orders.

    Every part of the statement selects the columns of `tools.hold_ledger.Entry` and
    takes a `Reach`, see `sale.collection.order.facts`.
    """

    _name = "sale.collection.order.ledger"
    _description = "Ledger of orders"

    @api.model
    def _read_entries(self, reach):
        """Read the entries of these customers, orders and salespersons in one query."""
        parts = [
            getattr(self, method)(reach)
            for need, method in PARTS
            if need is None or need in reach.needs
        ]
        return self.env.execute_query(
            SQL(
                "WITH open_line AS (%s) %s",
                self._get_open_lines_sql(reach),
                SQL(" UNION ALL ").join(parts),
            )
        )

    @api.model
    def _profiles(self, company):
        return self.env["sale.collection.profile"].with_company(company)

    # === OWED ===#

    @api.model
    def _get_open_lines_sql(self, reach):
        """Select the open receivable lines of these customers."""
        profiles = self._profiles(reach.company)
        return SQL(
            """
            SELECT line.id, contact.commercial_partner_id AS partner_id,
                   line.move_name AS name, line.residual::float8 AS residual,
                   line.residual_currency AS rest, %s AS least,
                   line.date_due AS due
              FROM (%s) line
              JOIN res_partner contact ON contact.id = line.partner_id
              %s
            """,
            LEAST,
            open_lines_sql(
                reach.company,
                reach.today,
                profiles._get_line_condition(reach.partner_ids),
                has_pending="pending" in reach.needs,
            ),
            join_tolerance(reach.company),
        )

    @api.model
    def _get_owed_sql(self, reach):
        """Select entries `owed`: balance, unmatched payments and credit notes."""
        return SQL(
            """
            SELECT 'owed' AS kind, partner_id AS owner, NULL::int AS ref,
                   SUM(residual) AS amount, -SUM(LEAST(residual, 0)) AS second,
                   0::float8 AS third, NULL::date AS day,
                   NULL::timestamp AS moment, NULL::text AS name, FALSE AS flag
              FROM open_line
             GROUP BY partner_id
            """
        )

    @api.model
    def _get_risky_sql(self, reach):
        """Select entries `owed`: money booked that may yet fail, as bills in hand."""
        return SQL(
            """
            SELECT 'owed', partner_id, NULL::int, SUM(amount)::float8, 0::float8,
                   0::float8, NULL::date, NULL::timestamp, NULL::text, FALSE
              FROM (%s) risky
             GROUP BY partner_id
            """,
            self.env["sale.collection.exposure"]._get_held_sql(
                reach.company, reach.partner_ids, reach.today
            ),
        )

    @api.model
    def _get_debts_sql(self, reach):
        """Select entries `debt`: overdue instalments, and what is disputed of them.

        What is settled in its own currency is no debt, whatever the rates left over.
        A dispute counts as soon as somebody on our side agrees, see `agreed_by_id`.
        """
        disputed, join = SQL("0"), SQL()
        if "disputes" in reach.needs:
            disputed = SQL("LEAST(COALESCE(disputed.amount, 0), open_line.residual)")
            join = SQL(
                "LEFT JOIN (%s) disputed ON disputed.line_id = open_line.id",
                self.env["sale.collection.dispute.line"]._get_open_query(
                    reach.company,
                    SQL(
                        "(dispute.state = 'accepted'"
                        " OR dispute.agreed_by_id IS NOT NULL)"
                    ),
                ),
            )
        return SQL(
            """
            SELECT 'debt', open_line.partner_id, open_line.id, open_line.residual,
                   (%(disputed)s)::float8, open_line.least, open_line.due, NULL,
                   open_line.name, FALSE
              FROM open_line %(join)s
             WHERE open_line.residual > 0 AND open_line.rest > 0
               AND open_line.due < %(today)s
            """,
            disputed=disputed,
            join=join,
            today=reach.today,
        )

    @api.model
    def _get_sold_sql(self, reach):
        """Select entries `sold`: open receivables of the invoices of salespersons."""
        sold = SQL("invoice_user_id = ANY(%s) AND state = 'posted'", reach.user_ids)
        return SQL(
            """
            SELECT 'sold', move.invoice_user_id, NULL, SUM(line.residual),
                   0, 0, NULL, NULL, NULL, FALSE
              FROM (%s) line
              JOIN account_move move ON move.id = line.move_id
             GROUP BY move.invoice_user_id
            """,
            open_lines_sql(
                reach.company,
                reach.today,
                SQL("line.move_id IN (SELECT id FROM account_move WHERE %s)", sold),
                has_pending="pending" in reach.needs,
            ),
        )

    @api.model
    def _get_bounces_sql(self, reach):
        """Select entries `bounce`: the days of bounced payments."""
        return SQL(
            """
            SELECT 'bounce', contact.commercial_partner_id, NULL, 0, 0, 0,
                   bounce.date, NULL, NULL, FALSE
              FROM sale_collection_bounce bounce
              JOIN res_partner contact ON contact.id = bounce.partner_id
             WHERE contact.commercial_partner_id = ANY(%(partners)s)
               AND bounce.company_id IN (%(companies)s)
            """,
            partners=reach.partner_ids,
            companies=self._profiles(reach.company)._get_companies_sql(reach.company),
        )

    @api.model
    def _get_broken_sql(self, reach):
        """Select entries `broken`: the days broken promises were due."""
        return SQL(
            """
            SELECT 'broken', partner_id, NULL, 0, 0, 0, date, NULL, NULL, FALSE
              FROM (%(judged)s) judged
             WHERE partner_id = ANY(%(partners)s) AND state = 'broken'
            """,
            judged=self._profiles(reach.company)._get_judged_query(reach.company),
            partners=reach.partner_ids,
        )

    # === ORDERS ===#

    @api.model
    def _get_orders_sql(self, reach):
        """Select entries `order`: rest to bill, part of it that has left already.

        All confirmed orders not wholly billed of these customers and salespersons,
        and the orders named in any state. What was paid online and is not in the
        ledger yet is taken off. `third` is the salesperson.
        """
        online = (
            self._get_online_sql(reach.company)
            if "online" in reach.needs
            else SQL("SELECT 0 AS unposted")
        )
        return SQL(
            """
            SELECT 'order', contact.commercial_partner_id, sale.id,
                   ((rest.total - rest.online) / rest.rate)::float8,
                   (LEAST(rest.total, GREATEST(0, rest.gone)) / rest.rate)::float8,
                   COALESCE(sale.user_id, 0)::float8, NULL::date, sale.date_order,
                   NULL, sale.collection_hold_state IN ('held', 'rejected')
              FROM sale_order sale
              JOIN res_partner contact ON contact.id = sale.partner_invoice_id
         LEFT JOIN LATERAL (%(gone)s) gone ON TRUE
         LEFT JOIN LATERAL (%(billed)s) billed ON TRUE
         LEFT JOIN LATERAL (%(online)s) online ON TRUE
             CROSS JOIN LATERAL (
                   SELECT GREATEST(0, sale.amount_total + COALESCE(gone.more, 0)
                                      - COALESCE(billed.amount, 0)) AS total,
                          COALESCE(gone.amount, 0) + COALESCE(gone.more, 0)
                              - COALESCE(billed.amount, 0) AS gone,
                          COALESCE(online.unposted, 0) AS online,
                          COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric AS rate
             ) rest
             WHERE sale.id IN (%(chosen)s)
            """,
            gone=self._get_gone_sql(),
            billed=self.env["sale.collection.exposure"]._get_billed_sql(),
            online=online,
            chosen=self._get_chosen_sql(reach),
        )

    @api.model
    def _get_chosen_sql(self, reach):
        """Select the ids of the orders to read: each part by its own index."""
        unbilled = SQL(
            """sale.state = 'sale'
               AND sale.company_id IN (%s)
               AND sale.id IN (
                   SELECT order_id
                     FROM sale_order_line
                    WHERE state = 'sale'
                      AND (COALESCE(untaxed_amount_invoiced, 0) < price_subtotal
                           OR qty_delivered > product_uom_qty)
               )""",
            self._profiles(reach.company)._get_companies_sql(reach.company),
        )
        parts = [
            SQL("SELECT UNNEST(%s::int[])", reach.order_ids),
            SQL(
                """
                SELECT sale.id
                  FROM res_partner contact
                  JOIN sale_order sale ON sale.partner_invoice_id = contact.id
                 WHERE contact.commercial_partner_id = ANY(%s) AND %s
                """,
                reach.partner_ids,
                unbilled,
            ),
        ]
        if reach.user_ids and "sellers" in reach.needs:
            parts.append(
                SQL(
                    "SELECT sale.id FROM sale_order sale"
                    " WHERE sale.user_id = ANY(%s) AND %s",
                    reach.user_ids,
                    unbilled,
                )
            )
        return SQL(" UNION ").join(parts)

    @api.model
    def _get_gone_sql(self):
        """Select the `amount` of what of the ordered goods `sale` has delivered, and
        of what it has delivered `more`; see `_get_delivered_more_sql`."""
        return SQL(
            """
            SELECT SUM(CASE WHEN product_uom_qty > 0
                            THEN price_total * LEAST(1, qty_delivered / product_uom_qty)
                       END) AS amount,
                   SUM(CASE WHEN qty_delivered <= product_uom_qty THEN 0
                            WHEN product_uom_qty > 0
                            THEN price_total * (qty_delivered / product_uom_qty - 1)
                            ELSE price_unit * (1 - discount / 100) * qty_delivered
                       END) AS more
              FROM sale_order_line
             WHERE order_id = sale.id
               AND qty_delivered > 0
               AND product_uom_qty >= 0
               AND is_downpayment IS NOT TRUE
            """
        )

    @api.model
    def _get_online_sql(self, company):
        """Select the `unposted` money of transactions linked to `sale`, in its
        currency: authorised or done, and not a posted payment."""
        exposure = self.env["sale.collection.exposure"]
        return SQL(
            """
            SELECT SUM((trans.amount - COALESCE(settled.amount, 0))
                       * COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric
                       / %(rate)s) AS unposted
              FROM sale_order_transaction_rel link
              JOIN payment_transaction trans ON trans.id = link.transaction_id
         LEFT JOIN LATERAL (
                   SELECT SUM(child.amount) AS amount
                     FROM payment_transaction child
                    WHERE child.source_transaction_id = trans.id
                      AND child.operation <> 'refund'
                      AND (child.state = 'cancel'
                           OR child.state = 'done' AND %(child_posted)s)
              ) settled ON TRUE
             WHERE %(ours)s AND NOT %(posted)s
            """,
            ours=self._get_linked_condition(),
            posted=exposure._get_posted_condition(SQL("trans.payment_id")),
            child_posted=exposure._get_posted_condition(SQL("child.payment_id")),
            rate=exposure._get_transaction_rate_sql(company),
        )

    @api.model
    def _get_linked_condition(self):
        """Return the condition on `link` and `trans`: money of the order `sale`.

        A transaction of several orders counts for the first one.
        """
        return SQL(
            """link.sale_order_id = sale.id
               AND trans.state IN ('authorized', 'done')
               AND trans.source_transaction_id IS NULL
               AND NOT EXISTS (
                   SELECT FROM sale_order_transaction_rel earlier
                     JOIN sale_order other ON other.id = earlier.sale_order_id
                    WHERE earlier.transaction_id = trans.id
                      AND other.id < sale.id
                      AND other.state <> 'cancel'
               )"""
        )

    @api.model
    def _get_unmatched_sql(self, company):
        """Select the `amount`, in company currency, of posted payments of transactions
        linked to `sale` that no invoice has taken yet."""
        return SQL(
            """
            SELECT -SUM(item.residual) AS amount
              FROM (%s) item
            """,
            open_lines_sql(
                company,
                company._collection_today(),
                SQL(
                    """line.move_id IN (
                        SELECT payment.move_id
                          FROM sale_order_transaction_rel link
                          JOIN payment_transaction trans
                            ON trans.id = link.transaction_id
                          JOIN account_payment payment
                            ON payment.id = trans.payment_id
                         WHERE %s)""",
                    self._get_linked_condition(),
                ),
            ),
        )

    @api.model
    def _read_figures(self, reach, rows):
        """Return {order id: [Figure]}: what addons measure for their conditions.

        Extension point: asked for are the codes among `reach.needs`. A customer
        without an order has the negative of its id.

        :param rows: of `_read_orders` or `_prepare_customer_rows`
        """
        return {}

    @api.model
    def _read_received(self, company, order_ids):
        """Return {order id: money received for it}, in company currency, in one query.

        What is settled of its posted invoices, down payments included, less what was
        given back; and what was paid online for it and is not matched yet.
        """
        if not order_ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sale.id,
                       ((COALESCE(billed.settled, 0) + COALESCE(online.unposted, 0))
                        / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric
                        + COALESCE(unmatched.amount, 0))::float8
                  FROM sale_order sale
             LEFT JOIN LATERAL (%(billed)s) billed ON TRUE
             LEFT JOIN LATERAL (%(online)s) online ON TRUE
             LEFT JOIN LATERAL (%(unmatched)s) unmatched ON TRUE
                 WHERE sale.id = ANY(%(orders)s)
                """,
                billed=self.env["sale.collection.exposure"]._get_billed_sql(
                    settled_at=company
                ),
                online=self._get_online_sql(company),
                unmatched=self._get_unmatched_sql(company),
                orders=list(order_ids),
            )
        )
        return dict(rows)

    @api.model
    def _read_supplied(self, company, customer, start):
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
                companies=self._profiles(company)._get_companies_sql(company),
            )
        )
        return [
            Supplied(order_id, line := make_line(values), line.supplied)
            for order_id, *values in rows
        ]
