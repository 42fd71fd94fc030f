"""What a forecast was worth: outcomes that are known, and how well they were ranked."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

# Days after the due date from which a late payment is a serious one.
SERIOUS_DAYS = 30


class Outcome(NamedTuple):
    """Whether an invoice was paid after its due date, and over 30 days after."""

    late: bool
    over_30: bool


def observe(due: date, paid: date | None, seen_until: date) -> Outcome | None:
    """Outcome of an invoice in a book that ends on ``seen_until``.

    One still open then is late, over 30 days, once it is overdue by more than 30
    days; before that nobody knows yet how late it will be: None, censored.

    >>> due, end = date(2026, 3, 1), date(2026, 4, 1)
    >>> observe(due, date(2026, 3, 5), end)
    Outcome(late=True, over_30=False)
    >>> observe(due, None, end)
    Outcome(late=True, over_30=True)
    >>> observe(due, None, date(2026, 3, 31))
    """
    days_late = ((paid or seen_until) - due).days
    if paid is None and days_late <= SERIOUS_DAYS:
        return None
    return Outcome(days_late > 0, days_late > SERIOUS_DAYS)


def auc(scores: Iterable[float], outcomes: Iterable[bool]) -> float | None:
    """Probability that a case which came true had the higher score; ties count half.

    0.5 is guessing, 1 a perfect ranking; None when all outcomes are the same.

    >>> auc([0.1, 0.4, 0.35, 0.8], [False, False, True, True])
    0.75
    >>> auc([1, 1, 1], [True, False, True])
    0.5
    >>> auc([1, 2], [True, True])
    """
    pairs = sorted(zip(scores, outcomes, strict=True), key=lambda pair: pair[0])
    wins, true_below, false_below = 0.0, 0, 0
    # Sorted above, and no Odoo here.  pylint: disable=bad-builtin-groupby
    for _score, tied in groupby(pairs, key=lambda pair: pair[0]):
        hits = [outcome for _tie, outcome in tied]
        true, false = sum(hits), len(hits) - sum(hits)
        wins += true * (false_below + false / 2)
        true_below += true
        false_below += false
    cases = true_below * false_below
    return wins / cases if cases else None


def late_rates(
    grades: Iterable[str], outcomes: Iterable[bool]
) -> dict[str, tuple[int, float]]:
    """Number of cases and share (0-1) that came true, by grade.

    >>> late_rates("AABA", [True, False, True, False])
    {'A': (3, 0.3333333333333333), 'B': (1, 1.0)}
    """
    cases: dict[str, list[bool]] = {}
    for grade, outcome in zip(grades, outcomes, strict=True):
        cases.setdefault(grade, []).append(outcome)
    return {
        grade: (len(hits), sum(hits) / len(hits))
        for grade, hits in sorted(cases.items())
    }


def is_rising(rates: Sequence[float]) -> bool:
    """Whether each rate is above the one before: grades must order the customers.

    >>> is_rising([0.1, 0.2, 0.5]), is_rising([0.1, 0.1])
    (True, False)
    """
    return all(before < after for before, after in zip(rates, rates[1:], strict=False))
