from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from odoo.addons.sale_collection.fields import OptionalFloat
from odoo.addons.sale_collection.models.core.open_line import DEPENDS
from odoo.addons.sale_collection.models.core.sql import (
    columns_sql,
    is_one_sql,
    root_company_sql,
)
from odoo.addons.sale_collection.models.ledger.reconciliation import DOCUMENT_TYPES

from ..tools.snapshot import month_ends
from .snapshot_figures import (
    AGAINST,
    AMOUNTS,
    BALANCES,
    BEFORE,
    CHANGES,
    DETAILS,
    EARLIER,
    KEYS,
    RATIOS,
    balances_sql,
    change_sql,
    count_back_sql,
    month_end_sql,
    ratio_sql,
)

# Month ends shown: a year and the one before it. Sales are counted back two years.
MONTHS, MONTHS_BACK, LONGEST = 13, 24, 61
# Debtors whose share of all debts is told.
LARGEST = 10
AGED = "Debts past their due date by so many days at the end of the month."

# What one row stands for, by the context.
BY = {"company": 0, "collector": 1, "customer": 2}

# Changes are from the month before or, by the context, from that of a year before.
YEAR = 12
AGAINST_KEYS = ("sale_collection_snapshot_against",)

# Says that no detail was asked for. No client can send this very object.
BRIEF = object()


class SaleCollectionSnapshot(models.Model):
    """How much was owed at each month end, and how well it was collected.

    A row is a company, a collector or a customer at the end of a month, by the
    context (`sale_collection_snapshot_by`). All from the ledger as it stood on the day:
    `receivable` is the balance of the receivable accounts, as in the aging report.
    Figures of several rows are those of their sums, of one month and one currency.
    """

    _name = "sale.collection.snapshot"
    _inherit = ["sale.collection.one.currency"]
    _description = "Snapshot of receivables"
    _auto = False
    _order = "date desc, receivable desc, id"
    _rec_name = "date"
    _depends = {
        **DEPENDS,
        "account.move": [
            *("amount_total_signed", "commercial_partner_id", "company_id", "date"),
            *("move_type", "state"),
        ],
        "res.partner": ["commercial_partner_id"],
        "sale.collection.profile": ["company_id", "partner_id", "user_id"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(string="Month end", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Collector", readonly=True)
    receivable = fields.Monetary(
        readonly=True,
        help="Balance of the receivable accounts at the end of the month: debts less "
        "credits not yet matched.",
    )
    due_later = fields.Monetary(
        string="Not due", readonly=True, help="Debts not yet due at the month end."
    )
    overdue = fields.Monetary(
        readonly=True, help="Debts past their due date at the end of the month."
    )
    overdue_change = fields.Monetary(
        string="Change of overdue",
        readonly=True,
        depends_context=AGAINST_KEYS,
        help="Overdue less that of the month before. With the filter Against a year "
        "before: less that of the same month then.",
    )
    overdue_30 = fields.Monetary(string="1-30 days", readonly=True, help=AGED)
    overdue_60 = fields.Monetary(string="31-60 days", readonly=True, help=AGED)
    overdue_90 = fields.Monetary(string="61-90 days", readonly=True, help=AGED)
    overdue_over = fields.Monetary(string="Over 90 days", readonly=True, help=AGED)
    credits = fields.Monetary(
        string="Not yet matched",
        readonly=True,
        help="Payments and credit notes matched with no invoice at the end of the "
        "month, negative.",
    )
    largest = fields.Monetary(
        string="Ten largest debtors",
        readonly=True,
        help="Debts of the ten customers of the company who owed most.",
    )
    receivable_before = fields.Monetary(
        string="Month before", readonly=True, help="Receivable one month before."
    )
    sales = fields.Monetary(
        readonly=True,
        help="Invoices less credit notes of the month, with tax, by accounting date as "
        "the receivable. Collection rates go by invoice date.",
    )
    dso = OptionalFloat(
        string="DSO",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Days sales outstanding: receivable / sales of the month x days of it.",
    )
    dso_change = OptionalFloat(
        string="Change of DSO",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        depends_context=AGAINST_KEYS,
        help="DSO less that of the month before, in days. With the filter Against a "
        "year before: less that of the same month then.",
    )
    count_back_dso = OptionalFloat(
        string="Count-back DSO",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Days of latest sales that make up the receivable: whole months are "
        "taken off it until the rest is smaller than the sales of a month. Of single "
        "rows alone.",
    )
    best_dso = OptionalFloat(
        string="Best possible DSO",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="The DSO if nothing was overdue: not due / sales x days.",
    )
    days_delinquent = OptionalFloat(
        string="Average days delinquent",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="DSO less the best possible DSO.",
    )
    effectiveness = OptionalFloat(
        string="Collection effectiveness (%)",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="CEI: what was collected of what could be. (Receivable one month before + "
        "sales - receivable) / (receivable one month before + sales - not due).",
    )
    effectiveness_change = OptionalFloat(
        string="Change of effectiveness",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        depends_context=AGAINST_KEYS,
        help="Collection effectiveness less that of the month before, in points. With "
        "the filter Against a year before: less that of the same month then.",
    )
    roll_30 = OptionalFloat(
        string="Rolled to 1-30 days (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="1-30 days overdue, of what was not due one month before.",
    )
    roll_60 = OptionalFloat(
        string="Rolled to 31-60 days (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="31-60 days overdue, of what was 1-30 days overdue one month before.",
    )
    roll_90 = OptionalFloat(
        string="Rolled to 61-90 days (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="61-90 days overdue, of what was 31-60 days overdue one month before.",
    )
    roll_over = OptionalFloat(
        string="Rolled to over 90 days (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Over 90 days overdue, of what was 61-90 days overdue one month before. "
        "Older debts are in it: it can be above 100 %.",
    )
    largest_share = OptionalFloat(
        string="Share of the ten largest (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="What the ten largest debtors owe, of all debts.",
    )

    # === QUERY ===#

    @property
    def _table_query(self):
        return SQL(
            """
            WITH balance AS MATERIALIZED (%(balances)s),
            ranked AS MATERIALIZED (%(ranked)s),
            sold AS MATERIALIZED (%(sales)s),
            part AS (%(parts)s),
            level AS MATERIALIZED (%(levels)s),
            counted AS (%(counted)s)
            SELECT level.*, counted.count_back_dso, %(ratios)s
              FROM level
         LEFT JOIN counted ON counted.id = level.id
            """,
            balances=balances_sql(
                self.env.companies.ids, self._get_month_ends(), self._is_by_customer()
            ),
            ranked=self._get_grouped_query(self._get_ranked_query(), BALANCES),
            sales=self._get_grouped_query(self._get_sales_query(), ["sales"]),
            parts=self._get_parts_query(),
            levels=self._get_levels_query(),
            counted=count_back_sql(SQL("SELECT * FROM sold"), MONTHS_BACK),
            ratios=SQL(", ").join(
                SQL("%s AS %s", figure(name), SQL.identifier(column))
                for name, column, figure in (
                    *((name, name, ratio_sql) for name in RATIOS),
                    *((name, f"{name}_change", change_sql) for name in CHANGES),
                )
            ),
        )

    @api.model
    def _get_month_count(self):
        """Return how many month ends are shown."""
        count = self.env.context.get("sale_collection_snapshot_months")
        count = count if isinstance(count, int) else MONTHS
        return min(max(count, 1), LONGEST)

    @api.model
    def _get_months_back(self):
        """Return how many months before it a month is compared with."""
        against = self.env.context.get("sale_collection_snapshot_against")
        return YEAR if against == "year" else 1

    @api.model
    def _get_month_ends(self):
        """Return the month ends shown and those before that figures need.

        Oldest first.
        """
        today = self.env.company._collection_today()
        earlier = self._get_months_back() + 1
        return month_ends(today, self._get_month_count() + earlier)

    @api.model
    def _get_by(self):
        by = self.env.context.get("sale_collection_snapshot_by")
        return by if by in BY else "company"

    def _has_details(self):
        """Return whether the columns of `DETAILS` have values."""
        return self.env.context.get("sale_collection_snapshot_brief") is not BRIEF

    def _is_by_customer(self):
        """Return whether balances have to be told apart by customer."""
        return self._get_by() != "company" or self._has_details()

    def _get_ranked_query(self):
        """Select balances with what the largest debtors of a month end owe."""
        if not self._has_details():
            return SQL("SELECT *, 0 AS largest FROM balance")
        return SQL(
            """
            SELECT *, CASE WHEN debt > 0 AND ROW_NUMBER() OVER (
                                PARTITION BY company_id, date
                                ORDER BY debt DESC NULLS LAST, partner_id) <= %s
                           THEN debt END AS largest
              FROM (SELECT *, receivable - COALESCE(credits, 0) AS debt
                      FROM balance) total
            """,
            LARGEST,
        )

    def _get_sales_query(self):
        """Select the sales of each customer and month, further back than shown.

        From documents: their total is what core has on the receivable account.
        """
        ends = self._get_month_ends()
        months_back = MONTHS_BACK if self._has_details() else 0
        return SQL(
            """
            SELECT move.company_id, %(partner)s AS partner_id,
                   (DATE_TRUNC('month', move.date::timestamp)
                       + INTERVAL '1 month - 1 day')::date AS date,
                   SUM(move.amount_total_signed) AS sales
              FROM account_move move
         LEFT JOIN res_partner customer ON customer.id = move.commercial_partner_id
             WHERE move.state = 'posted'
               AND move.move_type IN %(documents)s
               AND move.company_id = ANY(%(companies)s)
               AND move.date > %(since)s AND move.date <= %(until)s
             GROUP BY 1, 2, 3
            """,
            # Customers are not even read where nobody asks for them.
            partner=SQL("NULL::int")
            if self._get_by() == "company"
            else SQL("customer.commercial_partner_id"),
            documents=DOCUMENT_TYPES,
            companies=list(self.env.companies.ids),
            since=ends[0] - relativedelta(months=months_back),
            until=ends[-1],
        )

    def _get_parts_query(self):
        """Select balances and sales at their month end, and again at later ones."""
        back = self._get_months_back()
        against = {f"{name}_against": name for name in AGAINST}
        parts = (
            ("ranked", 0, {name: name for name in BALANCES}),
            ("ranked", 1, {f"{name}_before": name for name in BEFORE}),
            ("ranked", back, against),
            ("ranked", back + 1, {EARLIER: "receivable"}),
            ("sold", 0, {"sales": "sales"}),
            ("sold", back, {"sales_against": "sales"}),
        )
        return SQL(" UNION ALL ").join(
            SQL(
                """
                SELECT %s, %s AS date, %s
                  FROM %s
                """,
                columns_sql(KEYS),
                month_end_sql(SQL("date"), months),
                SQL(", ").join(
                    SQL(
                        "%s AS %s",
                        SQL.identifier(columns[name]) if name in columns else SQL("0"),
                        SQL.identifier(name),
                    )
                    for name in AMOUNTS
                ),
                SQL.identifier(table),
            )
            for table, months, columns in parts
        )

    def _get_levels_query(self):
        """Select the rows of the report with their amounts."""
        ends = self._get_month_ends()[-self._get_month_count() :]
        return SQL(
            """
            SELECT *, receivable - credits - due_later AS overdue,
                   receivable - credits - due_later
                   - (receivable_against - credits_against - due_later_against)
                       AS overdue_change,
                   EXTRACT(day FROM date)::int AS days,
                   EXTRACT(day FROM %(against)s)::int AS days_against,
                   ((key::bigint * 10000 + company_id) * %(kinds)s + %(kind)s) * 4096
                   + (EXTRACT(year FROM date)::int - 1900) * 12
                   + EXTRACT(month FROM date)::int AS id
              FROM (%(total)s) total
             WHERE (%(amounts)s) IS DISTINCT FROM (%(nothing)s)
            """,
            against=month_end_sql(SQL("date"), -self._get_months_back()),
            kinds=len(BY),
            kind=BY[self._get_by()],
            total=SQL(
                """
                SELECT %(keys)s, date, %(sums)s
                  FROM part
                 WHERE date BETWEEN %(first)s AND %(last)s
                 GROUP BY %(keys)s, date
                """,
                keys=columns_sql(KEYS),
                sums=SQL(", ").join(
                    SQL("SUM(%s) AS %s", *[SQL.identifier(name)] * 2)
                    for name in AMOUNTS
                ),
                first=ends[0],
                last=ends[-1],
            ),
            # What was owed two periods ago alone makes no row.
            amounts=SQL(", ").join(
                SQL.identifier(name) for name in AMOUNTS if name != EARLIER
            ),
            nothing=SQL(", ").join([SQL("0")] * (len(AMOUNTS) - 1)),
        )

    def _get_grouped_query(self, rows, amounts):
        """Add up amounts of customers by what one row of the report stands for.

        The columns are those of `KEYS`, `date` and the amounts.
        """
        key = {
            "company": SQL("0 AS key, NULL::int AS partner_id, NULL::int AS user_id"),
            "collector": SQL(
                "COALESCE(profile.user_id, 0) AS key, NULL::int AS partner_id, "
                "profile.user_id"
            ),
            "customer": SQL(
                "COALESCE(item.partner_id, 0) AS key, item.partner_id, profile.user_id"
            ),
        }[self._get_by()]
        return SQL(
            """
            SELECT item.company_id, company.currency_id, %(key)s, item.date, %(sums)s
              FROM (%(rows)s) item
              JOIN res_company company ON company.id = item.company_id
         LEFT JOIN sale_collection_profile profile
                ON profile.partner_id = item.partner_id
               AND profile.company_id = %(root)s
             GROUP BY 1, 2, 3, 4, 5, 6
            """,
            key=key,
            rows=rows,
            sums=SQL(", ").join(
                SQL(
                    "COALESCE(SUM(%s), 0) AS %s",
                    SQL.identifier("item", name),
                    SQL.identifier(name),
                )
                for name in amounts
            ),
            root=root_company_sql(),
        )

    # === FIGURES ===#

    @api.model
    def _read_group(self, domain, groupby=(), aggregates=(), *args, **options):
        # EXTENDS base: details are read where one of their columns is named
        named = str((domain, groupby, aggregates, args, options))
        mark = None if any(name in named for name in DETAILS) else BRIEF
        brief = self.with_context(sale_collection_snapshot_brief=mark)
        return super(SaleCollectionSnapshot, brief)._read_group(
            domain, groupby, aggregates, *args, **options
        )

    def _read_group_select(self, aggregate_spec, query):
        # EXTENDS sale.collection.one.currency
        name, _separator, func = aggregate_spec.partition(":")
        if name == "count_back_dso" and func:
            column = SQL.identifier(self._table, name)
            return SQL("CASE WHEN COUNT(*) = 1 THEN MAX(%s) END", column)
        changed = name.removesuffix("_change")
        if func == "avg" and (name in RATIOS or changed in CHANGES):
            found = self._get_group_figure(name)
        else:
            found = super()._read_group_select(aggregate_spec, query)
            if func not in ("sum", "sum_currency") or name == "sales":
                return found
        return SQL(
            "CASE WHEN %s THEN %s END",
            is_one_sql(SQL.identifier(self._table, "date")),
            found,
        )

    def _get_group_figure(self, name):
        """Return SQL of a figure of several rows: that of their sums."""

        def read(column):
            function = SQL("MAX") if column.startswith("days") else SQL("SUM")
            return SQL("%s(%s)", function, SQL.identifier(self._table, column))

        changed = name.removesuffix("_change")
        figure = ratio_sql(name, read) if changed == name else change_sql(changed, read)
        return SQL(
            "CASE WHEN %s THEN %s END",
            is_one_sql(SQL.identifier(self._table, "currency_id")),
            figure,
        )

    # === DRILL-DOWN ===#

    @api.depends("date", "partner_id", "user_id", "company_id")
    def _compute_display_name(self):
        for level in self:
            about = level.partner_id or level.user_id or level.company_id
            level.display_name = self.env._(
                "%(who)s at %(day)s",
                who=about.sudo().display_name,
                day=format_date(self.env, level.date),
            )

    def _get_kind(self):
        """Return what this row stands for: its id says so."""
        return list(BY)[self.id // 4096 % len(BY)]

    def action_open_lines(self):
        """Open the lines that were open on the day: their sum is the receivable."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.aging_action"
        )
        title = self.env._("Aging: %(row)s", row=self.display_name)
        domain = [("company_id", "=", self.company_id.id)]
        if self._get_kind() == "customer":
            domain += (
                [("partner_id.commercial_partner_id", "=", self.partner_id.id)]
                if self.partner_id
                else [("partner_id", "=", False)]
            )
        elif self._get_kind() == "collector":
            domain += [("collector_id", "=", self.user_id.id)]
        return action | {
            "name": title,
            "display_name": title,
            "domain": domain,
            "context": {"sale_collection_as_of": fields.Date.to_string(self.date)},
        }

    def action_open_customers(self):
        """Open the same month end customer by customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_insight.snapshot_action"
        )
        domain = [("company_id", "=", self.company_id.id), ("date", "=", self.date)]
        if self._get_kind() == "collector":
            domain += [("user_id", "=", self.user_id.id)]
        title = self.env._("Customers: %(row)s", row=self.display_name)
        return action | {
            "name": title,
            "display_name": title,
            "domain": domain,
            "context": {
                "sale_collection_snapshot_by": "customer",
                "sale_collection_snapshot_months": self._get_month_count(),
                "sale_collection_snapshot_against": self.env.context.get(
                    "sale_collection_snapshot_against"
                ),
            },
        }
