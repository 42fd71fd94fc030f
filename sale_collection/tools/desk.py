"""Who to call first: the points of work rules, as pure functions on plain values."""

from collections import defaultdict
from datetime import date, timedelta
from typing import NamedTuple

# Days a talk without a next date is left to work before the customer is due again.
REST_DAYS = 3


class Rule(NamedTuple):
    """Points for one condition from a value on."""

    id: int
    code: str
    threshold: float
    points: int


class Fact(NamedTuple):
    """One thing that is so of a customer.

    :param value: amount in company currency, days or number, by the condition
    :param day: of an event, the day it calls for attention; None for a state
    :param wakes: of an event, whether it cuts short the rest after a talk
    """

    value: float
    day: date | None = None
    wakes: bool = True


class Talk(NamedTuple):
    """The last talk with a customer, and when to speak again.

    :param last: day of the last attempt, None when there was none
    :param next: day agreed on, None when nothing was agreed
    :param reached: day somebody was last spoken to, not just rung up
    """

    last: date | None = None
    next: date | None = None
    reached: date | None = None


class Hit(NamedTuple):
    """A rule that applies, and the value it applies by."""

    rule_id: int
    points: int
    value: float


def is_answered(fact, talk):
    """Return whether the customer was spoken to since an event.

    >>> bounced = Fact(1, date(2026, 3, 2))
    >>> is_answered(bounced, Talk(reached=date(2026, 3, 1)))
    False
    >>> is_answered(bounced, Talk(reached=date(2026, 3, 2)))
    True
    >>> is_answered(bounced, Talk(date(2026, 3, 2)))  # nobody picked up
    False
    >>> is_answered(Fact(500.0), Talk(reached=date(2026, 3, 2)))
    False
    """
    return bool(fact.day and talk.reached and fact.day <= talk.reached)


def is_news(fact, talk):
    """Return whether an event is worth a call before the day agreed on.

    >>> is_news(Fact(1, date(2026, 3, 3)), Talk(date(2026, 3, 2)))
    True
    >>> is_news(Fact(1, date(2026, 3, 2)), Talk(date(2026, 3, 2)))
    False
    >>> is_news(Fact(1, date(2026, 3, 3), wakes=False), Talk(date(2026, 3, 2)))
    False
    """
    return bool(fact.day and fact.wakes and not (talk.last and fact.day <= talk.last))


def rests_until(talk):
    """Return the first day on which a customer is spoken to again; None is at once.

    >>> rests_until(Talk(date(2026, 3, 2), date(2026, 3, 20)))
    datetime.date(2026, 3, 20)
    >>> rests_until(Talk(date(2026, 3, 2)))
    datetime.date(2026, 3, 5)
    >>> rests_until(Talk())
    """
    if talk.next:
        return talk.next
    return talk.last and talk.last + timedelta(REST_DAYS)


def judge(facts, rules, talk, today, is_settled=False):
    """Return the hits of one customer; none where nobody need do anything today.

    A talk closes the item until its next date, and so does an agreement on all that
    is overdue; an event after the talk brings the customer back at once. Once on the
    list every rule that applies counts. Of several rules on one condition the highest
    that applies counts: they are bands.

    >>> rules = [Rule(1, "overdue", 1, 10), Rule(2, "overdue", 5000, 30),
    ...          Rule(3, "bounced", 1, 20)]
    >>> owes = {"overdue": Fact(7000.0)}
    >>> judge(owes, rules, Talk(), date(2026, 3, 9))
    [Hit(rule_id=2, points=30, value=7000.0)]
    >>> agreed = Talk(date(2026, 3, 2), date(2026, 3, 20), date(2026, 3, 2))
    >>> judge(owes, rules, agreed, date(2026, 3, 9))
    []
    >>> bounced = owes | {"bounced": Fact(1, date(2026, 3, 8))}
    >>> [hit.points for hit in judge(bounced, rules, agreed, date(2026, 3, 9))]
    [30, 20]
    >>> judge(owes, rules, Talk(), date(2026, 3, 9), is_settled=True)
    []

    :param facts: {code of a condition: Fact}
    :param rules: the active rules
    :param talk: the last talk
    :param is_settled: all that is overdue is promised or disputed
    """
    bands = defaultdict(list)
    for rule in rules:
        fact = facts.get(rule.code)
        if fact and fact.value >= rule.threshold and not is_answered(fact, talk):
            bands[rule.code].append(rule)
    until = rests_until(talk)
    rests = is_settled or bool(until and until > today)
    if rests and not any(is_news(facts[code], talk) for code in bands):
        return []
    return [
        Hit(rule.id, rule.points, facts[code].value)
        for code, applying in bands.items()
        for rule in [max(applying, key=lambda rule: (rule.threshold, rule.id))]
    ]


def get_priority(hits):
    """Return the sum of the points of hits.

    >>> get_priority([Hit(1, 30, 7000.0), Hit(3, 20, 1)])
    50
    """
    return sum(hit.points for hit in hits)
