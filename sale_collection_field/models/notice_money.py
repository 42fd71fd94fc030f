from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import open_lines_sql
from odoo.addons.sale_collection.models.core.sql import branches_sql

from ..tools.notice import Claim, Money, match


class SaleCollectionNoticeMoney(models.AbstractModel):
    """Reader of the money that may confirm payment notices."""

    _name = "sale.collection.notice.money"
    _description = "Money of payment notices"

    @api.model
    def _read_marks(self):
        """Return the numbers of the youngest receipt and journal item, as values."""
        self.env["account.move.line"]._collection_mirror()
        self.env.flush_all()
        [row] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE((SELECT MAX(id) FROM sale_collection_receipt), 0),
                       COALESCE((SELECT MAX(id) FROM account_move_line), 0)
                """
            )
        )
        return dict(zip(("receipt_mark", "line_mark"), row, strict=True))

    @api.model
    def _collect_came(self, company, notices, today):
        """Return {notice id: what has come of it, in its currency}."""
        self.env["account.move.line"]._collection_mirror()
        self.env.flush_all()
        money = {}
        for partner_id, *row in self.env.execute_query(
            self._get_money_sql(company, notices, today)
        ):
            money.setdefault(partner_id, []).append(Money(*row))
        found = {}
        for partner, own in notices.grouped("partner_id").items():
            claims = [self._make_claim(notice) for notice in own]
            found |= match(claims, money.get(partner.id, []))
        return found

    @api.model
    def _make_claim(self, notice):
        return Claim(
            notice.id,
            notice.amount,
            notice.currency_id.id,
            notice.date,
            frozenset(notice.line_ids.filtered("amount").line_id.ids),
            notice.receipt_mark,
            notice.line_mark,
            notice.currency_id.rounding / 2,
        )

    @api.model
    def _get_money_sql(self, company, notices, today):
        """Select `partner_id` and the values of `Money`, matched to debts or not.

        Money dated ahead is none yet.
        """
        return SQL(
            """
            SELECT partner_id, counterpart_ref, line_ref, currency_id, date,
                   MIN(id) AS first, SUM(amount_currency)::float8
              FROM sale_collection_receipt
             WHERE kind = 'cash'
               AND partner_id = ANY(%(partners)s)
               AND company_id IN (%(companies)s)
               AND date BETWEEN %(since)s AND %(today)s
               AND counterpart_ref NOT IN (%(taken)s)
          GROUP BY partner_id, counterpart_ref, line_ref, currency_id, date
            HAVING SUM(amount_currency) > 0
             UNION ALL
            SELECT contact.commercial_partner_id, line.id, 0, line.currency_id,
                   line.date, line.id, -line.residual_currency::float8
              FROM (%(lines)s) line
              JOIN res_partner contact ON contact.id = line.partner_id
              JOIN account_move move ON move.id = line.move_id
             WHERE line.residual_currency < 0
               AND line.id NOT IN (%(taken)s)
               AND (move.origin_payment_id IS NOT NULL
                    OR move.statement_line_id IS NOT NULL)
          ORDER BY 5, 6
            """,
            partners=notices.partner_id.ids,
            companies=branches_sql(company),
            since=min(notices.mapped("date")),
            today=today,
            # It has confirmed the notice that was taken in as that bill.
            taken=SQL(
                """
                SELECT paid.id
                  FROM sale_collection_bill bill
                  JOIN account_payment payment ON payment.id = bill.payment_id
                  JOIN account_move_line paid ON paid.move_id = payment.move_id
                 WHERE bill.notice_id IS NOT NULL
                """
            ),
            lines=open_lines_sql(
                company,
                today,
                self.env["sale.collection.profile"]._get_line_condition(
                    notices.partner_id.ids
                ),
            ),
        )
