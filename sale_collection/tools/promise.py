"""Promises to pay: what counts as kept, how far to trust them, what to ask for.

Amounts are in the company currency, days count from the promised date.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from math import fsum
from types import MappingProxyType
from typing import NamedTuple

# Less than half a cent is nothing.
CENT = 0.005
# A write-off in the entry of the money, up to this part of it, is a fee of the bank.
FEE_SHARE = 0.1
# Days after which late money no longer speaks for a promise.
HORIZON_DAYS = 30
# Judged promises a customer needs to be judged by them alone.
ENOUGH_PROMISES = 5

FREQUENCY_MONTHS = {"monthly": 1, "quarterly": 3}
FREQUENCY_DAYS = {"weekly": 7, "biweekly": 14}


# States a promise is closed with by the ledger.
JUDGED_STATES = ("kept", "partial", "broken")


class Instalment(NamedTuple):
    """An amount promised for a day."""

    date: date
    amount: float


class Money(NamedTuple):
    """Money that came in on a day for a promise."""

    date: date
    amount: float


class Rules(NamedTuple):
    """How a promise is judged.

    ``grace`` in days; ``threshold`` in percent of the promised amount, enough to
    count as kept; ``accelerate``: one missed instalment ends the whole plan;
    ``excused``: by promised date, days after it in which we kept the money waiting.
    """

    grace: int = 0
    threshold: float = 100.0
    accelerate: bool = True
    excused: Mapping[date, int] = MappingProxyType({})


USUAL_RULES = Rules()


class Payment(NamedTuple):
    """How one payment of a promise ended.

    ``received`` is the money in time, ``fulfilment`` 0-1 also knows late money,
    ``days_late`` is the amount-weighted delay of its money, None without money.
    Payments of a plan share its money and have neither of the two.
    """

    state: str
    received: float
    fulfilment: float = 0.0
    days_late: float | None = None


class Verdict(NamedTuple):
    """How a promise ended, as in `Payment`, and each of its payments."""

    state: str
    received: float
    fulfilment: float
    days_late: float | None
    payments: tuple[Payment, ...]


class Case(NamedTuple):
    """What a promise is judged on.

    ``payable`` is what can still be paid on the promised debts plus what was paid.
    Of a standing promise, ``owed`` is what the customer owed at the end of each date
    and its grace, and ``until`` its last day, None while it has no end.
    """

    instalments: Sequence[Instalment]
    money: Sequence[Money] = ()
    rules: Rules = USUAL_RULES
    payable: float | None = None
    is_standing: bool = False
    owed: Sequence[float] = ()
    until: date | None = None


# === STATE === #


def judge_case(case: Case, today: date) -> Verdict:
    """Judge a promise of any kind.

    >>> fridays = [Instalment(date(2026, 3, day), 300) for day in (6, 13)]
    >>> case = Case(fridays, [Money(date(2026, 3, 5), 300)], is_standing=True)
    >>> verdict = judge_case(case, date(2026, 3, 14))
    >>> verdict.state, [part.state for part in verdict.payments]
    ('open', ['kept', 'broken'])
    >>> judge_case(case._replace(until=date(2026, 3, 13)), date(2026, 3, 14)).state
    'partial'
    >>> judge_case(case._replace(is_standing=False), date(2026, 3, 14)).received
    300.0
    """
    if not case.is_standing:
        return judge(case.instalments, case.money, today, case.rules, case.payable)
    verdicts = judge_standing(
        case.instalments, case.money, today, case.rules, case.owed
    )
    return _sum_up(verdicts, ended=bool(case.until and case.until < today))


def _sum_up(verdicts: Sequence[Verdict], ended: bool) -> Verdict:
    """Judge a standing promise by its dates: it is open until its last one is judged.

    >>> parts = [Verdict(state, 1.0, 1.0, None, ()) for state in ("kept", "cancelled")]
    >>> _sum_up(parts, ended=True).state, _sum_up(parts, ended=False).state
    ('kept', 'open')
    """
    states = {verdict.state for verdict in verdicts}
    received = fsum(verdict.received for verdict in verdicts)
    if not ended or "open" in states:
        state = "open"
    elif states <= {"kept", "cancelled"}:
        state = "kept"
    else:
        state = "partial" if received > CENT else "broken"
    last = verdicts[-1]
    judged = [part for part in verdicts if part.state in JUDGED_STATES] or [last]
    mean = fsum(part.fulfilment for part in judged) / len(judged)
    payments = tuple(Payment(*verdict[:4]) for verdict in verdicts)
    return Verdict(state, received, mean, last.days_late, payments)


def judge(
    instalments: Sequence[Instalment],
    money: Iterable[Money],
    today: date,
    rules: Rules = USUAL_RULES,
    payable: float | None = None,
) -> Verdict:
    """Judge a promise, which is a plan of one instalment, or a plan.

    ``payable`` is what can still be paid on the promised debts plus what was paid:
    credit notes and write-offs lower a promise to it. Instalments are judged on the
    money of the whole plan up to their date and grace.

    >>> due = [Instalment(date(2026, 3, 10), 1000)]
    >>> def state(money, today, **how):
    ...     return judge(due, money, date(2026, 3, today), Rules(grace=3), **how).state
    >>> state([], 13), state([], 14)
    ('open', 'broken')
    >>> state([(date(2026, 3, 13), 1000)], 13), state([(date(2026, 3, 14), 1000)], 20)
    ('kept', 'broken')
    >>> state([(date(2026, 3, 10), 400)], 13), state([(date(2026, 3, 10), 400)], 14)
    ('open', 'partial')
    >>> state([(date(2026, 3, 10), 700)], 11, payable=700), state([], 11, payable=0)
    ('kept', 'cancelled')
    >>> judge(due, [(date(2026, 3, 9), 950)], date(2026, 3, 9), Rules(0, 95)).state
    'kept'
    >>> ours = Rules(excused={date(2026, 3, 10): 5})
    >>> [judge(due, [], date(2026, 3, day), ours).state for day in (15, 16)]
    ['open', 'broken']
    >>> verdict = judge(due, [(date(2026, 3, 15), 1000)], date(2026, 3, 16), ours)
    >>> verdict.state, verdict.fulfilment, verdict.days_late
    ('kept', 1.0, 0.0)
    """
    money = sorted(money)
    promised = fsum(part.amount for part in instalments)
    target = promised if payable is None else min(promised, payable)
    if target < CENT:
        nothing = Payment("cancelled", 0.0)
        return Verdict(*nothing, (nothing,) * len(instalments))
    lowered = _lower(instalments, target)
    payments = _judge_payments(lowered, money, today, rules)
    state, received = _judge_whole(payments, rules.accelerate)
    filled = list(_fill(lowered, money, rules.excused))
    return Verdict(
        state,
        received,
        fulfilment(filled, target, rules.grace),
        mean_delay(filled),
        tuple(payments),
    )


def _lower(instalments: Sequence[Instalment], target: float) -> list[Instalment]:
    """The instalments cut to ``target``, the last ones first."""
    lowered, rest = [], target
    for day, amount in sorted(instalments):
        lowered.append(Instalment(day, min(amount, max(rest, 0.0))))
        rest -= amount
    return lowered


def _judge_payments(
    instalments: Sequence[Instalment],
    money: Sequence[Money],
    today: date,
    rules: Rules,
) -> list[Payment]:
    """Judge each payment of a plan on the money up to and with its date.

    >>> plan = [Instalment(date(2026, 3, day), 100) for day in (10, 20)]
    >>> money = [Money(date(2026, 3, 9), 150)]
    >>> payments = _judge_payments(plan, money, date(2026, 3, 21), Rules())
    >>> [(payment.state, payment.received) for payment in payments]
    [('kept', 150.0), ('partial', 150.0)]
    """
    payments, promised = [], 0.0
    for day, amount in instalments:
        before, promised = promised, promised + amount
        deadline = day + timedelta(rules.grace + rules.excused.get(day, 0))
        received = fsum(paid for paid_on, paid in money if paid_on <= deadline)
        if received > promised * rules.threshold / 100 - CENT:
            state = "kept"
        elif today <= deadline:
            state = "open"
        else:
            state = "partial" if received > before + CENT else "broken"
        payments.append(Payment(state, max(received, 0.0)))
    return payments


def _judge_whole(payments: Sequence[Payment], accelerate: bool) -> tuple[str, float]:
    """State of the whole plan, and the money that was in time for it.

    >>> plan = [Payment(state, 100.0) for state in ("kept", "broken", "open")]
    >>> _judge_whole(plan, True), _judge_whole(plan, False)
    (('partial', 100.0), ('open', 100.0))
    """
    missed = [part for part in payments if part.state in ("partial", "broken")]
    decisive = missed[0] if accelerate and missed else payments[-1]
    if decisive.state not in ("partial", "broken"):
        return decisive.state, decisive.received
    state = "partial" if decisive.received > CENT else "broken"
    return state, decisive.received


class Filled(NamedTuple):
    """Money that fills part of an instalment, ``days`` after its date."""

    amount: float
    days: int


def _fill(
    instalments: Sequence[Instalment],
    money: Iterable[Money],
    excused: Mapping[date, int],
) -> Iterable[Filled]:
    """Give the money to the instalments, the earliest first."""
    open_parts = [[day, amount] for day, amount in instalments]
    for paid_on, paid in money:
        for part in open_parts:
            taken = min(part[1], paid)
            if taken > 0:
                part[1] -= taken
                paid -= taken
                days = (paid_on - part[0]).days
                ours = min(excused.get(part[0], 0), max(days, 0))
                yield Filled(taken, days - ours)


def timeliness(days_late: int, grace: int) -> float:
    """Worth of money ``days_late`` after the promised date, 1 to 0.

    >>> [timeliness(days, 3) for days in (-5, 3, 30, 45)]
    [1.0, 1.0, 0.0, 0.0]
    >>> timeliness(12, 3) == 18 / 27, timeliness(1, 40), timeliness(41, 40)
    (True, 1.0, 0.0)
    """
    if days_late <= grace:
        return 1.0
    if days_late >= HORIZON_DAYS:
        return 0.0
    return (HORIZON_DAYS - days_late) / (HORIZON_DAYS - grace)


def fulfilment(filled: Iterable[Filled], promised: float, grace: int) -> float:
    """How well a promise was fulfilled, 0-1: share of the money x its timeliness.

    >>> fulfilment([Filled(500, 0), Filled(500, 15)], 1000, 0)
    0.75
    """
    worth = fsum(part.amount * timeliness(part.days, grace) for part in filled)
    return min(1.0, max(0.0, worth / promised))


def mean_delay(filled: Sequence[Filled]) -> float | None:
    """Days from the promised date to the money, weighted by amount.

    >>> mean_delay([Filled(600, 10), Filled(400, -5)]), mean_delay([])
    (4.0, None)
    """
    total = fsum(part.amount for part in filled)
    if total < CENT:
        return None
    return fsum(part.amount * part.days for part in filled) / total


def judge_standing(
    instalments: Sequence[Instalment],
    money: Sequence[Money],
    today: date,
    rules: Rules = USUAL_RULES,
    owed: Sequence[float] = (),
) -> list[Verdict]:
    """Judge each date of a standing promise on its own.

    A date's money came after the deadline of the date before it. ``owed`` is what
    the customer still owed at the end of each deadline.

    >>> fridays = [Instalment(date(2026, 3, day), 300) for day in (6, 13, 20)]
    >>> money = [(date(2026, 3, 5), 300), (date(2026, 3, 16), 300)]
    >>> [part.state for part in judge_standing(fridays, money, date(2026, 3, 20))]
    ['kept', 'broken', 'kept']
    >>> judge_standing(fridays[:1], [], date(2026, 3, 20), owed=[0])[0].state
    'cancelled'
    """
    verdicts, after = [], date.min
    for number, part in enumerate(instalments):
        deadline = part.date + timedelta(rules.grace)
        window = [Money(*part) for part in money if after < part[0] <= deadline]
        payable = None
        if owed:
            payable = max(0.0, owed[number]) + fsum(paid for _day, paid in window)
        verdicts.append(judge([part], window, today, rules, payable))
        after = deadline
    return verdicts


# === SPLIT AND PLAN === #


def split_pro_rata(
    amount: float, opens: Sequence[float], digits: int = 2
) -> list[float]:
    """Spread ``amount`` over open amounts in proportion; the last takes the rest.

    No part exceeds its open amount while ``amount`` does not exceed their sum.

    >>> split_pro_rata(900, [600, 300, 300])
    [450.0, 225.0, 225.0]
    >>> split_pro_rata(100, [50, 50, 50])
    [33.33, 33.33, 33.34]
    """
    total = fsum(opens)
    if not opens or total < CENT:
        return [0.0 for _open in opens]
    parts = [round(amount * part / total, digits) for part in opens]
    return _settle_rest(parts, amount, opens, digits)


def _settle_rest(parts, amount, opens, digits) -> list[float]:
    """Put the rounding rest on the last part, the one before it when full.

    >>> _settle_rest([0.01, 0.01, 0.01], 0.05, [0.03, 0.05, 0.02], 2)
    [0.01, 0.02, 0.02]
    """
    rest = round(amount - fsum(parts), digits)
    for index in reversed(range(len(parts))):
        fitting = min(max(parts[index] + rest, 0.0), max(opens[index], parts[index]))
        rest = round(rest - (fitting - parts[index]), digits)
        parts[index] = round(fitting, digits)
    return parts


def split_oldest(amount: float, opens: Sequence[float], digits: int = 2) -> list[float]:
    """Fill the open amounts in their order.

    >>> split_oldest(900, [600, 300, 300])
    [600, 300, 0]
    """
    parts = []
    for part in opens:
        parts.append(round(min(part, max(amount, 0.0)), digits))
        amount = round(amount - parts[-1], digits)
    return parts


def plan_dates(first: date, frequency: str, count: int) -> list[date]:
    """Dates of a plan: every week, two weeks, month or quarter from ``first`` on.

    >>> [day.isoformat() for day in plan_dates(date(2026, 1, 31), "monthly", 3)]
    ['2026-01-31', '2026-02-28', '2026-03-31']
    >>> [day.isoformat() for day in plan_dates(date(2026, 3, 6), "weekly", 2)]
    ['2026-03-06', '2026-03-13']
    """
    return [_step(first, frequency, number) for number in range(count)]


def _step(first: date, frequency: str, number: int) -> date:
    if frequency in FREQUENCY_DAYS:
        return first + timedelta(FREQUENCY_DAYS[frequency] * number)
    months = first.month - 1 + FREQUENCY_MONTHS[frequency] * number
    year, month = first.year + months // 12, months % 12 + 1
    return date(year, month, min(first.day, monthrange(year, month)[1]))


def dates_through(first: date, frequency: str, today: date) -> list[date]:
    """Dates of an endless plan up to the first one on or after ``today``.

    >>> days = dates_through(date(2026, 3, 6), "weekly", date(2026, 3, 14))
    >>> [day.day for day in days]
    [6, 13, 20]
    """
    days = [first]
    while days[-1] < today:
        days.append(_step(first, frequency, len(days)))
    return days


def plan_instalments(
    amount: float, first: date, frequency: str, count: int, digits: int = 2
) -> list[Instalment]:
    """A plan of equal parts; the last takes the rest.

    >>> plan = plan_instalments(1000, date(2026, 3, 6), "weekly", 3)
    >>> [part.amount for part in plan]
    [333.33, 333.33, 333.34]
    """
    days = plan_dates(first, frequency, count)
    return list(map(Instalment, days, split_pro_rata(amount, [amount] * count, digits)))


# === TRUST === #


def kept_ratio(kept: int, partial: int, broken: int) -> float | None:
    """Part of the judged promises that was kept, None before the first.

    >>> kept_ratio(3, 1, 0), kept_ratio(0, 0, 0)
    (0.75, None)
    """
    judged = kept + partial + broken
    return kept / judged if judged else None


def reliability(
    count: int, worth: float, amount: float, company_mean: float | None
) -> float | None:
    """Part of a promised amount to count on, 0-1, from the last 12 months.

    ``worth`` is the sum of fulfilment x amount of ``count`` judged promises over
    ``amount``. With few promises the company's mean fills up; None when nobody has
    promised anything yet.

    >>> reliability(5, 800, 1000, 0.5), reliability(0, 0, 0, 0.5)
    (0.8, 0.5)
    >>> reliability(2, 100, 100, 0.5), reliability(0, 0, 0, None)
    (0.7, None)
    """
    own = worth / amount if amount >= CENT else None
    if own is None or company_mean is None:
        return company_mean if own is None else own
    weight = min(count, ENOUGH_PROMISES) / ENOUGH_PROMISES
    return own * weight + company_mean * (1 - weight)


def bargaining_ratio(promised: float, asked: float) -> float | None:
    """Part of what we asked for that was promised, None while never asked.

    >>> bargaining_ratio(150_000, 200_000), bargaining_ratio(0, 0)
    (0.75, None)
    """
    return promised / asked if asked >= CENT else None


def expected(amount: float, trust: float | None) -> float:
    """What to expect of a promised amount; all of it while nothing is known.

    >>> expected(200_000, 0.75), expected(100, None)
    (150000.0, 100.0)
    """
    return amount * (1.0 if trust is None else trust)


def ask(
    target: float,
    trust: float | None,
    bargaining: float | None = None,
    collectable: float | None = None,
) -> float:
    """What to ask for so that ``target`` can be expected, at most ``collectable``.

    >>> ask(150_000, 0.75), ask(150_000, 0.8, 0.75)
    (200000.0, 250000.0)
    >>> ask(150_000, 0.8, 0.75, 180_000), ask(100, 0.0, None, 500)
    (180000, 500)
    """
    ratio = expected(1.0, trust) * (1.0 if bargaining is None else bargaining)
    limit = float("inf") if collectable is None else collectable
    wanted = target / ratio if ratio > 0 else limit
    return min(round(wanted, 2), limit)
