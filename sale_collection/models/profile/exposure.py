from odoo import api, models
from odoo.tools import SQL

from ..core.open_line import pending_sql


class SaleCollectionExposure(models.AbstractModel):
    """Reads what confirmed orders add to the credit their customers use.

    An order of 10 pieces at 100, after some invoices and an online payment:

        total of the order                                  1,000
        an 11th piece delivered, not ordered              +   100
        posted invoice of 4 pieces                        -   400
        posted credit note over 1 of them                 +   100
        paid online, no posted payment yet                -   200
                                                          -------
        adds to the exposure                                  600

    Without the online payment an order never adds less than 0. Core's
    `amount_to_invoice` would miss down payments, and goods invoiced on delivery
    before they are shipped.
    """

    _name = "sale.collection.exposure"
    _description = "Credit used by orders"

    @api.model
    def _get_ordered_sql(self, company, partner_ids, today=None):
        """Select `partner_id` and `amount` in company currency of confirmed orders.

        Money in hand that may yet fail uses credit too.

        :param company: root company; the orders of its branches count too
        :param partner_ids: commercial partners; all when None
        :param date today: the company's own when left out
        """
        today = today or company._collection_today()
        return SQL(
            """
            SELECT partner_id, SUM(amount) AS amount
              FROM (%(unbilled)s UNION ALL (%(prepaid)s) UNION ALL (%(held)s)) AS part
             GROUP BY partner_id
            """,
            unbilled=self._get_unbilled_sql(company, partner_ids),
            prepaid=self._get_prepaid_sql(company, partner_ids),
            held=self._get_held_sql(company, partner_ids, today),
        )

    @api.model
    def _get_held_sql(self, company, partner_ids, today):
        """Select `partner_id` and `amount` of money booked, but not yet due.

        The ledger counts it as paid. Here it has no rows: what knows of bills in hand
        answers with its own.
        """
        return SQL("SELECT NULL::int AS partner_id, 0::numeric AS amount WHERE FALSE")

    @api.model
    def _get_unbilled_sql(self, company, partner_ids):
        """Select `partner_id` and the `amount` still to bill of each order.

        Amounts are converted at the rate of the order. What core stores on the order
        lines says which orders are not wholly billed, so that the orders of past
        years are not read; how much is billed is then read from the invoices.
        """
        profiles = self.env["sale.collection.profile"]
        return SQL(
            """
            SELECT contact.commercial_partner_id AS partner_id,
                   GREATEST(
                       0,
                       sale.amount_total + COALESCE(more.amount, 0)
                       - COALESCE(billed.amount, 0)
                   ) / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric AS amount
              FROM sale_order sale
              JOIN res_partner contact ON contact.id = sale.partner_invoice_id
         LEFT JOIN LATERAL (%(more)s) more ON TRUE
         LEFT JOIN LATERAL (%(billed)s) billed ON TRUE
             WHERE sale.state = 'sale'
               AND sale.id IN (
                   SELECT order_id
                     FROM sale_order_line
                    WHERE state = 'sale'
                      AND (COALESCE(untaxed_amount_invoiced, 0) < price_subtotal
                           OR qty_delivered > product_uom_qty)
               )
               AND sale.company_id IN (%(companies)s)
               AND %(customers)s
            """,
            more=self._get_delivered_more_sql(),
            billed=self._get_billed_sql(),
            companies=profiles._get_companies_sql(company),
            customers=profiles._get_customer_condition(
                SQL("contact.commercial_partner_id"), partner_ids
            ),
        )

    @api.model
    def _get_delivered_more_sql(self):
        """Select the `amount` of what was delivered above the quantity `sale` ordered.

        A line that the delivery itself added has an ordered quantity of 0, so there
        is no total to take a share of: its price counts.
        """
        return SQL(
            """
            SELECT SUM(
                       CASE WHEN product_uom_qty > 0
                            THEN price_total * (qty_delivered / product_uom_qty - 1)
                            ELSE price_unit * (1 - discount / 100) * qty_delivered
                       END
                   ) AS amount
              FROM sale_order_line
             WHERE order_id = sale.id
               AND qty_delivered > product_uom_qty
               AND product_uom_qty >= 0
               AND is_downpayment IS NOT TRUE
            """
        )

    @api.model
    def _get_billed_sql(self, settled_at=None, cash_until=None):
        """Select the `amount` that posted invoices less credit notes bill of `sale`.

        Taxes and down payments are included. An invoice over several orders counts
        for each by the share of its lines, so that the parts add up to its total.

        :param settled_at: a root company, to select also how much is `settled` today
        :param SQL cash_until: a day, to select also the money that was `collected`
        """
        amount = SQL(
            """CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
               * CASE WHEN move.currency_id = sale.currency_id
                      THEN move.amount_total
                      ELSE ABS(move.amount_total_signed) * sale.currency_rate::numeric
                 END
               * part.ours / part.whole"""
        )
        settled, pending = self._get_settled_sql(amount, settled_at)
        collected, cash = self._get_cash_sql(cash_until)
        return SQL(
            """
            SELECT SUM(%(amount)s) AS amount %(settled)s %(collected)s
              FROM (
                  SELECT DISTINCT item.move_id
                    FROM sale_order_line line
                    JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = line.id
                    JOIN account_move_line item ON item.id = rel.invoice_line_id
                   WHERE line.order_id = sale.id
              ) AS bill
              JOIN account_move move ON move.id = bill.move_id
              JOIN LATERAL (
                  SELECT SUM(item.price_total) AS whole,
                         SUM(item.price_total) FILTER (
                             WHERE EXISTS (
                                 SELECT FROM sale_order_line_invoice_rel rel
                                   JOIN sale_order_line line
                                     ON line.id = rel.order_line_id
                                  WHERE rel.invoice_line_id = item.id
                                    AND line.order_id = sale.id
                             )
                         ) AS ours
                    FROM account_move_line item
                   WHERE item.move_id = move.id
                     AND item.display_type = 'product'
              ) AS part ON part.whole <> 0
              %(pending)s
              %(cash)s
             WHERE move.state = 'posted'
               AND move.move_type IN ('out_invoice', 'out_refund')
            """,
            amount=amount,
            settled=settled,
            collected=collected,
            pending=pending,
            cash=cash,
        )

    @api.model
    def _get_settled_sql(self, amount, company):
        """Return what selects how much of an amount is settled, and what it joins."""
        if not company:
            return SQL(), SQL()
        settled = SQL(
            ", SUM(%s * (1 - (move.amount_residual + ABS(COALESCE(pending.amount, 0)))"
            " / NULLIF(move.amount_total, 0))) AS settled",
            amount,
        )
        pending = SQL(
            """LEFT JOIN (
                SELECT owed.move_id, SUM(pending.amount_currency) AS amount
                  FROM (%s) pending
                  JOIN account_move_line owed ON owed.id = pending.owed_id
                 GROUP BY owed.move_id
            ) pending ON pending.move_id = move.id""",
            pending_sql(company, company._collection_today()),
        )
        return settled, pending

    @api.model
    def _get_cash_sql(self, until):
        """Return what selects the share in a document's money, and what it joins.

        Money alone and no credit note; money paid back counts against it.
        """
        if not until:
            return SQL(), SQL()
        collected = SQL(
            """, SUM(
                CASE WHEN move.currency_id = sale.currency_id
                     THEN cash.amount_currency
                     ELSE cash.amount * sale.currency_rate::numeric
                END * part.ours / part.whole) AS collected"""
        )
        cash = SQL(
            """LEFT JOIN LATERAL (
                SELECT SUM(amount) AS amount, SUM(amount_currency) AS amount_currency
                  FROM sale_collection_receipt
                 WHERE move_id = move.id AND kind = 'cash' AND date <= %s
            ) cash ON TRUE""",
            until,
        )
        return collected, cash

    @api.model
    def _get_prepaid_sql(self, company, partner_ids):
        """Select `partner_id` and the negative `amount` paid online for orders.

        A transaction counts while it is authorised or done and has no posted payment:
        from then on the money is in the ledger. Of a transaction captured or voided
        in parts only the rest counts.
        """
        profiles = self.env["sale.collection.profile"]
        return SQL(
            """
            SELECT DISTINCT ON (trans.id)
                   contact.commercial_partner_id AS partner_id,
                   (COALESCE(settled.amount, 0) - trans.amount) / %(rate)s AS amount
              FROM payment_transaction trans
              JOIN sale_order_transaction_rel rel ON rel.transaction_id = trans.id
              JOIN sale_order sale ON sale.id = rel.sale_order_id
              JOIN res_partner contact ON contact.id = sale.partner_invoice_id
         LEFT JOIN LATERAL (
                   SELECT SUM(child.amount) AS amount
                     FROM payment_transaction child
                    WHERE child.source_transaction_id = trans.id
                      AND child.operation <> 'refund'
                      AND (child.state = 'cancel'
                           OR child.state = 'done' AND %(child_posted)s)
              ) settled ON TRUE
             WHERE trans.state IN ('authorized', 'done')
               AND trans.source_transaction_id IS NULL
               AND NOT %(posted)s
               AND sale.state = 'sale'
               AND sale.company_id IN (%(companies)s)
               AND %(customers)s
             ORDER BY trans.id, sale.id
            """,
            rate=self._get_transaction_rate_sql(company),
            posted=self._get_posted_condition(SQL("trans.payment_id")),
            child_posted=self._get_posted_condition(SQL("child.payment_id")),
            companies=profiles._get_companies_sql(company),
            customers=profiles._get_customer_condition(
                SQL("contact.commercial_partner_id"), partner_ids
            ),
        )

    @api.model
    def _get_posted_condition(self, payment):
        """Return the condition that a payment is booked, by itself or by its entry."""
        return SQL(
            """EXISTS (
                SELECT FROM account_payment payment
             LEFT JOIN account_move move ON move.id = payment.move_id
                 WHERE payment.id = %s
                   AND (payment.state = 'paid' OR move.state = 'posted')
            )""",
            payment,
        )

    @api.model
    def _get_transaction_rate_sql(self, company):
        """Return the units of the transaction's currency for one of the company's.

        The order's own rate in all but odd cases: the shop charges in its currency.
        """
        return SQL(
            """CASE WHEN trans.currency_id = sale.currency_id
                    THEN COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric
                    ELSE COALESCE((
                        SELECT rate.rate
                          FROM res_currency_rate rate
                         WHERE rate.currency_id = trans.currency_id
                           AND COALESCE(rate.company_id, %(company)s) = %(company)s
                           AND rate.name <= sale.date_order::date
                         ORDER BY rate.company_id, rate.name DESC
                         LIMIT 1
                    ), 1)
               END""",
            company=company.id,
        )
