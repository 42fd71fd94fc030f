"""The account of a customer over a period: plain values, no database."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

#: Kinds of movements, in the order they stand on one day.
KINDS = ("invoice", "refund", "payment", "entry", "transfer")


class Movement(NamedTuple):
    """What one document changed on one day, in its own currency.

    ``amount`` is what the customer owes more, negative for less.
    """

    date: date
    kind: str
    document: str
    reference: str | None
    currency_id: int
    amount: float


class Period(NamedTuple):
    """What is known of one customer: balances before the period, and its movements."""

    openings: dict[int, float]
    movements: list[Movement]


class Account(NamedTuple):
    """One currency of a period: each movement with the balance after it."""

    currency_id: int
    opening: float
    rows: list[tuple[Movement, float]]
    closing: float


def run_balances(
    periods: Iterable[Period], round_amount: Callable[[int, float], float]
) -> list[Account]:
    """Return the accounts of one or several customers together, one by currency.

    Currencies without a balance and without movements are left out.

    :param round_amount: rounds an amount of a currency, given by its id

    >>> day = date(2026, 5, 1)
    >>> sold = Movement(day, "invoice", "INV/1", None, 1, 100.0)
    >>> paid = Movement(date(2026, 4, 1), "payment", "P/1", None, 1, -30.1)
    >>> foreign = Period({2: 0.0, 3: 5.0}, [])
    >>> accounts = run_balances(
    ...     [Period({1: 30.1}, [sold]), Period({}, [paid]), foreign],
    ...     lambda currency_id, amount: round(amount, 2),
    ... )
    >>> [(a.currency_id, a.opening, a.closing) for a in accounts]
    [(1, 30.1, 100.0), (3, 5.0, 5.0)]
    >>> [(row.document, balance) for row, balance in accounts[0].rows]
    [('P/1', 0.0), ('INV/1', 100.0)]
    """
    openings: dict[int, float] = {}
    movements: dict[int, list[Movement]] = {}
    for period in periods:
        for currency_id, amount in period.openings.items():
            openings[currency_id] = openings.get(currency_id, 0.0) + amount
        for movement in period.movements:
            movements.setdefault(movement.currency_id, []).append(movement)
    accounts = []
    for currency_id in sorted(openings.keys() | movements.keys()):
        balance = opening = round_amount(currency_id, openings.get(currency_id, 0.0))
        rows = []
        for movement in sorted(movements.get(currency_id, ()), key=_get_place):
            balance = round_amount(currency_id, balance + movement.amount)
            rows.append((movement, balance))
        if rows or opening:
            accounts.append(Account(currency_id, opening, rows, balance))
    return accounts


def _get_place(movement: Movement) -> tuple[date, int, str]:
    return movement.date, KINDS.index(movement.kind), movement.document


def choose_oldest(
    items: Iterable[tuple[int, date, float]],
    amount: float,
    round_amount: Callable[[float], float],
) -> tuple[list[int], float]:
    """Return the instalments an amount settles, the oldest first, and what is left.

    :param items: id, due date and open amount of each, in one currency
    :return: the ids reached, the last one perhaps in part, and the rest of the amount

    >>> day = date(2026, 5, 1)
    >>> items = [(1, day, 10.1), (2, date(2026, 4, 1), 20.2), (3, day, 20.0)]
    >>> choose_oldest(items, 25, round)
    ([2, 1], 0.0)
    >>> choose_oldest(items, 30.3, lambda amount: round(amount, 2))
    ([2, 1], 0.0)
    >>> choose_oldest(items, 60.3, lambda amount: round(amount, 2))
    ([2, 1, 3], 10.0)
    """
    reached = []
    for key, _due, open_amount in sorted(items, key=lambda item: (item[1], item[0])):
        if amount <= 0:
            break
        reached.append(key)
        amount = round_amount(amount - open_amount)
    return reached, max(0.0, amount)
