"""SQL of the figures of the level report: each is one sum over another one."""

from odoo.tools import SQL

# {figure: (dividend, divisor, unit)}: sums of columns, some with a minus. The figure
# of several rows is that of their sums.
RATIOS = {
    "dso": (("receivable",), ("sales",), "days"),
    "dso_before": (("receivable_before",), ("sales_before",), "days_before"),
    "best_dso": (("due_later",), ("sales",), "days"),
    "days_delinquent": (("receivable", "-due_later"), ("sales",), "days"),
    "effectiveness": (
        ("receivable_before", "sales", "-receivable"),
        ("receivable_before", "sales", "-due_later"),
        "100",
    ),
    "roll_30": (("overdue_30",), ("due_later_before",), "100"),
    "roll_60": (("overdue_60",), ("overdue_30_before",), "100"),
    "roll_90": (("overdue_90",), ("overdue_60_before",), "100"),
    "roll_over": (("overdue_over",), ("overdue_90_before",), "100"),
    "largest_share": (("largest",), ("due_later", "overdue"), "100"),
}


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


def change_sql(read=SQL.identifier):
    """Return SQL of the DSO less that of the month before, in days."""
    return SQL("%s - %s", ratio_sql("dso", read), ratio_sql("dso_before", read))


def _get_sum(names, read):
    """Return SQL that adds columns, and takes off those with a minus."""
    terms = [
        SQL("- %s", read(name[1:])) if name[0] == "-" else SQL("+ %s", read(name))
        for name in names
    ]
    return SQL("(0 %s)", SQL(" ").join(terms))
