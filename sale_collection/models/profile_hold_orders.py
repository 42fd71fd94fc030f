from odoo import api, models
from odoo.tools import SQL


class SaleCollectionProfile(models.Model):
    """What each confirmed order adds to the credit used, and what came in for it."""

    _inherit = "sale.collection.profile"

    @api.model
    def _get_hold_orders_sql(self, company, partner_ids, order_ids, user_ids):
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
         LEFT JOIN LATERAL (%(left)s) gone ON TRUE
         LEFT JOIN LATERAL (%(more)s) more ON TRUE
         LEFT JOIN LATERAL (%(billed)s) billed ON TRUE
         LEFT JOIN LATERAL (%(online)s) online ON TRUE
             CROSS JOIN LATERAL (
                   SELECT GREATEST(0, sale.amount_total + COALESCE(more.amount, 0)
                                      - COALESCE(billed.amount, 0)) AS total,
                          COALESCE(gone.amount, 0) + COALESCE(more.amount, 0)
                              - COALESCE(billed.amount, 0) AS gone,
                          COALESCE(online.unposted, 0) AS online,
                          COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric AS rate
             ) rest
             WHERE sale.id = ANY(%(orders)s)
                OR (sale.state = 'sale'
                    AND sale.company_id IN (%(companies)s)
                    AND (contact.commercial_partner_id = ANY(%(partners)s)
                         OR sale.user_id = ANY(%(users)s))
                    AND EXISTS (
                        SELECT FROM sale_order_line line
                         WHERE line.order_id = sale.id
                           AND line.state = 'sale'
                           AND (COALESCE(line.untaxed_amount_invoiced, 0)
                                    < line.price_subtotal
                                OR line.qty_delivered > line.product_uom_qty)
                    ))
            """,
            left=self._get_left_sql(),
            more=self._get_delivered_more_sql(),
            billed=self._get_billed_sql(),
            online=self._get_online_sql(company),
            orders=list(order_ids),
            partners=list(partner_ids),
            users=list(user_ids),
            companies=self._get_companies_sql(company),
        )

    @api.model
    def _get_left_sql(self):
        """Select the amount of what of the ordered goods `sale` has delivered."""
        return SQL(
            """
            SELECT SUM(price_total * LEAST(1, qty_delivered / product_uom_qty))
                       AS amount
              FROM sale_order_line
             WHERE order_id = sale.id
               AND product_uom_qty > 0
               AND qty_delivered > 0
               AND is_downpayment IS NOT TRUE
            """
        )

    @api.model
    def _get_online_sql(self, company):
        """Select the money of transactions linked to `sale`, in its currency.

        `unposted` is authorised or done without a posted payment, `unmatched` posted
        but not matched to an invoice. A transaction of several orders counts for the
        first one.
        """
        return SQL(
            """
            SELECT SUM(CASE WHEN %(posted)s THEN 0
                            ELSE trans.amount - COALESCE(settled.amount, 0)
                       END * COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric
                       / %(rate)s) AS unposted,
                   SUM(COALESCE(payment.open, 0)
                       * COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric)
                       AS unmatched
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
         LEFT JOIN LATERAL (
                   SELECT -SUM(item.amount_residual) AS open
                     FROM account_payment booked
                     JOIN account_move_line item ON item.move_id = booked.move_id
                     JOIN account_account account ON account.id = item.account_id
                    WHERE booked.id = trans.payment_id
                      AND item.parent_state = 'posted'
                      AND account.account_type = 'asset_receivable'
              ) payment ON TRUE
             WHERE link.sale_order_id = sale.id
               AND trans.state IN ('authorized', 'done')
               AND trans.source_transaction_id IS NULL
               AND NOT EXISTS (
                   SELECT FROM sale_order_transaction_rel earlier
                     JOIN sale_order other ON other.id = earlier.sale_order_id
                    WHERE earlier.transaction_id = trans.id
                      AND other.id < sale.id
                      AND other.state <> 'cancel'
               )
            """,
            posted=self._get_posted_condition(SQL("trans.payment_id")),
            child_posted=self._get_posted_condition(SQL("child.payment_id")),
            rate=self._get_transaction_rate_sql(company),
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
                       ((COALESCE(billed.settled, 0) + COALESCE(online.unposted, 0)
                         + COALESCE(online.unmatched, 0))
                        / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric)::float8
                  FROM sale_order sale
             LEFT JOIN LATERAL (%(billed)s) billed ON TRUE
             LEFT JOIN LATERAL (%(online)s) online ON TRUE
                 WHERE sale.id = ANY(%(orders)s)
                """,
                billed=self._get_billed_sql(),
                online=self._get_online_sql(company),
                orders=list(order_ids),
            )
        )
        return dict(rows)
