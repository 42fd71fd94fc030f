"""How likely an instalment is paid late: the customer's own record, then odds.

The odds start from the share of the customer's instalments that went that way, drawn
to the company's share while there are few. Each further fact multiplies the odds, so
that the answer reads: "late on 6 of 10 so far, times 1.75 as it is due on a Sunday".
What a fact multiplies by is learnt from the company's own ledger: see ``lesson``. A
fact the ledger says nothing of leaves the odds as they are.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from math import exp, log, log2
from typing import NamedTuple

from .record import Record
from .scorecard import shrunk_late_share

# No record makes a payment certain: shares stay this far from 0 and 1.
DOUBT = 0.0001

# The two questions, and the share of the customer that each one starts from.
STARTS = {"late": "late_share", "over_30": "over_30_share"}

# Weekdays count from 0, Monday; what is due on a day off from Monday to Friday, a
# holiday, is no such day.
HOLIDAY = 7

# The customer's own record of such days: a share in place of the start, not a step.
OWN_DAYS = "own_days"

# Paid instalments from which the recent delay and the usual amount of a customer say
# something.
KNOWN_FROM = 3

#: The facts that change the odds, and from where on a fact is another case. The last
#: case has no end.
FACTORS = {
    "late": {
        OWN_DAYS: (0,),
        "due_day": (0, 1, 2, 3, 4, 5, 6, HOLIDAY),
        "same_due_count": (1, 2, 3, 5, 9),
    },
    "over_30": {
        "paid_count": (0, 1, 5),
        "recent_days_late": (0,),
        "amount_ratio": (0,),
    },
}
# Facts that change the odds steadily, not by steps: what multiplies them is for one
# more of the unit, 10 days late or twice the amount, and these are the units' limits.
SLOPES = {"recent_days_late": (-1.0, 6.0), "amount_ratio": (-3.0, 3.0)}


class Step(NamedTuple):
    """Odds are multiplied by ``times`` for facts from ``lower`` up to the next.

    ``cases`` are the instalments it was learnt from, ``hits`` those of them that came
    true.
    """

    lower: float
    times: float
    cases: int = 0
    hits: int = 0


#: {question: {fact: its steps}}, as learnt.
Odds = Mapping[str, Mapping[str, tuple[Step, ...]]]
NO_ODDS: Odds = {"late": {}, "over_30": {}}


class Effect(NamedTuple):
    """One fact of the instalment and by how much it multiplied the odds.

    ``cases`` are the instalments that was learnt from.
    """

    code: str
    value: float
    times: float
    cases: int = 0


class Risk(NamedTuple):
    """Probabilities (0-1) of being paid after the due date and over 30 days after.

    None without any record. The first effect is the starting share, as odds.
    """

    late: float | None
    over_30: float | None
    late_effects: tuple[Effect, ...] = ()
    over_30_effects: tuple[Effect, ...] = ()


class Item(NamedTuple):
    """What an instalment itself tells: ``weekday`` of its due date, 0 is Monday.

    ``same_due_count`` are the customer's open instalments due that day, this one
    included; ``amount`` is what was invoiced, in company currency.
    """

    weekday: int
    day_off: bool
    same_due_count: int
    amount: float


def collect_facts(
    record: Record, item: Item, shares: tuple[float, float]
) -> dict[str, float | None]:
    """The facts :func:`late_risk` judges an instalment by; None where not known.

    ``shares`` are those of the company (0-1): paid after the due date, paid more than
    30 days after it. Shares of the customer are drawn to them, those of days alike
    first to the customer's own of days off or working days, then to all its own.

    >>> from .record import NO_RECORD
    >>> record = NO_RECORD._replace(paid=8, after_due=5, over_30=1, day_off_paid=4,
    ...     day_off_after_due=1, recent_days_late=2.0, usual_amount=200.0)
    >>> facts = collect_facts(record, Item(5, True, 1, 100), (0.5, 0.1))
    >>> {code: round(value, 3) for code, value in facts.items()}
    ... # doctest: +NORMALIZE_WHITESPACE
    {'late_share': 0.577, 'over_30_share': 0.115, 'own_days': 0.432, 'due_day': 5,
     'same_due_count': 1, 'paid_count': 8, 'recent_days_late': 2.0,
     'amount_ratio': 0.5}
    """
    after_due, over_30 = shares
    known = record.paid >= KNOWN_FROM
    late_share = shrunk_late_share(record.after_due, record.paid, after_due)
    return {
        "late_share": late_share,
        "over_30_share": shrunk_late_share(record.over_30, record.paid, over_30),
        OWN_DAYS: _share_of_such_days(record, item, late_share),
        "due_day": HOLIDAY if item.day_off and item.weekday < 5 else item.weekday,
        "same_due_count": item.same_due_count,
        "paid_count": record.paid,
        "recent_days_late": record.recent_days_late if known else None,
        "amount_ratio": (
            item.amount / record.usual_amount if known and record.usual_amount else None
        ),
    }


def _share_of_such_days(record: Record, item: Item, late_share: float) -> float:
    """Share paid late of what was due on such a weekday, drawn to wider ones."""
    late, paid = record.day_off_after_due, record.day_off_paid
    if not item.day_off:
        late, paid = record.after_due - late, record.paid - paid
    alike = shrunk_late_share(late, paid, late_share)
    day = item.weekday
    return shrunk_late_share(
        record.weekday_after_due[day], record.weekday_paid[day], alike
    )


def late_risk(facts: Mapping[str, float | None], odds: Odds | None = None) -> Risk:
    """Risk of one instalment from the facts known of it and of its customer.

    ``facts`` as of :func:`collect_facts`; ``odds`` as learnt by ``lesson.learn``,
    None where nothing was learnt.

    >>> odds = {"late": {"due_day": (Step(5, 1.75, 412), Step(6, 1.0))}, "over_30": {}}
    >>> facts = {"late_share": 0.6, "over_30_share": 0.02, "due_day": 5}
    >>> risk = late_risk(facts, odds)
    >>> round(risk.late, 2), round(risk.over_30, 2)
    (0.72, 0.02)
    >>> [(effect.code, round(effect.times, 2)) for effect in risk.late_effects]
    [('late_share', 1.5), ('due_day', 1.75)]
    """
    odds = odds or NO_ODDS
    late, late_effects = _multiply("late", odds, facts)
    over_30, over_30_effects = _multiply("over_30", odds, facts)
    return Risk(late, over_30, late_effects, over_30_effects)


def _multiply(question: str, odds: Odds, facts: Mapping) -> tuple:
    """Probability and effects of one question; no start, no answer."""
    start = STARTS[question]
    share = facts.get(start)
    if share is None:
        return None, ()
    effects = [Effect(start, share, exp(logit(share)))]
    for code, steps in odds[question].items():
        value = facts.get(code)
        step = None if value is None else find_step(steps, value)
        if step:
            times = step.times
            if code == OWN_DAYS:
                times = exp(logit(value) - logit(share))
            elif code in SLOPES:
                times **= find_units(code, value)
            effects.append(Effect(code, value, times, step.cases))
    total = 1.0
    for effect in effects:
        total *= effect.times
    return total / (1 + total), tuple(effects)


def find_step(steps: tuple[Step, ...], value: float) -> Step | None:
    """The last step reached; the first one holds below its bound too.

    >>> find_step((Step(1, 1.2), Step(3, 0.6)), 4).times, find_step((), 4)
    (0.6, None)
    """
    reached = bisect_right(steps, value, key=lambda step: step.lower)
    return steps[max(reached - 1, 0)] if steps else None


def find_units(code: str, value: float) -> float:
    """How many units of a steady fact, within its limits.

    >>> find_units("recent_days_late", 25), find_units("amount_ratio", 0.5)
    (2.5, -1.0)
    """
    least, most = SLOPES[code]
    units = log2(max(value, 2**least)) if code == "amount_ratio" else value / 10
    return min(max(units, least), most)


def logit(share: float) -> float:
    """Logarithm of the odds of a share (0-1).

    >>> round(logit(0.75), 4), logit(0.0) == logit(DOUBT)
    (1.0986, True)
    """
    share = min(max(share, DOUBT), 1 - DOUBT)
    return log(share / (1 - share))


def company_shares(records: Iterable[Record]) -> tuple[float, float] | None:
    """Shares of all paid instalments: after the due date, more than 30 days after it.

    >>> from .record import NO_RECORD
    >>> company_shares([NO_RECORD._replace(paid=4, after_due=2, over_30=1), NO_RECORD])
    (0.5, 0.25)
    >>> company_shares([NO_RECORD])
    """
    records = list(records)
    paid = sum(record.paid for record in records)
    if not paid:
        return None
    late = sum(record.after_due for record in records)
    return late / paid, sum(record.over_30 for record in records) / paid
