"""Aging buckets and the level figures of a receivable: DSO, CEI, roll rates.

Amounts are in the company currency, ages and results in days unless said. A figure
that has no meaning on the given amounts is None, never 0.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date

# Upper bounds in days of the buckets stored on the profile, and the year bands of
# the aging report; what is older than the last bound is a bucket of its own.
MONTH_BOUNDS = (30, 60, 90)
YEAR_BOUNDS = (365, 730, 1095)


def check_bounds(bounds: Sequence[int]) -> None:
    """Raise ``ValueError`` with a code unless the bounds rise from above zero.

    >>> check_bounds(MONTH_BOUNDS + YEAR_BOUNDS)
    >>> check_bounds((30, 30, 90))
    Traceback (most recent call last):
    ValueError: bounds_not_rising
    >>> check_bounds(())
    Traceback (most recent call last):
    ValueError: bounds_missing
    """
    if not bounds:
        raise ValueError("bounds_missing")
    rising = zip((0, *bounds), bounds, strict=False)
    if any(lower >= upper for lower, upper in rising):
        raise ValueError("bounds_not_rising")


def bucket_spans(bounds: Sequence[int] = MONTH_BOUNDS) -> list[tuple]:
    """First and last age in days of each bucket, None for an open end.

    >>> bucket_spans()
    [(None, 0), (1, 30), (31, 60), (61, 90), (91, None)]
    """
    firsts = [None, 1, *(bound + 1 for bound in bounds)]
    return list(zip(firsts, [0, *bounds, None], strict=True))


def bucket(days_overdue: int, bounds: Sequence[int] = MONTH_BOUNDS) -> int:
    """Number of the bucket, 0 for not due; due today is not overdue.

    >>> [bucket(days) for days in (-5, 0, 1, 30, 31, 90, 91)]
    [0, 0, 1, 1, 2, 3, 4]
    >>> bucket(800, MONTH_BOUNDS + YEAR_BOUNDS)
    6
    """
    return bisect_left(bounds, days_overdue) + 1 if days_overdue > 0 else 0


def age(
    lines: Iterable[tuple[date, float]],
    today: date,
    bounds: Sequence[int] = MONTH_BOUNDS,
) -> tuple[float, ...]:
    """Residuals by bucket. ``lines`` are (due or invoice date, residual).

    >>> day = date(2026, 4, 30)
    >>> age([(day, 50), (date(2026, 4, 29), 40), (date(2026, 1, 29), 10)], day)
    (50.0, 40.0, 0.0, 0.0, 10.0)
    """
    totals = [0.0] * (len(bounds) + 2)
    for base_date, residual in lines:
        totals[bucket((today - base_date).days, bounds)] += residual
    return tuple(totals)


def residual_as_of(
    booked: date,
    balance: float,
    matches: Iterable[tuple[date, float]],
    as_of: date,
) -> float:
    """What was open of a receivable line on a past day.

    ``matches`` are (later date of the two sides, amount taken off ``balance``): one
    is ignored while either side is dated after the day.

    Paid 400 on 10 February, matched to an invoice of 1,000 of 10 April:

    >>> april = date(2026, 4, 10)
    >>> def total(day):
    ...     payment = residual_as_of(date(2026, 2, 10), -400, [(april, -400)], day)
    ...     return payment + residual_as_of(april, 1000, [(april, 400)], day)
    >>> total(date(2026, 3, 31)), total(date(2026, 4, 30))
    (-400, 600)
    """
    if booked > as_of:
        return 0
    return balance - sum(amount for day, amount in matches if day <= as_of)


def dso(receivable: float, sales: float, days: int) -> float | None:
    """Days sales outstanding; with the part not yet due it is the best possible DSO.

    >>> dso(350, 300, 30), dso(250, 300, 30)
    (35.0, 25.0)
    >>> dso(350, 0, 30)
    """
    return receivable / sales * days if sales > 0 else None


def average_days_delinquent(
    receivable: float, not_due: float, sales: float, days: int
) -> float | None:
    """DSO minus best possible DSO.

    >>> average_days_delinquent(350, 250, 300, 30)
    10.0
    """
    return dso(receivable - not_due, sales, days)


def collection_effectiveness(
    begin: float, sales: float, end: float, end_not_due: float
) -> float | None:
    """Part, in percent, of the collectable amount of a period that was collected.

    >>> round(collection_effectiveness(400, 300, 350, 250), 2)
    77.78
    >>> collection_effectiveness(0, 100, 100, 100)
    """
    collectable = begin + sales - end_not_due
    return (begin + sales - end) / collectable * 100 if collectable > 0 else None


def count_back_dso(
    receivable: float, months: Iterable[tuple[float, int]]
) -> float | None:
    """Days of latest sales that make up the receivable.

    ``months`` are (sales, days), latest first. None when they do not cover it.

    >>> round(count_back_dso(212, [(100, 30), (80, 30), (70, 30)]), 2)
    73.71
    >>> count_back_dso(212, [(100, 30)])
    >>> count_back_dso(0, [(0, 30)])
    0.0
    """
    rest, total = receivable, 0.0
    for sales, days in months:
        if rest <= 0:
            break
        if rest < sales:
            return total + rest / sales * days
        rest -= sales
        total += days
    return total if rest <= 0 else None


def roll_rates(
    now: Sequence[float], month_before: Sequence[float]
) -> list[float | None]:
    """For each bucket but the last, the part that rolled into the next one.

    >>> roll_rates([500, 90, 30, 10, 5], [300, 60, 20, 0, 4])
    [0.3, 0.5, 0.5, None]
    """
    pairs = zip(now[1:], month_before, strict=False)
    return [later / earlier if earlier > 0 else None for later, earlier in pairs]
