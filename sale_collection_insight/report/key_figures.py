from collections import defaultdict
from datetime import timedelta

from babel.dates import format_skeleton

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date, formatLang
from odoo.tools.misc import babel_locale_parse, get_lang

from odoo.addons.sale_collection.tools.promise import JUDGED_STATES

from ..tools.forecast import get_monday
from ..tools.key_figures import (
    MONTHS,
    Figure,
    Kind,
    get_change,
    get_choices,
    get_path,
    get_period,
    get_trend,
)

# Weeks ahead whose money is expected.
WEEKS_AHEAD = 4
# Size of a small chart; it is stretched to the width of its figure.
WIDTH, HEIGHT = 120, 32


LEVEL, RATE = "sale.collection.snapshot", "sale.collection.rate"
FIGURES = (
    Kind("receivable", LEVEL, "receivable", "money", 0, "day"),
    Kind("overdue", LEVEL, "overdue", "money", -1, "day"),
    Kind("dso", LEVEL, "dso", "days", -1, "end"),
    Kind("effectiveness", LEVEL, "effectiveness", "percent", 1, "end"),
    Kind("collected", RATE, "cash_amount", "money", 1, "month"),
    Kind("due_rate", RATE, "due_rate", "percent", 1, "month"),
    Kind("kept", "sale.collection.promise", "kept_share", "percent", 1, "month"),
    Kind("expected", "sale.collection.forecast.line", "", "money", 0, "ahead"),
)


class SaleCollectionKeyFigures(models.AbstractModel):
    """The page a manager looks at first: eight figures, each as its own screen has it.

    All are read from the reports that define them, for one month and the year before
    it, of the user's companies with one currency.
    """

    _name = "sale.collection.key.figures"
    _description = "Key figures"

    # === PAGE ===#

    @api.model
    def read_page(self, month=None, currency_id=None):
        """Return what the page shows, as plain values in the user's language.

        :param month: a day of the month; that of today when left out
        :param int currency_id: of the companies looked at; the current one's when
            left out
        :raise AccessError: the user does not see all customers
        """
        companies = self._get_companies(currency_id)
        own = self.with_context(allowed_company_ids=companies.ids)
        period = own._get_period(month)
        figures = own._collect_figures(period)
        own._fetch_actions(figures, period)
        return {
            "figures": [own._prepare_figure(figure, period) for figure in figures],
            "is_empty": not any(any(figure.values) for figure in figures),
            "month": fields.Date.to_string(period.first),
            "months": own._prepare_choices(period),
            "currency_id": own.env.company.currency_id.id,
            "currencies": self.env.companies.currency_id.read(["name"]),
            "companies": ", ".join(companies.mapped("name")),
            "can_invoice": self.env.user.has_group("account.group_account_invoice"),
        }

    @api.model
    def _get_companies(self, currency_id):
        """Return the user's companies that keep their books in one currency."""
        companies = self.env.companies.grouped("currency_id")
        wanted = self.env["res.currency"].browse(currency_id)
        return companies.get(wanted) or companies[self.env.company.currency_id]

    @api.model
    def _get_period(self, month):
        today = self.env.company._collection_today()
        return get_period(fields.Date.to_date(month), today)

    @api.model
    def _prepare_choices(self, period):
        """Return the months that can be looked at, as the page chooses from."""
        return [
            {"value": fields.Date.to_string(day), "label": self._format_month(day)}
            for day in get_choices(period.today)
        ]

    # === COLLECT ===#

    @api.model
    def _collect_figures(self, period):
        """Return the figures of a month, each with those of the year before."""
        self.env[LEVEL].check_access("read")
        self.env.flush_all()
        expected, days = self._collect_expected(period)
        series = {
            **self._collect_levels(period),
            **self._collect_rates(period),
            "kept": self._collect_kept(period),
            "expected": expected,
        }
        parts = {
            "overdue": (
                series["overdue"].get(period.first),
                series["debts"].get(period.first),
            ),
            "collected": self._collect_target(period),
        }
        figures = []
        for kind in FIGURES:
            months = period.months
            if kind.clock == "end" and period.is_running:
                months = months[:-1]
            values = [series[kind.code].get(month) for month in months]
            part = parts.get(kind.code, (None, None))
            figures.append(Figure(kind, months, values, *part, days.get(months[-1])))
        return figures

    @api.model
    def _collect_levels(self, period):
        """Return {code: {month: figure}} of month ends, and of today in this month."""
        levels = self.env[LEVEL].with_context(
            sale_collection_snapshot_by="company",
            sale_collection_snapshot_months=MONTHS - 1 + period.back,
        )
        names = ("receivable:sum", "overdue:sum", "due_later:sum", "dso:avg")
        rows = levels._read_group(
            [("date", ">=", period.months[0]), ("date", "<=", period.end)],
            ["date:month"],
            [*names, "effectiveness:avg"],
        )
        series = {"receivable": {}, "overdue": {}, "debts": {}}
        series |= {"dso": {}, "effectiveness": {}}
        for month, receivable, overdue, due_later, dso, effectiveness in rows:
            series["receivable"][month] = receivable
            series["overdue"][month] = overdue
            series["debts"][month] = overdue + due_later
            series["dso"][month] = _get_known(dso)
            series["effectiveness"][month] = _get_known(effectiveness)
        if period.is_running:
            for name, amount in self._collect_today(period.today).items():
                series[name][period.first] = amount
        return series

    @api.model
    def _collect_today(self, today):
        """Return what is open today, the debts in it and the overdue ones: the aging.

        All companies are judged by the clock of the current one.
        """
        aging = self.env["sale.collection.aging"]
        query = aging.with_context(sale_collection_as_of=today)._search([])
        amounts = (
            SQL("COALESCE(SUM(amount), 0)::float8 AS receivable"),
            SQL("COALESCE(SUM(amount) FILTER (WHERE amount > 0), 0)::float8 AS debts"),
            SQL("COALESCE(SUM(amount_overdue), 0)::float8 AS overdue"),
        )
        [row] = self.env.execute_query_dict(query.select(*amounts))
        return row

    @api.model
    def _collect_rates(self, period):
        rows = self.env[RATE]._read_group(
            [
                ("date", ">=", period.months[0]),
                ("date", "<=", period.end),
                ("kind", "!=", "invoiced"),
            ],
            ["date:month"],
            ["cash_amount:sum", "due_rate:avg"],
        )
        return {
            "collected": {month: cash for month, cash, _rate in rows},
            "due_rate": {month: _get_known(rate) for month, _cash, rate in rows},
        }

    @api.model
    def _collect_kept(self, period):
        rows = self.env["sale.collection.promise"]._read_group(
            self._get_promise_domain(period.months[0], period.end),
            ["date:month"],
            ["kept_share:avg"],
        )
        return {month: _get_known(share) for month, share in rows}

    @api.model
    def _collect_expected(self, period):
        """Return what was expected as each month ended, and today in this month.

        Of a month that is over it is the last forecast kept in it; a sum only where
        each company has kept one.

        :return: {month: amount}, and {month: days of the forecasts kept}
        """
        kept = self._collect_kept_forecasts(period)
        amounts = {
            month: sum(amount for _day, amount in found)
            for month, found in kept.items()
        }
        days = {month: [pair[0] for pair in pairs] for month, pairs in kept.items()}
        if period.is_running:
            [[amount]] = self.env["sale.collection.forecast.line"]._read_group(
                self._get_expected_domain(period.today), [], ["amount:sum"]
            )
            amounts[period.first] = amount
        return amounts, days

    @api.model
    def _collect_kept_forecasts(self, period):
        """Return {month: (day, amount) of the last forecast of each company in it}.

        One is kept of a company with its branches: of some of them there is none.
        """
        roots = self.env.companies.sudo().root_id
        whole = self.env["res.company"].sudo().search([("id", "child_of", roots.ids)])
        if whole - self.env.companies:
            return {}
        rows = self.env["sale.collection.forecast"]._read_group(
            [
                ("company_id", "in", roots.ids),
                ("date", ">=", period.months[0]),
                ("date", "<=", period.last),
                ("weeks_ahead", "<", WEEKS_AHEAD),
            ],
            ["company_id", "date:day"],
            ["amount:sum"],
            order="date:day",
        )
        kept = defaultdict(dict)
        for company, day, amount in rows:
            kept[day.replace(day=1)][company] = (day, amount)
        return {
            month: list(found.values())
            for month, found in kept.items()
            if len(found) == len(roots)
        }

    @api.model
    def _collect_target(self, period):
        """Return what came towards the targets within a month, and their sum.

        None and None without any, and for those who do not see the targets of all reps.
        """
        if not self.env.user.has_groups(
            "sale_collection.group_manager,account.group_account_invoice,"
            "account.group_account_readonly"
        ):
            return None, None
        targets = self.env["sale.collection.target"]
        # By company too: the report by mail is printed by the system.
        domain = Domain("company_id", "in", self.env.companies.ids)
        domain &= Domain("date_from", ">=", period.first)
        domain &= Domain("date_to", "<=", period.end)
        ids = targets._search(domain).subselect()
        [[amount]] = self.env.execute_query(
            SQL(
                """
                SELECT SUM(GREATEST(target.amount - COALESCE(%s, 0), 0))::float8
                  FROM sale_collection_target target
                 WHERE target.id IN %s
                """,
                targets._get_of_reps_sql(SQL("own.id IN %s", ids)),
                ids,
            )
        )
        if amount is None:
            return None, None
        [[collected]] = self.env["sale.collection.target.customer"]._read_group(
            Domain("target_id", "any", domain) & Domain("part", "!=", "whole"),
            [],
            ["collected:sum"],
        )
        return collected, amount

    # === WORDS ===#

    @api.model
    def _prepare_figure(self, figure, period):
        """Return a figure as the page shows it."""
        kind = figure.kind
        is_whole = kind.clock != "month" or not period.is_running
        change = is_whole and get_change(
            figure.value, figure.before, kind.unit == "money"
        )
        words = {
            "title": self._get_titles()[kind.code],
            "help": self._get_help(kind),
            "value": self._format_value(kind, figure.value),
            "when": self._describe_time(figure, period),
            "before": self._describe_before(figure),
            "change": self._format_change(kind, change),
            "note": "",
            "percent": None,
        }
        return {
            "code": kind.code,
            **words,
            **self._prepare_note(figure),
            "trend": get_trend(change or None, kind.better),
            "path": get_path(figure.values, WIDTH, HEIGHT),
            "action": self._get_action(figure, period),
        }

    @api.model
    def _get_titles(self):
        return {
            "receivable": self.env._("Receivable"),
            "overdue": self.env._("Overdue"),
            "dso": self.env._("DSO"),
            "effectiveness": self.env._("Collection effectiveness"),
            "collected": self.env._("Collected"),
            "due_rate": self.env._("Due collection rate"),
            "kept": self.env._("Promises kept"),
            "expected": self.env._("Expected in 4 weeks"),
        }

    @api.model
    def _get_help(self, kind):
        """Return what a figure means, in the words of the screen it comes from."""
        if not kind.field:
            return self.env._(
                "What the cash forecast expects in this week and the three after it. "
                "Of a month that is over: as it was kept in its last week."
            )
        return self.env[kind.model].fields_get([kind.field], ["help"])[kind.field][
            "help"
        ]

    @api.model
    def _describe_time(self, figure, period):
        """Return the day a figure is of; of months, whether there is more to come."""
        if figure.kind.clock in ("day", "end"):
            last = get_period(figure.months[-1], period.today).last
            return self.env._("On %(day)s", day=format_date(self.env, last))
        if period.is_running and figure.kind.clock == "month":
            return self.env._("So far")
        return ""

    @api.model
    def _describe_before(self, figure):
        """Return the month before with its value."""
        if figure.before is None:
            return ""
        return self.env._(
            "%(month)s: %(value)s",
            month=self._format_month(figure.months[-2]),
            value=self._format_value(figure.kind, figure.before),
        )

    @api.model
    def _prepare_note(self, figure):
        """Return what a figure is a part of, in words; of a target with its bar.

        Money of those without a target is no part of it.
        """
        if figure.part is None or not figure.whole:
            return {}
        percent = round(100 * figure.part / figure.whole)
        currency = self.env.company.currency_id
        if figure.kind.code == "overdue":
            return {"note": self.env._("%(percent)s %% of all debts", percent=percent)}
        target = currency.format(figure.whole)
        note = self.env._(
            "%(percent)s %% of the target of %(target)s", percent=percent, target=target
        )
        if currency.compare_amounts(figure.part, figure.value):
            note = self.env._(
                "%(amount)s towards the target of %(target)s: %(percent)s %%",
                amount=currency.format(figure.part),
                percent=percent,
                target=target,
            )
        return {"percent": max(0, min(percent, 100)), "note": note}

    # === FORMATS ===#

    @api.model
    def _format_month(self, day):
        locale = babel_locale_parse(get_lang(self.env).code)
        return format_skeleton("yMMMM", day, locale=locale)

    @api.model
    def _format_value(self, kind, value):
        if value is None:
            return "-"
        if kind.unit == "money":
            return self.env.company.currency_id.format(value)
        number = formatLang(self.env, value, digits=1)
        if kind.unit == "days":
            return self.env._("%(number)s days", number=number)
        return f"{number} %"

    @api.model
    def _format_change(self, kind, change):
        """Return a change with its sign; nothing where it rounds to nothing."""
        if not round(change or 0, 1):
            return ""
        number = formatLang(self.env, abs(change), digits=1)
        number = ("+" if change > 0 else "-") + number
        if kind.unit == "days":
            return self.env._("%(number)s days", number=number)
        if kind.unit == "percent":
            return self.env._("%(number)s points", number=number)
        return f"{number} %"

    # === DRILL-DOWN ===#

    @api.model
    def _fetch_actions(self, figures, period):
        """Read the actions of all figures together; each is then in the cache."""
        actions = self.env["ir.actions.act_window"].sudo()
        names = {self._get_lines(figure, period)[0] for figure in figures}
        actions.browse({self.env.ref(name).id for name in names}).read()

    @api.model
    def _get_lines(self, figure, period):
        """Return the name of the action that has the lines, domain and context."""
        read = {
            "day": self._get_lines_of_day,
            "end": self._get_lines_of_end,
            "month": self._get_lines_of_month,
            "ahead": self._get_lines_ahead,
        }[figure.kind.clock]
        return read(figure, get_period(figure.months[-1], period.today))

    @api.model
    def _get_action(self, figure, period):
        """Return the action that opens the lines of a figure."""
        month = get_period(figure.months[-1], period.today)
        action, domain, context = self._get_lines(figure, period)
        title = self.env._(
            "%(figure)s: %(month)s",
            figure=self._get_titles()[figure.kind.code],
            month=self._format_month(month.first),
        )
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(action),
            "name": title,
            "display_name": title,
            "domain": list(domain),
            "context": context,
            "views": [(False, "list"), (False, "pivot"), (False, "graph")],
        }

    @api.model
    def _get_lines_of_day(self, figure, month):
        domain = Domain("company_id", "in", self.env.companies.ids)
        if figure.kind.code == "overdue":
            domain &= Domain("amount_overdue", ">", 0)
        day = fields.Date.to_string(month.last)
        return "sale_collection.aging_action", domain, {"sale_collection_as_of": day}

    @api.model
    def _get_lines_of_end(self, figure, month):
        domain = Domain("company_id", "in", self.env.companies.ids)
        domain &= Domain("date", "=", month.end)
        context = {
            "sale_collection_snapshot_by": "customer",
            "sale_collection_snapshot_months": month.back,
        }
        return "sale_collection_insight.snapshot_action", domain, context

    @api.model
    def _get_lines_of_month(self, figure, month):
        if figure.kind.code == "kept":
            domain = self._get_promise_domain(month.first, month.end)
            return "sale_collection.promise_action", domain, {}
        domain = Domain("company_id", "in", self.env.companies.ids)
        domain &= Domain("date", ">=", month.first)
        if figure.kind.code == "collected":
            domain &= Domain("date", "<=", month.last) & Domain("kind", "=", "cash")
            return "sale_collection.receipt_action", domain, {}
        domain &= Domain("date", "<=", month.end)
        domain &= Domain("kind", "in", ("due", "credited", "paid"))
        return "sale_collection_insight.rate_action", domain, {}

    @api.model
    def _get_lines_ahead(self, figure, month):
        if month.is_running:
            domain = Domain("company_id", "in", self.env.companies.ids)
            domain &= self._get_expected_domain(month.today)
            return "sale_collection_insight.forecast_line_action", domain, {}
        domain = Domain("company_id", "in", self.env.companies.sudo().root_id.ids)
        domain &= Domain("date", "in", figure.days)
        domain &= Domain("weeks_ahead", "<", WEEKS_AHEAD)
        return "sale_collection_insight.forecast_action", domain, {}

    @api.model
    def _get_promise_domain(self, first, last):
        """Return the judged promises for days of months."""
        roots = self.env.companies.sudo().root_id
        return (
            Domain("company_id", "in", roots.ids)
            & Domain("date", ">=", first)
            & Domain("date", "<=", last)
            & Domain("state", "in", JUDGED_STATES)
        )

    @api.model
    def _get_expected_domain(self, today):
        """Return the parts of the forecast of this week and those after it."""
        until = get_monday(today) + timedelta(weeks=WEEKS_AHEAD)
        return Domain("week", "<", until)


def _get_known(value):
    """Return a figure, None where a report has no value."""
    return None if value is False else value
