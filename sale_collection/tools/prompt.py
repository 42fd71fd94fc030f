"""Customers who pay on time, and which better terms they may be offered."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from .period import quarter_bounds

#: Instalments of a quarter from which on paying on time says something.
LEAST_INSTALMENTS = 3
#: Percent of an amount below which nothing is compared.
_LEAST = 1e-6


class Record(NamedTuple):
    """How a customer paid what fell due in a quarter.

    ``count`` and ``amount`` of the instalments; ``failed``: how many of them came
    late, in part or not, and how many others are overdue today.
    """

    count: int
    amount: float
    failed: int = 0


class Share(NamedTuple):
    """What is due after some days: percent of the amount, and so much more or less."""

    days: int
    percent: float = 100.0
    fixed: float = 0.0


class Terms(NamedTuple):
    """What is due when, and percent less for paying within some days.

    ``shares`` come to 100 percent; what is due at fixed amounts is less in another.
    """

    shares: tuple[Share, ...] = (Share(0),)
    discount: float = 0.0
    discount_days: int = 0


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


def is_as_good(offer: Terms, current: Terms) -> bool:
    """Tell whether terms are in nothing worse for the customer than others.

    They never ask for more by any day, nor give a smaller discount or less time for it.

    >>> month = Terms((Share(30),))
    >>> is_as_good(Terms((Share(60),)), month), is_as_good(month, month)
    (True, True)

    The last day alone says little:

    >>> is_as_good(Terms((Share(0, 90.0), Share(61, 10.0))), month)
    False
    >>> is_as_good(Terms((Share(30, 50.0), Share(60, 50.0))), month)
    True

    A fixed amount may be more or less than a percentage:

    >>> first = Terms((Share(0, 0.0, 100.0), Share(30, 100.0, -100.0)))
    >>> is_as_good(month, first), is_as_good(first, month)
    (True, False)
    >>> is_as_good(Terms((Share(0, 10.0), Share(60, 90.0))), first)
    False
    >>> is_as_good(Terms((Share(0, 0.0, 100.0), Share(60, 100.0, -100.0))), first)
    True

    >>> early = Terms((Share(30),), 2.0, 14)
    >>> is_as_good(Terms((Share(30),), 2.0, 3), early), is_as_good(early, month)
    (False, True)
    """
    days = {share.days for share in (*offer.shares, *current.shares)}
    least = max(_sum_fixed(offer), _sum_fixed(current))
    return (
        offer.discount >= current.discount
        and (not current.discount or offer.discount_days >= current.discount_days)
        and not any(_asks_more(offer, current, day, least) for day in days)
    )


def _sum_fixed(terms):
    """Return the smallest amount that the fixed ones are meant for."""
    return sum(max(share.fixed, 0.0) for share in terms.shares)


def _asks_more(offer, current, day, least):
    """Tell whether more is due by a day, of the smallest amount or of a large one."""
    percent = _sum_due(offer, day, "percent") - _sum_due(current, day, "percent")
    fixed = _sum_due(offer, day, "fixed") - _sum_due(current, day, "fixed")
    return percent > _LEAST or percent / 100 * least + fixed > _LEAST


def _sum_due(terms, day, name):
    return sum(getattr(share, name) for share in terms.shares if share.days <= day)


def is_better(readings: Sequence[tuple[Terms, Terms]]) -> bool:
    """Tell whether terms are better for the customer, and in nothing worse.

    :param readings: what is offered and what the customer has, for an invoice of each
        day that there may be one

    >>> month, two = Terms((Share(30),)), Terms((Share(60),))
    >>> is_better([(two, month)]), is_better([(month, month)])
    (True, False)
    >>> is_better([(Terms((Share(30),), 2.0, 3), Terms((Share(30),), 2.0, 14))])
    False

    The end of the month is 30 days away, or none:

    >>> is_better([(Terms((Share(days),)), Terms((Share(14),))) for days in (30, 0)])
    False
    """
    return all(is_as_good(offer, current) for offer, current in readings) and not all(
        is_as_good(current, offer) for offer, current in readings
    )
