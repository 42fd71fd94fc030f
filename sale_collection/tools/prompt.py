"""Customers who pay on time, and which better terms they may be offered."""

from datetime import date, timedelta
from typing import NamedTuple

from .period import quarter_bounds

#: Instalments of a quarter from which on paying on time says something.
LEAST_INSTALMENTS = 3


class Record(NamedTuple):
    """How a customer paid what fell due in a quarter.

    ``count`` and ``amount`` of the instalments; ``failed``: how many of them came
    late, in part or not, and how many others are overdue today.
    """

    count: int
    amount: float
    failed: int = 0


class Terms(NamedTuple):
    """Days to pay, and percent less for paying early."""

    days: int = 0
    discount: float = 0.0


def last_quarter(today: date) -> tuple[date, date]:
    """Return the first and the last day of the last quarter that is over.

    >>> [day.isoformat() for day in last_quarter(date(2026, 1, 15))]
    ['2025-10-01', '2025-12-31']
    """
    return quarter_bounds(quarter_bounds(today)[0] - timedelta(days=1))


def is_prompt(record: Record | None) -> bool:
    """Tell whether every instalment came on time, and there were some.

    >>> is_prompt(Record(3, 300.0)), is_prompt(Record(2, 200.0))
    (True, False)
    >>> is_prompt(Record(9, 900.0, failed=1)), is_prompt(None)
    (False, False)
    """
    return bool(record) and record.count >= LEAST_INSTALMENTS and not record.failed


def is_better(offer: Terms, current: Terms) -> bool:
    """Tell whether terms are better for the customer, and in nothing worse.

    >>> is_better(Terms(60), Terms(30)), is_better(Terms(30, 2.0), Terms(30))
    (True, True)
    >>> is_better(Terms(30), Terms(30)), is_better(Terms(14, 3.0), Terms(30))
    (False, False)
    """
    return (
        offer != current
        and offer.days >= current.days
        and offer.discount >= current.discount
    )
