"""Until when a debt can be claimed in court, as pure functions on plain values."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

#: So many days before the last one people are warned.
WARNING_DAYS = 90


class Restart(NamedTuple):
    """What the customer did that starts the period anew, with its proof.

    :param day: when the customer did it
    :param kind: ``payment``, ``promise`` or ``balance``
    :param proof: model and id of the record that proves it
    """

    day: date
    kind: str
    proof: tuple[str, int]


class Clock(NamedTuple):
    """When a debt is lost in court.

    :param last_day: the last day on which it can be claimed
    :param restart: what set the period going last; None: the due date
    """

    last_day: date
    restart: Restart | None = None


def add_years(day: date, years: int) -> date:
    """Return the same day years later; 29 February becomes the 28th.

    >>> add_years(date(2024, 2, 29), 3)
    datetime.date(2027, 2, 28)
    >>> add_years(date(2024, 2, 29), 4)
    datetime.date(2028, 2, 29)
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def run_clock(
    due: date, years: int, start: str, restarts: Iterable[Restart] = ()
) -> Clock:
    """Return until when a debt can be claimed.

    The period runs from the due date, or from the end of its year. A restart gives the
    whole period from its own day; it never shortens what is left, and cannot bring
    back a debt that was lost before.

    >>> due = date(2024, 3, 10)
    >>> run_clock(due, 3, "due").last_day
    datetime.date(2027, 3, 10)
    >>> run_clock(due, 3, "year").last_day
    datetime.date(2027, 12, 31)

    A part payment restarts it from its own day, in Germany too:

    >>> paid = Restart(date(2026, 5, 1), "payment", ("receipt", 7))
    >>> run_clock(due, 3, "due", [paid]) == (date(2029, 5, 1), paid)
    True
    >>> run_clock(due, 3, "year", [paid]).last_day
    datetime.date(2029, 5, 1)

    Before the end of the first year it changes nothing there:

    >>> early = Restart(date(2024, 6, 1), "payment", ("receipt", 6))
    >>> run_clock(due, 3, "year", [early])
    Clock(last_day=datetime.date(2027, 12, 31), restart=None)

    One restart may save the debt for the next; what comes too late changes nothing:

    >>> word = Restart(date(2029, 4, 30), "promise", ("promise", 8))
    >>> run_clock(due, 3, "due", [word, paid]).last_day
    datetime.date(2032, 4, 30)
    >>> run_clock(due, 3, "due", [word]).last_day
    datetime.date(2027, 3, 10)
    """
    since = due.replace(month=12, day=31) if start == "year" else due
    clock = Clock(add_years(since, years))
    for restart in sorted(restarts):
        end = add_years(restart.day, years)
        if clock.last_day < end and restart.day <= clock.last_day:
            clock = Clock(end, restart)
    return clock


def is_near(last_day: date, today: date) -> bool:
    """Return whether people are to be warned: the end is near and not past.

    >>> is_near(date(2026, 6, 1), date(2026, 3, 3))
    True
    >>> is_near(date(2026, 6, 1), date(2026, 3, 2))
    False
    >>> is_near(date(2026, 6, 1), date(2026, 6, 1))
    True
    >>> is_near(date(2026, 6, 1), date(2026, 6, 2))
    False
    """
    return today <= last_day <= today + timedelta(WARNING_DAYS)


def find_latest_due(today: date, years: int) -> date:
    """Return the latest due date of debts that may be lost within a year.

    No restart shortens a period: what fell due later is safe for a year whatever
    happens.

    >>> find_latest_due(date(2026, 3, 2), 3)
    datetime.date(2024, 3, 2)
    >>> find_latest_due(date(2026, 3, 2), 1)
    datetime.date(2026, 3, 2)
    """
    return add_years(today, 1 - years)
