from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import open_lines_sql
from odoo.addons.sale_collection.models.core.sql import branches_sql

from ..tools.recovery import LAST_DAY, SPANS, Seen, learn_curve

# Older debts were collected by other people under other rules.
RECOVERY_DAYS = 6 * 365


class ResCompany(models.Model):
    """What money costs a company, and what its books teach about overdue amounts."""

    _inherit = "res.company"

    collection_cost_rate = fields.Float(
        string="Yearly cost of overdue money (%)",
        default=6.0,
        help="What a year of late money costs: interest of the bank, or what the money "
        "would have earned.",
        groups="base.group_user",
    )

    collection_board_partner_ids = fields.Many2many(
        "res.partner",
        "collection_board_report_rel",
        string="Board report to",
        domain="[('email', '!=', False)]",
        help="People who get the board report of each month once it is over, by e-mail "
        "and in their language. Of this company and its branches.",
        groups="base.group_user",
    )
    collection_board_month = fields.Date(
        string="Month of the last board report",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )

    _collection_cost_rate_range = models.Constraint(
        "CHECK(collection_cost_rate BETWEEN 0 AND 100)",
        "Yearly cost of overdue money: enter 0 to 100 %.",
    )

    def _get_recovery_curve(self, today):
        """Return the recovery curve of a root company and its branches.

        From the receipts, the trade history and what is still open of debts that fell
        due in the last six years. A debt counts in a band of age once it has been
        through it, so that young debts do not look lost. Customers who are not chased
        are left out.

        :param date today: money dated later is ignored
        :return: bands of `tools.recovery`, youngest first
        """
        self.ensure_one()
        rows = self.env.execute_query(self._get_recovery_query(today))
        seen = {number: Seen(*map(float, values)) for number, *values in rows}
        return learn_curve([seen.get(number, Seen()) for number in range(len(SPANS))])

    def _get_recovery_query(self, today):
        """Select what was seen in each band, by its number.

        Pieces are first added up by the bands that they have passed and in which they
        left: a band then meets some dozens of sums and not all there ever was.
        """
        return SQL(
            """
            WITH unchased AS (
                SELECT partner_id FROM sale_collection_profile
                 WHERE company_id = %(company)s AND excluded
            ),
            piece AS (%(pieces)s),
            total AS (
                SELECT WIDTH_BUCKET(%(today)s::date - due_date, %(lasts)s) AS passed,
                       WIDTH_BUCKET(age, %(firsts)s) AS band_left,
                       kind = 'cash' AS is_cash,
                       SUM(SIGN(amount)) AS count, SUM(amount) AS amount
                  FROM piece
                 GROUP BY 1, 2, 3
            )
            SELECT band.number - 1, SUM(total.count), SUM(total.amount),
                   COALESCE(SUM(total.amount) FILTER (
                       WHERE is_cash AND band_left = band.number), 0),
                   COALESCE(SUM(total.amount) FILTER (
                       WHERE NOT is_cash AND band_left = band.number), 0)
              FROM GENERATE_SERIES(1, %(bands)s) band (number)
              JOIN total ON total.passed >= band.number
                        AND (band_left IS NULL OR band_left >= band.number)
             GROUP BY band.number
            """,
            lasts=[last for _first, last in SPANS],
            firsts=[*(first for first, _last in SPANS), LAST_DAY + 1],
            bands=len(SPANS),
            company=self.id,
            pieces=self._get_recovery_pieces(today),
            today=today,
        )

    def _get_recovery_pieces(self, today):
        """Select parts of debts: kind and age at which they left, NULL while open."""
        return SQL(
            """
            SELECT due_date, days_late AS age, kind, amount
              FROM sale_collection_receipt
             WHERE company_id IN (%(branches)s)
               AND date <= %(today)s
               AND due_date > %(today)s::date - %(reach)s
               -- Refunds are no debts; what undoes a row has the other sign.
               AND (amount > 0 AND reversal_of_id IS NULL
                    OR amount < 0 AND reversal_of_id IS NOT NULL)
               AND COALESCE(partner_id, 0) NOT IN (SELECT partner_id FROM unchased)
             UNION ALL
            SELECT due_date, days_late, 'cash', amount_company
              FROM sale_collection_history
             WHERE company_id = %(company)s
               AND paid_date <= %(today)s
               AND due_date > %(today)s::date - %(reach)s
               AND partner_id NOT IN (SELECT partner_id FROM unchased)
             UNION ALL
            SELECT line.date_due, NULL, NULL, line.residual
              FROM (%(lines)s) line
         LEFT JOIN res_partner customer ON customer.id = line.partner_id
             WHERE line.residual > 0
               AND line.date_due <= %(today)s
               AND line.date_due > %(today)s::date - %(reach)s
               AND COALESCE(customer.commercial_partner_id, 0) NOT IN (
                   SELECT partner_id FROM unchased)
            """,
            branches=branches_sql(self),
            company=self.id,
            today=today,
            reach=RECOVERY_DAYS,
            lines=open_lines_sql(self, today),
        )
