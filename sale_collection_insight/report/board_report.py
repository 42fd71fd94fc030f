from babel.dates import format_skeleton

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import babel_locale_parse, get_lang

from ..tools.key_figures import get_bars

# Debtors named, as many as the share of the largest ones counts.
LARGEST = 10
# Size of a chart of bars, in its own units.
WIDTH, HEIGHT = 640, 130


class ReportBoard(models.AbstractModel):
    """The key figures of a month on two pages, with charts and the largest debtors."""

    _name = "report.sale_collection_insight.board_report"
    _description = "Board report"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return what the report shows: what the page of key figures reads.

        :param dict data: `month` and `currency_id` as `read_page` takes them
        """
        data = data or {}
        page = self.env["sale.collection.key.figures"]
        companies = page._get_companies(data.get("currency_id"))
        own = self.with_context(allowed_company_ids=companies.ids)
        return own._prepare_report(data.get("month"), companies)

    @api.model
    def _prepare_report(self, month, companies):
        page = self.env["sale.collection.key.figures"]
        period = page._get_period(month)
        figures = page._collect_figures(period)
        values = {figure.kind.code: figure for figure in figures}
        return {
            "company": self.env.company,
            "companies": companies,
            "currency": self.env.company.currency_id,
            "month": page._format_month(period.first),
            "day": period.last,
            "is_running": period.is_running,
            "figures": [page._prepare_figure(figure, period) for figure in figures],
            "charts": [
                self._prepare_chart(
                    self.env._("Receivable at month ends, the overdue part dark"),
                    values["receivable"],
                    values["overdue"].values,
                ),
                self._prepare_chart(
                    self.env._("Money received by month"), values["collected"]
                ),
            ],
            "debtors": self._collect_debtors(period, values["overdue"].whole),
        }

    @api.model
    def _prepare_chart(self, title, figure, marked=()):
        """Return the bars of a figure with the names of their months."""
        locale = babel_locale_parse(get_lang(self.env).code)
        bars = get_bars(figure.values, WIDTH, HEIGHT, marked)
        slot = WIDTH / len(figure.months)
        return {
            "title": title,
            "width": WIDTH,
            "height": HEIGHT,
            "bars": [bar for bar in bars if bar],
            "labels": [
                (number * slot + slot / 2, format_skeleton("MMM", month, locale=locale))
                for number, month in enumerate(figure.months)
            ],
            "highest": self.env.company.currency_id.format(
                max((value or 0 for value in figure.values), default=0)
            ),
        }

    @api.model
    def _collect_debtors(self, period, debts):
        """Return the largest debtors of the last day, as in the aging.

        :param float debts: all debts of that day
        :return: list of dicts of `customer`, `debt`, `overdue` and `share` (0-100)
        """
        aging = self.env["sale.collection.aging"].with_context(
            sale_collection_as_of=fields.Date.to_string(period.last)
        )
        query = aging._search(Domain("amount", ">", 0))
        owner = query.left_join(
            "sale_collection_aging", "partner_id", "res_partner", "id", "partner_id"
        )
        customer = SQL.identifier(owner, "commercial_partner_id")
        query.groupby = customer
        query.order = SQL("debt DESC, %s", customer)
        query.limit = LARGEST
        rows = self.env.execute_query(
            query.select(
                customer,
                SQL("SUM(amount)::float8 AS debt"),
                SQL("SUM(amount_overdue)::float8"),
            )
        )
        partners = self.env["res.partner"].browse([row[0] for row in rows if row[0]])
        names = dict(zip(partners.ids, partners.mapped("display_name"), strict=True))
        return [
            {
                "customer": names.get(partner_id, "-"),
                "debt": debt,
                "overdue": overdue,
                "share": 100 * debt / debts if debts else 0.0,
            }
            for partner_id, debt, overdue in rows
        ]
