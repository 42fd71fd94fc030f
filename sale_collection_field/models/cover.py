from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import open_lines_sql


class SaleCollectionCover(models.AbstractModel):
    """Bills in hand, and for some days what reps reported, cover their instalments."""

    _inherit = "sale.collection.cover"

    @api.model
    def _get_covered_sql(self, company, today):
        return SQL(
            "%s UNION ALL %s",
            super()._get_covered_sql(company, today),
            self._get_parts_sql(company, today),
        )

    @api.model
    def _get_parts_sql(self, company, today):
        """Select what notices and bills cover, in company currency."""
        parts = SQL("%s UNION ALL %s", self._get_told_sql(), self._get_bills_sql())
        return SQL(
            """
            SELECT line.id AS line_id,
                   part.amount * line.residual / line.residual_currency AS amount,
                   part.until, part.kind
              FROM (%(parts)s) part
              JOIN (%(lines)s) line ON line.id = part.line_id
             WHERE part.company_id = %(company)s
               AND part.until >= %(today)s
               AND part.amount > 0
               AND line.residual > 0
               AND line.residual_currency > 0
            """,
            parts=parts,
            lines=open_lines_sql(
                company,
                today,
                SQL("line.id IN (SELECT line_id FROM (%s) covered)", parts),
            ),
            company=company.id,
            today=today,
        )

    @api.model
    def _get_told_sql(self):
        """Select what reps reported, less what has come, the oldest debt first."""
        return SQL(
            """
            SELECT own.line_id, notice.company_id, notice.until_date AS until,
                   'told' AS kind, notice.id AS source_id,
                   LEAST(own.amount, GREATEST(0, SUM(own.amount) OVER upto
                       - COALESCE(notice.received, 0))) AS amount
              FROM sale_collection_notice notice
              JOIN sale_collection_notice_line own ON own.notice_id = notice.id
             WHERE notice.state = 'open'
            WINDOW upto AS (PARTITION BY notice.id ORDER BY own.date_due, own.id)
            """
        )

    @api.model
    def _get_bills_sql(self, states=("hand", "deposited")):
        """Select what bills in hand cover that no matched payment covers itself.

        :param states: of the bills; those still to approve cover nothing
        """
        return SQL(
            """
            SELECT own.line_id, bill.company_id, bill.maturity_date AS until,
                   'bill' AS kind, bill.id AS source_id, own.amount
              FROM sale_collection_bill bill
              JOIN sale_collection_bill_line own ON own.bill_id = bill.id
             WHERE bill.state = ANY(%s)
               AND NOT EXISTS (
                   SELECT FROM account_payment payment
                     JOIN account_move_line paid ON paid.move_id = payment.move_id
                     JOIN account_account account ON account.id = paid.account_id
                    WHERE payment.id = bill.payment_id
                      AND account.account_type = 'asset_receivable'
                      AND paid.parent_state = 'posted'
                      AND paid.matching_number IS NOT NULL)
            """,
            list(states),
        )

    @api.model
    def _get_uncleared_sql(self):
        return SQL(
            """
            %s UNION ALL
            SELECT paid.id
              FROM sale_collection_bill bill
              JOIN account_payment payment ON payment.id = bill.payment_id
              JOIN account_move_line paid ON paid.move_id = payment.move_id
             WHERE bill.state IN ('hand', 'deposited')
            """,
            super()._get_uncleared_sql(),
        )
