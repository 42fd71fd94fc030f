"""What rules of supply control would have been worth on past orders."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from .hold_facts import Debt, Rule
from .hold_measure import CODES

# Conditions whose past is kept: rules with another one cannot be tried out on it.
KEPT = CODES - {"limit_expired", "no_review", "step_reached", "user_exposure"}
# What an order of the past was, by what the rules said and what then happened.
CAUGHT = "caught"
FALSE = "false"
MISSED = "missed"
FINE = "fine"
UNKNOWN = "unknown"


class Instalment(NamedTuple):
    """One due part of what was invoiced for an order; ``paid`` None while open."""

    due: date
    paid: date | None
    amount: float


class Tally(NamedTuple):
    """Orders of one kind, and their amounts."""

    count: int = 0
    amount: float = 0.0

    def add(self, amount: float) -> "Tally":
        return Tally(self.count + 1, self.amount + amount)


def is_bad(
    instalments: Sequence[Instalment], tolerance: int, seen_until: date
) -> bool | None:
    """Whether an order was paid more than ``tolerance`` days late, in any part.

    What is still open counts with its days so far. None while nobody knows: nothing
    was invoiced, or the rest may still come in time.

    >>> due, end = date(2026, 3, 1), date(2026, 4, 30)
    >>> is_bad([Instalment(due, date(2026, 3, 31), 600)], 30, end)
    False
    >>> is_bad([Instalment(due, date(2026, 4, 1), 600)], 30, end)
    True
    >>> is_bad([Instalment(due, None, 600)], 30, end)
    True
    >>> is_bad([Instalment(due, None, 600)], 60, end), is_bad([], 30, end)
    (None, None)
    """
    if not instalments:
        return None
    limit = timedelta(days=tolerance)
    if any((part.paid or seen_until) > part.due + limit for part in instalments):
        return True
    return False if all(part.paid for part in instalments) else None


def classify(stopped: bool, bad: bool | None) -> str:
    """Name what the rules did to an order, by how it was then paid.

    >>> classify(True, True), classify(True, False)
    ('caught', 'false')
    >>> classify(False, True), classify(False, False), classify(True, None)
    ('missed', 'fine', 'unknown')
    """
    if bad is None:
        return UNKNOWN
    if stopped:
        return CAUGHT if bad else FALSE
    return MISSED if bad else FINE


def days_late(instalments: Iterable[Instalment], seen_until: date) -> float | None:
    """Days late of an order, weighted by amount; open parts with their age so far.

    An open part not due yet says nothing and is left out.

    >>> due = date(2026, 3, 1)
    >>> paid = Instalment(due, date(2026, 3, 11), 600)
    >>> late = Instalment(due, date(2026, 4, 10), 400)
    >>> days_late([paid, late], date(2026, 5, 1))
    22.0
    >>> days_late([Instalment(due, None, 1)], date(2026, 2, 1)) is None
    True
    """
    weight = total = 0.0
    for part in instalments:
        if part.paid is None and seen_until <= part.due:
            continue
        weight += part.amount * max(0, ((part.paid or seen_until) - part.due).days)
        total += part.amount
    return weight / total if total else None


def share(part: int, whole: int) -> float | None:
    """Part of the whole, None of nothing.

    >>> share(1, 4), share(0, 0)
    (0.25, None)
    """
    return part / whole if whole else None


def tally(kinds: Iterable[tuple[str, float]]) -> dict[str, Tally]:
    """Count orders by kind, with their amounts.

    >>> tally([("false", 100.0), ("false", 50.0)])["false"]
    Tally(count=2, amount=150.0)
    >>> tally([])["missed"]
    Tally(count=0, amount=0.0)
    """
    totals = dict.fromkeys((CAUGHT, FALSE, MISSED, FINE, UNKNOWN), Tally())
    for kind, amount in kinds:
        totals[kind] = totals[kind].add(amount)
    return totals


def rule_figures(orders: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Return what one rule would have stopped, by (kind, amount) of each order.

    >>> rule_figures([("caught", 300.0), ("false", 200.0), ("unknown", 50.0)])
    {'held_count': 3, 'held_amount': 550.0, 'caught_count': 1, 'false_count': 1}
    """
    counts = tally(orders)
    return {
        "held_count": len(orders),
        "held_amount": sum(amount for _kind, amount in orders),
        "caught_count": counts[CAUGHT].count,
        "false_count": counts[FALSE].count,
    }


def total_figures(orders: Sequence[tuple[str, float, bool]]) -> dict[str, float]:
    """Return the figures of all past orders, by (kind, amount, stopped) of each.

    >>> found = total_figures([("caught", 300.0, True), ("false", 200.0, True),
    ...                        ("missed", 100.0, False), ("unknown", 50.0, True)])
    >>> found["order_count"], found["held_amount"], found["missed_amount"]
    (4, 550.0, 100.0)
    >>> found["false_share"], found["caught_share"]
    (0.5, 0.5)
    """
    counts = tally((kind, amount) for kind, amount, _stopped in orders)
    held = [amount for _kind, amount, stopped in orders if stopped]
    caught, false, missed = (counts[kind] for kind in (CAUGHT, FALSE, MISSED))
    return {
        "order_count": len(orders),
        "held_count": len(held),
        "held_amount": sum(held),
        "caught_count": caught.count,
        "caught_amount": caught.amount,
        "false_count": false.count,
        "false_amount": false.amount,
        "missed_count": missed.count,
        "missed_amount": missed.amount,
        "fine_count": counts[FINE].count,
        "unknown_count": counts[UNKNOWN].count,
        "false_share": share(false.count, caught.count + false.count) or 0.0,
        "caught_share": share(caught.count, caught.count + missed.count) or 0.0,
    }


def past_debts(rows: Iterable[tuple[str, float, int, float]]) -> tuple[Debt, ...]:
    """Make debts of what the database knows of a past day: due, open, line, least.

    >>> [debt] = past_debts([("2026-03-01", 60, 7, 0.055)])
    >>> debt.line_id, debt.residual, debt.least
    (7, 60.0, 0.055)
    """
    return tuple(
        Debt(line_id, "", date.fromisoformat(due), float(rest), least=float(least))
        for due, rest, line_id, least in rows
    )


def ordered_before(
    booked: Iterable[tuple[int, int, datetime, float]],
    bills: Iterable[tuple[int, date, float | None]],
) -> dict[int, float]:
    """What earlier orders of the same customer still had to be billed, for each order.

    :param booked: order, customer, moment of confirmation, amount
    :param bills: order, day, amount billed; one of the same day is not known yet

    >>> day = datetime(2026, 3, 1, 10), datetime(2026, 3, 5, 10), datetime(2026, 3, 9)
    >>> booked = [(1, 7, day[0], 100.0), (2, 7, day[1], 50.0), (3, 7, day[2], 1.0)]
    >>> ordered_before(booked, [(1, date(2026, 3, 5), 80.0)])
    {1: 0.0, 2: 100.0, 3: 70.0}
    """
    orders = {
        order: (customer, moment, amount) for order, customer, moment, amount in booked
    }
    events = [
        (customer, moment, order, 0, amount)
        for order, (customer, moment, amount) in orders.items()
    ]
    billed = dict.fromkeys(orders, 0.0)
    for order, day, amount in sorted(bills, key=lambda bill: bill[1]):
        customer, moment, total = orders[order]
        before = max(0.0, total - billed[order])
        billed[order] += amount or 0.0
        known = datetime.combine(day + timedelta(days=1), time.min)
        # A bill of before the order was confirmed is known with the order.
        key = (moment, order) if known <= moment else (known, 0)
        rest = max(0.0, total - billed[order])
        events.append((customer, *key, 1, rest - before))
    found: dict[int, float] = {}
    current, running = None, 0.0
    for customer, _moment, order, is_bill, change in sorted(events):
        if customer != current:
            current, running = customer, 0.0
        if not is_bill:
            found[order] = running
        running += change
    return found


def timeless(rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules that can be tried out on the past, as if always in force.

    >>> from .hold_facts import Condition
    >>> rules = [Rule(1, {}, "hold", (Condition("overdue_days"),), date_from=1),
    ...          Rule(2, {}, "hold", conditions=(Condition("no_review"),))]
    >>> [(rule.id, rule.date_from) for rule in timeless(rules)]
    [(1, None)]
    """
    return [
        rule._replace(
            date_from=None,
            date_to=None,
            orders_from=None,
            by_group=False,
            at_confirm=True,
        )
        for rule in rules
        if rule.codes <= KEPT
    ]
