from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import open_lines_sql


class SaleCollectionCover(models.AbstractModel):
    """What reps reported as paid covers its instalments for some days."""

    _inherit = "sale.collection.cover"

    @api.model
    def _get_covered_sql(self, company, today):
        return SQL(
            "%s UNION ALL %s",
            super()._get_covered_sql(company, today),
            self._get_told_sql(company, today),
        )

    @api.model
    def _get_told_sql(self, company, today):
        """Select what reps reported, less what has come, the oldest debt first."""
        condition = SQL(
            """line.id IN (SELECT part.line_id FROM sale_collection_notice_line part
                             JOIN sale_collection_notice notice
                               ON notice.id = part.notice_id
                            WHERE notice.state = 'open')"""
        )
        return SQL(
            """
            SELECT line.id AS line_id,
                   part.amount * line.residual / line.residual_currency AS amount,
                   part.until_date AS until, 'told' AS kind
              FROM (SELECT own.line_id, notice.until_date,
                           LEAST(own.amount, GREATEST(0, SUM(own.amount) OVER upto
                               - COALESCE(notice.received, 0))) AS amount
                      FROM sale_collection_notice notice
                      JOIN sale_collection_notice_line own
                        ON own.notice_id = notice.id
                     WHERE notice.state = 'open'
                       AND notice.company_id = %(company)s
                       AND notice.until_date >= %(today)s
                    WINDOW upto AS (
                           PARTITION BY notice.id ORDER BY own.date_due, own.id)
                   ) part
              JOIN (%(lines)s) line ON line.id = part.line_id
             WHERE part.amount > 0
               AND line.residual > 0
               AND line.residual_currency > 0
            """,
            lines=open_lines_sql(company, today, condition),
            company=company.id,
            today=today,
        )
