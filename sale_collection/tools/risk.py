"""How likely an instalment is paid late: the customer's own record, then odds.

The odds start from the share of the customer's instalments that went that way, drawn
to the company's share while there are few. Each further fact multiplies the odds, so
that the answer reads: "late on 6 of 10 days like this, times 1.75 as it is due on a
Sunday". The multipliers were fitted on payments before the window they were tested on
and rounded: the back-test shows what they are worth on a ledger of one's own.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .scorecard import shrunk_late_share

# No record makes a payment certain: shares stay this far from 0 and 1.
DOUBT = 0.005

# Days before its latest payment at which one tells half as much about a customer.
HALF_LIFE = 30

# Limits in days of one payment in the recent average: a single old debt settled at
# last must not stand for all the rest.
LEAST_DAYS, MOST_DAYS = -10, 60


class Step(NamedTuple):
    """Odds are multiplied by ``times`` for facts from ``lower`` up to the next."""

    lower: float
    times: float


# Due on a day nobody works: the money can only come after the printed date.
# Three or more instalments due together are paid in one run, which is on time more
# often than single payments.
LATE_ODDS = {
    "day_off": (Step(0, 1.0), Step(1, 1.75)),
    "same_due_count": (Step(1, 1.0), Step(3, 0.6)),
}

# Being over 30 days late is rare: half the answer is how late the latest money came.
OVER_30_ODDS = {
    "recent_days_late": (
        Step(LEAST_DAYS, 0.7),
        Step(0, 1.0),
        Step(2, 1.5),
        Step(5, 2.0),
        Step(10, 3.0),
        Step(20, 5.0),
    ),
}


class Effect(NamedTuple):
    """One fact of the instalment and by how much it multiplied the odds."""

    code: str
    value: float
    times: float


class Risk(NamedTuple):
    """Probabilities (0-1) of being paid after the due date and over 30 days after.

    None without any record. The first effect is the starting share, as odds.
    """

    late: float | None
    over_30: float | None
    late_effects: tuple[Effect, ...] = ()
    over_30_effects: tuple[Effect, ...] = ()


class Record(NamedTuple):
    """Paid instalments of one customer, and how many of them were late.

    ``after_due`` were paid after the printed due date, ``over_30`` more than 30 days
    after it; ``day_off_*`` are those of them that were due on a day off.
    """

    paid: int
    after_due: int
    over_30: int
    day_off_paid: int
    day_off_after_due: int
    recent_days_late: float


def customer_facts(
    record: Record, day_off: bool, shares: tuple[float, float]
) -> dict[str, float]:
    """The facts of :func:`late_risk` that are read from the record of a customer.

    ``day_off`` says whether the instalment is due on a day off. ``shares`` are those
    of the company (0-1): paid after the due date, paid more than 30 days after it.

    >>> facts = customer_facts(Record(8, 5, 1, 4, 1, 2.0), True, (0.5, 0.1))
    >>> {code: round(value, 3) for code, value in facts.items()}
    {'day_late_share': 0.432, 'over_30_share': 0.115, 'recent_days_late': 2.0}
    """
    after_due, over_30 = shares
    late_share = shrunk_late_share(record.after_due, record.paid, after_due)
    late, paid = record.day_off_after_due, record.day_off_paid
    if not day_off:
        late, paid = record.after_due - late, record.paid - paid
    return {
        "day_late_share": shrunk_late_share(late, paid, late_share),
        "over_30_share": shrunk_late_share(record.over_30, record.paid, over_30),
        "recent_days_late": record.recent_days_late,
    }


def late_risk(facts: Mapping[str, float | None]) -> Risk:
    """Risk of one instalment from the facts known of it and of its customer.

    - ``day_late_share``: share (0-1) of the customer's instalments due on such a day,
      a day off or not, that were paid after the printed due date; shrunk to
      ``late_share`` of the customer, that one to the share of the company
    - ``day_off``: 1 when due on a day off, else 0
    - ``same_due_count``: instalments of the customer due that day, this one included
    - ``over_30_share``: share (0-1) paid more than 30 days late, shrunk alike
    - ``recent_days_late``: see :func:`recent_days_late`

    >>> risk = late_risk({"day_late_share": 0.6, "day_off": 1, "same_due_count": 1})
    >>> round(risk.late, 2), risk.over_30
    (0.72, None)
    >>> [(effect.code, round(effect.times, 2)) for effect in risk.late_effects]
    [('day_late_share', 1.5), ('day_off', 1.75), ('same_due_count', 1.0)]
    >>> round(late_risk({"over_30_share": 0.02, "recent_days_late": 12}).over_30, 3)
    0.058
    """
    late, late_effects = _multiply("day_late_share", LATE_ODDS, facts)
    over_30, over_30_effects = _multiply("over_30_share", OVER_30_ODDS, facts)
    return Risk(late, over_30, late_effects, over_30_effects)


def _multiply(start: str, table: Mapping, facts: Mapping) -> tuple:
    """Probability and effects of one table; no start, no answer."""
    share = facts.get(start)
    if share is None:
        return None, ()
    share = min(max(share, DOUBT), 1 - DOUBT)
    effects = [Effect(start, share, share / (1 - share))]
    for code, steps in table.items():
        value = facts.get(code)
        if value is not None:
            effects.append(Effect(code, value, _find_times(steps, value)))
    odds = 1.0
    for effect in effects:
        odds *= effect.times
    return odds / (1 + odds), tuple(effects)


def _find_times(steps: tuple[Step, ...], value: float) -> float:
    """Multiplier of the last step reached; the first one holds below its bound too."""
    reached = bisect_right(steps, value, key=lambda step: step.lower)
    return steps[max(reached - 1, 0)].times


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
