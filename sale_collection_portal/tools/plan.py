"""Payment plans that customers ask for, and the bounds within which they are given."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from odoo.addons.sale_collection.tools.promise import (
    Instalment,
    plan_dates,
    plan_instalments,
)

#: A plan has at least two payments; nobody is asked about more than these.
LEAST_PAYMENTS, MOST_PAYMENTS = 2, 36
PARTS, DAYS, FIRST, GRADE = "parts", "days", "first", "grade"


class Bounds(NamedTuple):
    """Within which a plan is given at once.

    ``parts``: most payments; ``days``: from today to the last one; ``first``: least
    first payment, in percent of all; ``graded``: whether the customer's grade is one
    of those allowed.
    """

    parts: int
    days: int
    first: float
    graded: bool = True


def make_payments(
    amount: float,
    first: date,
    frequency: str,
    count: int,
    first_amount: float = 0.0,
    digits: int = 2,
) -> list[Instalment]:
    """Return the payments of a plan: equal ones, or a first one and equal ones after.

    >>> day = date(2026, 1, 31)
    >>> [part.amount for part in make_payments(100, day, "monthly", 3)]
    [33.33, 33.33, 33.34]
    >>> plan = make_payments(100, day, "monthly", 3, 50.01)
    >>> [(part.date.isoformat(), part.amount) for part in plan]
    [('2026-01-31', 50.01), ('2026-02-28', 25.0), ('2026-03-31', 24.99)]
    """
    if not first_amount:
        return plan_instalments(amount, first, frequency, count, digits)
    days = plan_dates(first, frequency, count)
    rest = round(amount - first_amount, digits)
    later = plan_instalments(rest, days[1], frequency, count - 1, digits)
    parts = [first_amount, *(part.amount for part in later)]
    return list(map(Instalment, days, parts))


def find_excess(
    payments: Sequence[Instalment], bounds: Bounds, today: date
) -> list[str]:
    """Return by what a plan goes beyond its bounds, nothing if it is within them.

    >>> today = date(2026, 1, 1)
    >>> plan = make_payments(90, date(2026, 1, 31), "monthly", 3)
    >>> find_excess(plan, Bounds(3, 89, 33.3), today)
    []
    >>> find_excess(plan, Bounds(2, 88, 40, graded=False), today)
    ['parts', 'days', 'first', 'grade']
    """
    total = sum(part.amount for part in payments)
    last = max(part.date for part in payments)
    found = {
        PARTS: len(payments) > bounds.parts,
        DAYS: last > today + timedelta(bounds.days),
        # a share of a cent less is what rounding took
        FIRST: payments[0].amount < total * bounds.first / 100 - 0.01,
        GRADE: not bounds.graded,
    }
    return [name for name, beyond in found.items() if beyond]
