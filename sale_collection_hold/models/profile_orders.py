from odoo import api, models
from odoo.tools import SQL


class SaleCollectionProfile(models.Model):
    """What each confirmed order adds to the credit used, and what came in for it."""

    _inherit = "sale.collection.profile"

    @api.model
    def _get_hold_orders_sql(
        self, company, partner_ids, order_ids, user_ids, with_online
    ):
        """`order` customer, order: rest to bill, part of it that has left already.

        All confirmed orders not wholly billed of these customers and salespersons,
        and the orders asked for in any state. What was paid online and is not in the
        ledger yet is taken off. `third` is the salesperson.
        """
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
            online=self._get_online_sql(company)
            if with_online
            else SQL("SELECT 0 AS unposted"),
            chosen=self._get_hold_chosen_sql(company, partner_ids, order_ids, user_ids),
        )

    @api.model
    def _get_hold_chosen_sql(self, company, partner_ids, order_ids, user_ids):
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
            self._get_companies_sql(company),
        )
        parts = [
            SQL("SELECT UNNEST(%s::int[])", list(order_ids)),
            SQL(
                """
                SELECT sale.id
                  FROM res_partner contact
                  JOIN sale_order sale ON sale.partner_invoice_id = contact.id
                 WHERE contact.commercial_partner_id = ANY(%s) AND %s
                """,
                list(partner_ids),
                unbilled,
            ),
        ]
        if user_ids:
            parts.append(
                SQL(
                    "SELECT sale.id FROM sale_order sale"
                    " WHERE sale.user_id = ANY(%s) AND %s",
                    list(user_ids),
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
    def _get_unmatched_sql(self):
        """Select the `amount`, in company currency, of posted payments of transactions
        linked to `sale` that no invoice has taken yet."""
        return SQL(
            """
            SELECT -SUM(item.amount_residual) AS amount
              FROM sale_order_transaction_rel link
              JOIN payment_transaction trans ON trans.id = link.transaction_id
              JOIN account_payment payment ON payment.id = trans.payment_id
              JOIN account_move_line item ON item.move_id = payment.move_id
              JOIN account_account account ON account.id = item.account_id
             WHERE %(ours)s
               AND item.parent_state = 'posted'
               AND account.account_type = 'asset_receivable'
            """,
            ours=self._get_linked_condition(),
        )

    @api.model
    def _collect_received(self, company, order_ids):
        """Return {order id: money received for it}, in company currency, in one query.

        What is settled of its posted invoices, down payments included, less what was
        given back; and what was paid online for it and is not matched yet.
        """
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
                    with_settled=True
                ),
                online=self._get_online_sql(company),
                unmatched=self._get_unmatched_sql(),
                orders=list(order_ids),
            )
        )
        return dict(rows)
