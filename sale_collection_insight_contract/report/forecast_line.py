from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.sale_collection_contract.models.contract_line import SOURCES
from odoo.addons.sale_collection_insight.report.forecast_line import STRIDE
from odoo.addons.sale_collection_insight.tools.forecast import WEEKS

# The last number of an expected payment's parts, which none of them has.
SLOT = STRIDE - 1
# What these rows have and expected payments have not.
OWN = {"amount_planned": SQL("0.0"), "contract_line_id": SQL("NULL::int")}


class SaleCollectionForecastLine(models.Model):
    """What contract plans bring stands beside what is expected of open money.

    Rows of their own that expect nothing: sums of what is expected, and the forecasts
    that are kept and compared with what came, are those of what is open alone.
    """

    _inherit = "sale.collection.forecast.line"
    _depends = {
        **SOURCES,
        "sale.collection.contract.line": [
            *SOURCES["sale.collection.contract.line"],
            "company_id",
            "partner_id",
        ],
        "sale.order": [*SOURCES["sale.order"], "state", "team_id", "user_id"],
    }

    kind = fields.Selection(selection_add=[("planned", "Planned, not invoiced")])
    amount_planned = fields.Monetary(
        string="Planned, not invoiced",
        readonly=True,
        currency_field="company_currency_id",
        help="Parts of contract collection plans of confirmed orders less what of them "
        "is invoiced, in the week they are due; in this one what is overdue. No part "
        "of what is expected. At the rate of the order.",
    )
    contract_line_id = fields.Many2one(
        "sale.collection.contract.line", string="Part of contract", readonly=True
    )

    @property
    def _table_query(self):
        # EXTENDS: rows of parts of contracts
        names = [
            name
            for name, field in self._fields.items()
            if field.store and field.column_type
        ]
        planned = self._get_planned_columns()
        return SQL(
            "SELECT %s FROM (%s) expected UNION ALL SELECT %s %s",
            SQL(", ").join(
                SQL("%s AS %s", OWN[name], SQL.identifier(name))
                if name in OWN
                else SQL.identifier("expected", name)
                for name in names
            ),
            super()._table_query,
            SQL(", ").join(planned.get(name, SQL("NULL")) for name in names),
            self._get_planned_query(),
        )

    @api.model
    def _get_planned_columns(self):
        """Return {name: SQL} of what a row of a contract's part has."""
        return {
            "id": SQL("part.id::bigint * %s + %s", STRIDE, SLOT),
            "contract_line_id": SQL("part.id"),
            "company_id": SQL("part.company_id"),
            "company_currency_id": SQL("now.currency_id"),
            "partner_id": SQL("part.partner_id"),
            # No profile: what is not invoiced cannot be paid late.
            "collector_id": SQL("profile.user_id"),
            "user_id": SQL("sale.user_id"),
            "team_id": SQL("sale.team_id"),
            "kind": SQL("'planned'"),
            "date_due": SQL("part.date"),
            "days_overdue": SQL("GREATEST(now.today - part.due_date, 0)"),
            "week": SQL("due.week"),
            "is_promised": SQL("FALSE"),
            "amount": SQL("0.0"),
            "amount_overdue": SQL("0.0"),
            "amount_planned": SQL("planned.amount"),
        }

    @api.model
    def _get_planned_query(self):
        """Return what rows are read from: parts not invoiced in full of orders.

        As in the forecast, what is due after its weeks or has no day comes later, and
        so does what still waits for something when its day is over.
        """
        return SQL(
            """
              FROM sale_collection_contract_line part
              JOIN (%(todays)s) now ON now.company_id = part.company_id
              JOIN res_currency currency ON currency.id = now.currency_id
              JOIN sale_order sale ON sale.id = part.order_id AND sale.state = 'sale'
              JOIN (%(figures)s) figures ON figures.id = part.id
         LEFT JOIN sale_collection_profile profile
                ON profile.partner_id = part.partner_id
               AND profile.company_id = now.root_id
        CROSS JOIN LATERAL (
                   SELECT ROUND(figures.amount_to_invoice
                                / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric
                                / currency.rounding) * currency.rounding AS amount
                   ) planned
        CROSS JOIN LATERAL (
                   SELECT CASE
                          WHEN part.due_date IS NULL AND part.date < now.today
                          THEN NULL
                          WHEN part.date < DATE_TRUNC('week', now.today)::date
                                           + 7 * %(weeks)s
                          THEN DATE_TRUNC(
                               'week', GREATEST(part.date, now.today))::date
                          END AS week) due
             WHERE planned.amount > 0
            """,
            weeks=WEEKS,
            todays=self._get_todays_query(),
            figures=self.env["sale.collection.contract.line"]._get_figures_query(),
        )

    def action_open_document(self):
        # EXTENDS: a part of a contract has no document yet
        if self.contract_line_id:
            return self.contract_line_id._get_records_action()
        return super().action_open_document()
