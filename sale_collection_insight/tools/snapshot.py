"""Figures of money outstanding beside those of the base's `tools.aging`."""

from collections.abc import Iterable
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

DAYS_A_YEAR = 365


def month_ends(today: date, count: int) -> list[date]:
    """The last ``count`` month ends that are over, oldest first.

    >>> [day.isoformat() for day in month_ends(date(2026, 3, 31), 2)]
    ['2026-01-31', '2026-02-28']
    >>> [day.isoformat() for day in month_ends(date(2024, 3, 1), 1)]
    ['2024-02-29']
    """
    first = today.replace(day=1)
    return [
        first - relativedelta(months=back) - timedelta(1)
        for back in reversed(range(count))
    ]


def overdue_cost(amount_days: float, rate: float) -> float:
    """What money costs that came late: amount x days, at ``rate`` percent a year.

    100,000 that are 90 days late at 6 % (unrounded):

    >>> round(overdue_cost(100_000 * 90, 6), 2)
    1479.45
    """
    return amount_days * rate / 100 / DAYS_A_YEAR


def largest_share(amounts: Iterable[float], count: int = 10) -> float | None:
    """Part, in percent, of all debts that the ``count`` largest debtors owe.

    >>> largest_share([50, 30, *[1] * 20], 2)
    80.0
    >>> largest_share([])
    """
    debts = sorted((amount for amount in amounts if amount > 0), reverse=True)
    total = sum(debts)
    return sum(debts[:count]) / total * 100 if total else None
