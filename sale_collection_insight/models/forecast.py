from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.sale_collection.fields import OptionalFloat, OptionalMonetary
from odoo.addons.sale_collection.models.core.sql import branches_sql

from ..tools.forecast import WEEKS, get_monday


class SaleCollectionForecast(models.Model):
    """What the cash forecast of a Monday said of one week, and what then came.

    One row for each of the 13 weeks and one without a week for what comes later or
    never: together what was open. Written by the nightly run alone.
    """

    _name = "sale.collection.forecast"
    _inherit = ["sale.collection.append.only", "sale.collection.one.currency"]
    _description = "Kept cash forecast"
    _order = "date desc, date_expected, id"
    _rec_name = "date_expected"
    _log_access = False

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(
        string="Made on",
        required=True,
        readonly=True,
        help="A Monday, or the first night of the week that was run.",
    )
    date_expected = fields.Date(
        string="Week",
        readonly=True,
        help="Monday of the week the money was expected in. Empty: later or never.",
    )
    weeks_ahead = fields.Integer(
        string="Weeks ahead",
        readonly=True,
        aggregator=None,
        help="0: made in the week itself. 13: later or never.",
    )
    amount_promised = fields.Monetary(string="Promised", readonly=True)
    amount_predicted = fields.Monetary(string="By habit", readonly=True)
    amount_overdue = fields.Monetary(string="Overdue, no day known", readonly=True)
    amount = fields.Monetary(string="Expected", readonly=True, help="Sum of the three.")
    amount_low = OptionalMonetary(string="At least", readonly=True)
    amount_high = OptionalMonetary(string="At most", readonly=True)
    amount_came = OptionalMonetary(
        string="Came",
        readonly=True,
        help="Money dated in that week for what was invoiced when the forecast was "
        "made, known when the week was over and brought up to date for 13 weeks.",
    )
    accuracy = OptionalFloat(
        string="Accuracy (%)",
        readonly=True,
        digits=(5, 1),
        aggregator="avg",
        help="100 % less the difference between what was expected and what came, as a "
        "part of what came; 0 where it was off by all of that or more.",
    )

    _week_once = models.UniqueIndex(
        "(company_id, date, COALESCE(date_expected, '1970-01-01'))",
        "This week's forecast is kept already.",
    )

    @api.depends("date", "date_expected")
    def _compute_display_name(self):
        words = self.env._("Later or never")
        for forecast in self:
            day = forecast.date_expected
            forecast.display_name = fields.Date.to_string(day) if day else words

    @api.model
    def _get_append_only_message(self):
        return self.env._(
            "Forecasts are kept by the nightly run, to be compared with what came. "
            "They are not edited."
        )

    # === WRITTEN AT NIGHT ===#

    @api.model
    def _keep(self, company, today):
        """Keep the forecast of this week, unless there is one.

        :param company: root company
        :param date today: nothing is kept for another day than the company's own:
            what is open now was not open then
        :return: number of rows
        """
        monday = get_monday(today)
        kept = [("company_id", "=", company.id), ("date", ">=", monday)]
        if today != company._collection_today() or self.sudo().search_count(kept):
            return 0
        branches = (
            self.env["res.company"].sudo().search([("id", "child_of", company.id)])
        )
        lines = self.env["sale.collection.forecast.line"].sudo()
        lines = lines.with_context(allowed_company_ids=branches.ids)
        lines.flush_model()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO sale_collection_forecast (
                       company_id, date, date_expected, weeks_ahead, amount_promised,
                       amount_predicted, amount_overdue, amount, amount_low,
                       amount_high)
                SELECT %(company)s, %(today)s, %(monday)s::date + 7 * slot.number,
                       COALESCE(slot.number, %(weeks)s),
                       COALESCE(SUM(amount) FILTER (WHERE kind = 'promised'), 0),
                       COALESCE(SUM(amount) FILTER (WHERE kind = 'predicted'), 0),
                       COALESCE(SUM(amount) FILTER (WHERE kind = 'overdue'), 0),
                       COALESCE(SUM(amount), 0), SUM(amount_low), SUM(amount_high)
                  FROM (SELECT GENERATE_SERIES(0, %(weeks)s - 1) AS number
                         UNION ALL SELECT NULL) slot
             LEFT JOIN (SELECT week, kind, SUM(amount) AS amount,
                               SUM(amount_low) AS amount_low,
                               SUM(amount_high) AS amount_high
                          FROM (%(lines)s) part
                      GROUP BY week, kind) line
                    ON line.week IS NOT DISTINCT FROM
                       %(monday)s::date + 7 * slot.number
              GROUP BY slot.number
                """,
                company=company.id,
                today=today,
                monday=monday,
                weeks=WEEKS,
                lines=lines._table_query,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _compare(self, company, today):
        """Bring what came up to date, of the weeks that ended in the last 13.

        The same accuracy as `get_accuracy` of `tools.forecast`, in percent.

        :param company: root company
        :return: number of rows changed
        """
        monday = get_monday(today)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH money AS (
                    SELECT DATE_TRUNC('week', receipt.date)::date AS week, receipt.date,
                           invoice.date AS invoiced_on, SUM(receipt.amount) AS amount
                      FROM sale_collection_receipt receipt
                 LEFT JOIN account_move invoice ON invoice.id = receipt.move_ref
                     WHERE receipt.kind = 'cash'
                       AND receipt.date >= %(since)s AND receipt.date < %(until)s
                       AND receipt.company_id IN (%(branches)s)
                  GROUP BY 1, 2, 3
                ), found AS (
                    SELECT forecast.id, forecast.amount,
                           COALESCE(SUM(money.amount), 0) AS came
                      FROM sale_collection_forecast forecast
                 LEFT JOIN money ON money.week = forecast.date_expected
                       AND money.date >= forecast.date
                       AND COALESCE(money.invoiced_on < forecast.date, TRUE)
                     WHERE forecast.company_id = %(company)s
                       AND forecast.date_expected >= %(since)s
                       AND forecast.date_expected < %(until)s
                  GROUP BY forecast.id
                )
                UPDATE sale_collection_forecast forecast
                   SET amount_came = found.came,
                       accuracy = CASE
                           WHEN found.came > 0 THEN 100 * GREATEST(
                               0, 1 - ABS(found.amount - found.came) / found.came)
                           WHEN found.amount > 0 THEN 0 ELSE 100 END
                  FROM found
                 WHERE found.id = forecast.id
                   AND forecast.amount_came IS DISTINCT FROM found.came
                """,
                since=monday - timedelta(weeks=WEEKS),
                until=monday,
                company=company.id,
                branches=branches_sql(company),
            )
        )
        self.invalidate_model()
        return self.env.cr.rowcount
