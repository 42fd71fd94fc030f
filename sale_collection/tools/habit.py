"""When a customer pays, learnt from its payments: part of the month, payment days.

Read once a month from all payments of a customer; thin data leaves the habit empty,
and the dates are then predicted from the median days late alone.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from statistics import median
from typing import NamedTuple

from .period import (
    LONGEST_CLOSING,
    NO_THIRDS,
    OWN_MEDIAN_FROM,
    Habit,
    IsWorking,
    PaymentDays,
    is_weekday,
    month_bounds,
    third_of,
    usual_days_late,
)
from .record import Case

# Payments from which a customer has a habit of its own.
HABIT_FROM = 15
# Of them due in one third of the month, for that third to have a median of its own.
THIRD_FROM = 5
# By which part the thirds must bring the error of the past payments down: less is
# noise, which would only unsettle the dates.
LEAST_GAIN = 0.1

# Different days with payments from which payment days are looked for, and the part of
# them that must lie on the days found.
DAYS_FROM = 8
DAYS_SHARE = 0.8
MOST_MONTH_DAYS = 3

LAST_DAY = 31


class Learnt(NamedTuple):
    """Habits of a customer and the payments they were learnt from.

    ``thirds`` are its median days late by third of the month of the due date.
    """

    count: int = 0
    thirds: tuple[float | None, ...] = NO_THIRDS
    payment_days: PaymentDays = PaymentDays()


def find_habit(cases: Iterable[Case], thirds: tuple = NO_THIRDS) -> Habit:
    """Medians of settled instalments, as a profile keeps them.

    >>> find_habit([]).median_days_late
    """
    cases = list(cases)
    days_off = [_days_late(case) for case in cases if case.day_off]
    return Habit(
        len(cases),
        _find_median(map(_days_late, cases)),
        len(days_off),
        _find_median(days_off),
        thirds,
    )


def company_median(habits: Iterable[Habit]) -> float:
    """Median days late of the company's middle customer, of those with a record.

    >>> company_median([Habit(3, 2.0), Habit(9, 6.0), Habit(2, 40.0)])
    4.0
    >>> company_median([])
    0.0
    """
    medians = [h.median_days_late for h in habits if h.paid_count >= OWN_MEDIAN_FROM]
    return _find_median(medians) or 0.0


def learn_habit(cases: Iterable[Case], is_working: IsWorking = is_weekday) -> Learnt:
    """The habits of a customer from its settled instalments.

    >>> due = date(2026, 1, 5)
    >>> cases = [Case(due, day, day, day + timedelta(2 if day.day <= 10 else 9), 1)
    ...     for week in range(30) for day in [due + timedelta(weeks=week)]]
    >>> learnt = learn_habit(cases)
    >>> learnt.count, learnt.thirds, learnt.payment_days.weekdays
    (30, (2.0, 9.0, 9.0), (2,))
    >>> learn_habit(cases[:14]) == Learnt()
    True
    """
    cases = list(cases)
    if len(cases) < HABIT_FROM:
        return Learnt()
    paid_on = {case.paid for case in cases}
    return Learnt(len(cases), _find_thirds(cases), find_days(paid_on, is_working))


def _find_thirds(cases: list[Case]) -> tuple[float | None, ...]:
    """Median days late by third; none where they tell no more than the one median."""
    by_third = defaultdict(list)
    for case in cases:
        by_third[third_of(case.due)].append(_days_late(case))
    thirds = tuple(
        _find_median(by_third[third]) if len(by_third[third]) >= THIRD_FROM else None
        for third in range(3)
    )
    habit = find_habit(cases)
    plain = _find_error(cases, habit)
    if _find_error(cases, habit._replace(thirds=thirds)) >= plain * (1 - LEAST_GAIN):
        return NO_THIRDS
    return thirds


def _find_error(cases: list[Case], habit: Habit) -> float:
    return sum(
        abs(_days_late(case) - usual_days_late(habit, case.due, case.day_off, 0))
        for case in cases
    )


def find_days(
    paid_on: Collection[date], is_working: IsWorking = is_weekday
) -> PaymentDays:
    """The weekday or the days of the month on which nearly all payments came.

    :param paid_on: the different days of payment

    A payment day that is a day off is kept on the next working day. 31 is the last of
    the month.

    >>> fridays = [date(2026, 1, 2) + timedelta(weeks=week) for week in range(8)]
    >>> find_days(fridays).weekdays, find_days(fridays[:7]).weekdays
    ((4,), ())
    >>> ends = [date(2026, month, 10) for month in range(1, 13)]
    >>> find_days(ends[1:]).month_days  # 10 May is a Sunday
    (10,)
    """
    if len(paid_on) < DAYS_FROM:
        return PaymentDays()
    wanted = DAYS_SHARE * len(paid_on)
    [(weekday, count)] = Counter(day.weekday() for day in paid_on).most_common(1)
    if count >= wanted:
        return PaymentDays(weekdays=(weekday,))
    return PaymentDays(month_days=_find_month_days(paid_on, wanted, is_working))


def _find_month_days(
    paid_on: Collection[date], wanted: float, is_working: IsWorking
) -> tuple[int, ...]:
    """The fewest days of the month that account for ``wanted`` payments."""
    left = {day: _find_month_numbers(day, is_working) for day in paid_on}
    total, found = len(left), []
    while left and len(found) < MOST_MONTH_DAYS:
        counts = Counter(number for numbers in left.values() for number in numbers)
        # Of days that account for the same payments, the latest is on the day itself.
        best = max(counts, key=lambda number: (counts[number], number))
        found.append(best)
        left = {day: numbers for day, numbers in left.items() if best not in numbers}
        if total - len(left) >= wanted:
            return tuple(sorted(found))
    return ()


def _find_month_numbers(day: date, is_working: IsWorking) -> set[int]:
    """The days of the month whose payment comes on ``day``: those off before it too."""
    numbers = set()
    for before in range(LONGEST_CLOSING):
        meant = day - timedelta(before)
        if before and is_working(meant):
            break
        numbers.add(meant.day)
        if meant == month_bounds(meant)[1]:
            numbers.add(LAST_DAY)
    return numbers


def _days_late(case: Case) -> int:
    return (case.paid - case.effective).days


def _find_median(values: Iterable[float]) -> float | None:
    values = list(values)
    return float(median(values)) if values else None
