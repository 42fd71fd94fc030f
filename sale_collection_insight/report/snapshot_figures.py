"""SQL of the figures of the level report: each is one sum over another one."""

from datetime import timedelta

from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import open_spans_sql

# Amounts as of a month end: those of two months do not add up.
BALANCES = (
    "receivable",
    "due_later",
    "overdue_30",
    "overdue_60",
    "overdue_90",
    "overdue_over",
    "credits",
    "largest",
)
# Days past the due date, from and to, of debts in each column.
AGES = {
    "due_later": (-(2**31), 0),
    "overdue_30": (1, 30),
    "overdue_60": (31, 60),
    "overdue_90": (61, 90),
    "overdue_over": (91, 2**31 - 1),
}
# Ages at which a debt moves on to the next column.
LIMITS = [last for _first, last in AGES.values()][:-1]
BEFORE = ("receivable", "due_later", "overdue_30", "overdue_60", "overdue_90")
# What changes are counted from, of the month compared with; CEI needs the one before.
AGAINST = ("receivable", "due_later", "credits")
EARLIER = "receivable_earlier"
AMOUNTS = (
    *BALANCES,
    "sales",
    *(f"{name}_before" for name in BEFORE),
    *(f"{name}_against" for name in (*AGAINST, "sales")),
    EARLIER,
)

# {figure: (dividend, divisor, unit)}: sums of columns, some with a minus. The figure
# of several rows is that of their sums.
RATIOS = {
    "dso": (("receivable",), ("sales",), "days"),
    "dso_against": (("receivable_against",), ("sales_against",), "days_against"),
    "best_dso": (("due_later",), ("sales",), "days"),
    "days_delinquent": (("receivable", "-due_later"), ("sales",), "days"),
    "effectiveness": (
        ("receivable_before", "sales", "-receivable"),
        ("receivable_before", "sales", "-due_later"),
        "100",
    ),
    "effectiveness_against": (
        ("receivable_earlier", "sales_against", "-receivable_against"),
        ("receivable_earlier", "sales_against", "-due_later_against"),
        "100",
    ),
    "roll_30": (("overdue_30",), ("due_later_before",), "100"),
    "roll_60": (("overdue_60",), ("overdue_30_before",), "100"),
    "roll_90": (("overdue_90",), ("overdue_60_before",), "100"),
    "roll_over": (("overdue_over",), ("overdue_90_before",), "100"),
    "largest_share": (("largest",), ("due_later", "overdue"), "100"),
}

# Figures that are compared with those of the month before, or of a year before.
CHANGES = ("dso", "effectiveness")
# Columns that take each customer by itself, or sales long past: a reading of others
# has neither.
DETAILS = ("largest", "largest_share", "count_back_dso")
# Columns that tell rows apart.
KEYS = ("company_id", "currency_id", "key", "partner_id", "user_id")


def balances_sql(company_ids, ends, by_customer):
    """Select what was owed at each month end, by age, in one reading of the ledger.

    What a line owed is added up before it is a debt or a credit, never both. Only odd
    lines have parts of both signs; of all others parts are added up at once.

    :param bool by_customer: row by row of `partner_id`, which is NULL otherwise;
        customers are then not even read
    """
    return SQL(
        """
        WITH span AS MATERIALIZED (
            SELECT id, company_id, %(partner)s, date_due, amount, since, until, is_odd
              FROM (%(spans)s) span),
        odd AS (SELECT id FROM span WHERE is_odd)
        SELECT line.company_id, line.date, %(customer)s AS partner_id,
               SUM(line.residual) AS receivable,
               SUM(line.residual) FILTER (WHERE line.residual < 0) AS credits, %(ages)s
          FROM (SELECT *, CASE WHEN residual > 0 THEN date - date_due END AS age
                  FROM (%(plain)s UNION ALL %(odd)s) open_line) line
     LEFT JOIN res_partner customer ON customer.id = line.partner_id
         GROUP BY 1, 2, 3
        """,
        partner=SQL("partner_id" if by_customer else "NULL::int AS partner_id"),
        customer=SQL("customer.commercial_partner_id" if by_customer else "NULL::int"),
        ages=SQL(", ").join(
            SQL(
                "SUM(line.residual) FILTER (WHERE line.age BETWEEN %s AND %s) AS %s",
                *days,
                SQL.identifier(name),
            )
            for name, days in AGES.items()
        ),
        spans=open_spans_sql(company_ids, ends[0], ends[-1]),
        plain=_get_at_ends(SQL("amount"), _get_alike_sql(ends), ends),
        odd=SQL(
            "%s GROUP BY span.id, 1, 2, 3, 4",
            _get_at_ends(
                SQL("SUM(amount)"),
                SQL("SELECT * FROM span WHERE id IN (SELECT id FROM odd)"),
                ends,
            ),
        ),
    )


def _get_at_ends(amount, spans, ends):
    """Select an amount of spans at each month end at which they are open.

    The ends are compared one by one, which is quicker than counting months.
    """
    return SQL(
        """
        SELECT company_id, partner_id, date_due, month_end AS date, %s AS residual
          FROM (%s) span
          JOIN UNNEST(%s) month_end
            ON span.since <= month_end AND month_end < span.until
        """,
        amount,
        spans,
        ends,
    )


def _get_alike_sql(ends):
    """Select sums of spans that are open, and of one age, at the same month ends.

    Each sum has the days of one of its spans: they stand for those of all.
    """
    # Nothing changes at a month end between two of these days.
    opening = [end + timedelta(1) for end in ends]
    aging = sorted({end - timedelta(days) for end in ends for days in LIMITS})
    return SQL(
        """
        SELECT company_id, partner_id, MIN(date_due) AS date_due, SUM(amount) AS amount,
               MIN(since) AS since, MIN(until) AS until
          FROM span
         WHERE id NOT IN (SELECT id FROM odd)
         GROUP BY company_id, partner_id, amount > 0,
                  WIDTH_BUCKET(since, %(opening)s), WIDTH_BUCKET(until, %(opening)s),
                  WIDTH_BUCKET(date_due, %(aging)s)
        """,
        opening=opening,
        aging=aging,
    )


def ratio_sql(name, read=SQL.identifier):
    """Return SQL of a figure from columns, read one by one or added up.

    :param read: what makes SQL of the name of a column
    """
    dividend, divisor, unit = RATIOS[name]
    whole = _get_sum(divisor, read)
    return SQL(
        "CASE WHEN %s > 0 THEN %s / %s * %s END",
        whole,
        _get_sum(dividend, read),
        whole,
        SQL("100") if unit == "100" else read(unit),
    )


def change_sql(name, read=SQL.identifier):
    """Return SQL of a figure less that of the month it is compared with."""
    return SQL("%s - %s", ratio_sql(name, read), ratio_sql(f"{name}_against", read))


def _get_sum(names, read):
    """Return SQL that adds columns, and takes off those with a minus."""
    terms = [
        SQL("- %s", read(name[1:])) if name[0] == "-" else SQL("+ %s", read(name))
        for name in names
    ]
    return SQL("(0 %s)", SQL(" ").join(terms))


def month_end_sql(date, months):
    """Return SQL of the month end so many months after another one."""
    return SQL(
        "(%s + INTERVAL '1 day' + %s * INTERVAL '1 month' - INTERVAL '1 day')::date",
        date,
        months,
    )


def count_back_sql(sold, months):
    """Select the count-back DSO of each row of `level`, as `tools.aging` counts it.

    :param SQL sold: sales by company, key and month end
    :param int months: how many of them are looked at
    """
    return SQL(
        """
        SELECT id,
               CASE WHEN MIN(stop) IS NOT NULL
                    THEN SUM(CASE WHEN back < stop THEN days
                                  WHEN back = stop AND rest > 0
                                  THEN rest / sales * days
                                  ELSE 0 END)
                    WHEN BOOL_OR(back = %(last)s AND rest <= sales) THEN SUM(days)
               END AS count_back_dso
          FROM (SELECT *, MIN(back) FILTER (WHERE rest <= 0 OR rest < sales)
                              OVER (PARTITION BY id) AS stop
                  FROM (%(steps)s) step) step
         GROUP BY id
        """,
        last=months - 1,
        steps=_get_steps_sql(sold, months),
    )


def _get_steps_sql(sold, months):
    """Select what is left of each receivable before it meets an earlier month."""
    return SQL(
        """
        SELECT month.id, month.back, EXTRACT(day FROM month.date) AS days,
               COALESCE(sold.sales, 0) AS sales,
               month.receivable - COALESCE(SUM(sold.sales) OVER (
                   PARTITION BY month.id ORDER BY month.back
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS rest
          FROM (SELECT level.id, level.company_id, level.key, level.receivable,
                       back, %(date)s AS date
                  FROM level
            CROSS JOIN GENERATE_SERIES(0, %(last)s) back) month
     LEFT JOIN (%(sold)s) sold
            ON sold.company_id = month.company_id
           AND sold.key = month.key
           AND sold.date = month.date
        """,
        date=month_end_sql(SQL("level.date"), SQL("-back")),
        last=months - 1,
        sold=sold,
    )
