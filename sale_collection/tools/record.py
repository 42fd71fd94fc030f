"""The record of a customer: what its paid instalments say of the next one.

``Tally`` counts instalments one by one. The nightly run counts the same in SQL, from
receipts and trade history: see ``sale.collection.behaviour``.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from math import exp, log
from typing import NamedTuple

from .backtest import SERIOUS_DAYS

# Days before its latest payment at which one tells half as much about a customer.
HALF_LIFE = 30

# Limits in days of one payment in the recent average: a single old debt settled at
# last must not stand for all the rest.
LEAST_DAYS, MOST_DAYS = -10, 60


class Case(NamedTuple):
    """One instalment; ``effective`` is its due date moved to a working day.

    ``paid`` is the day of its last money, None while it is open; ``amount`` is what
    was invoiced, in company currency.
    """

    issued: date
    due: date
    effective: date
    paid: date | None
    amount: float

    @property
    def day_off(self) -> bool:
        """Whether it is due on a day nobody works."""
        return self.effective != self.due


class Record(NamedTuple):
    """Paid instalments of one customer, and how many of them were late.

    ``after_due`` were paid after the printed due date, ``over_30`` more than 30 days
    after it; ``day_off_*`` are those of them that were due on a day off, and
    ``weekday_*`` by weekday of the due date from Monday on. ``recent_days_late`` is
    :func:`recent_days_late`, ``usual_amount`` the geometric mean of their amounts.
    """

    paid: int
    after_due: int
    over_30: int
    day_off_paid: int
    day_off_after_due: int
    recent_days_late: float
    weekday_paid: tuple[int, ...]
    weekday_after_due: tuple[int, ...]
    usual_amount: float


NO_RECORD = Record(0, 0, 0, 0, 0, 0.0, (0,) * 7, (0,) * 7, 0.0)


def parse_counts(text: str | None) -> tuple[int, ...]:
    """Seven counts from the text a profile keeps them in; no text, no cases.

    >>> parse_counts("1,0,4,0,0,0,2"), parse_counts(None)
    ((1, 0, 4, 0, 0, 0, 2), (0, 0, 0, 0, 0, 0, 0))
    """
    return tuple(map(int, text.split(","))) if text else NO_RECORD.weekday_paid


class Tally:
    """Counts the settled instalments of a customer, in the order of payment.

    >>> tally, monday = Tally(), date(2026, 11, 2)
    >>> tally.add(Case(monday, monday, monday, monday.replace(day=4), 100))
    >>> tally.add(Case(monday, monday, monday, monday, 400))
    >>> record = tally.get_record()
    >>> record.paid, record.after_due, record.weekday_paid[0], record.usual_amount
    (2, 1, 2, 200.0)
    """

    def __init__(self) -> None:
        self.paid = self.after_due = self.over_30 = 0
        self.day_off_paid = self.day_off_after_due = 0
        self.weekday_paid, self.weekday_after_due = [0] * 7, [0] * 7
        self._days = self._weight = self._last = 0.0
        self._first_day = 0
        self._logs, self._amounts = 0.0, 0

    def add(self, case: Case) -> None:
        """Count a settled instalment: paid as late as those before, or later."""
        weekday, late = case.due.weekday(), case.paid > case.due
        self.paid += 1
        self.after_due += late
        self.over_30 += (case.paid - case.due).days > SERIOUS_DAYS
        self.day_off_paid += case.day_off
        self.day_off_after_due += late and case.day_off
        self.weekday_paid[weekday] += 1
        self.weekday_after_due[weekday] += late
        if case.amount > 0:
            self._logs += log(case.amount)
            self._amounts += 1
        self._fade(case)

    def _fade(self, case: Case) -> None:
        """Weights double with every half-life instead of halving the older ones."""
        day = case.paid.toordinal()
        self._first_day = self._first_day or day
        self._last = 2 ** ((day - self._first_day) / HALF_LIFE)
        days = (case.paid - case.effective).days
        self._days += self._last * min(max(days, LEAST_DAYS), MOST_DAYS)
        self._weight += self._last

    def get_record(self) -> Record:
        """The record so far, rounded as a profile keeps it."""
        total = self._weight + self._last
        mean = exp(self._logs / self._amounts) if self._amounts else 0.0
        return Record(
            self.paid,
            self.after_due,
            self.over_30,
            self.day_off_paid,
            self.day_off_after_due,
            round(self._days / total, 2) if total else 0.0,
            tuple(self.weekday_paid),
            tuple(self.weekday_after_due),
            round(mean, 2),
        )


def recent_days_late(receipts: Iterable[tuple[int, float]]) -> float:
    """Average days late in which old payments fade, drawn to 0 while there are few.

    ``receipts`` are (days before the customer's latest payment, days late): counted
    from there, not from today, the figure only moves when money comes.

    >>> recent_days_late([(0, 10), (30, 4)])
    4.8
    >>> recent_days_late([])
    0.0
    """
    days, total = 0.0, 1.0
    for before, days_late in receipts:
        weight = 0.5 ** (before / HALF_LIFE)
        days += weight * min(max(days_late, LEAST_DAYS), MOST_DAYS)
        total += weight
    return days / total


class Together:
    """Counts the instalments of a customer that fall due on one day.

    >>> due, early, later = date(2026, 11, 30), date(2026, 10, 1), date(2026, 10, 9)
    >>> together = Together(
    ...     [Case(early, due, due, later, 1), Case(early, due, due, None, 1)])
    >>> together.count(due, early), together.count(due, date(2026, 10, 10))
    (2, 1)
    """

    def __init__(self, cases: Iterable[Case]) -> None:
        self._issued, self._paid = defaultdict(list), defaultdict(list)
        for case in cases:
            self._issued[case.due].append(case.issued)
            if case.paid:
                # An estimated date of issue may lie after the payment.
                self._paid[case.due].append(max(case.paid, case.issued))
        for days in (*self._issued.values(), *self._paid.values()):
            days.sort()

    def count(self, due: date, day: date) -> int:
        """Those issued up to ``day`` and not paid before it."""
        before = bisect_right(self._paid[due], date.fromordinal(day.toordinal() - 1))
        return bisect_right(self._issued[due], day) - before


def walk(cases: Iterable[Case]) -> Iterator[tuple[Case, Record]]:
    """Each instalment with the record its customer had when it was issued.

    Money of that very day is not known yet.

    >>> day = date(2026, 11, 2)
    >>> paid = Case(day, day, day, day.replace(day=4), 100)
    >>> late = Case(day.replace(day=5), day.replace(day=9), day.replace(day=9), None, 1)
    >>> [(case.amount, record.paid) for case, record in walk([late, paid])]
    [(100, 0), (1, 1)]
    """
    cases = sorted(cases, key=lambda case: case.issued)
    receipts = sorted((case for case in cases if case.paid), key=lambda c: c.paid)
    tally, done, record = Tally(), 0, NO_RECORD
    for case in cases:
        before = done
        while done < len(receipts) and receipts[done].paid < case.issued:
            tally.add(receipts[done])
            done += 1
        if done > before:
            record = tally.get_record()
        yield case, record
