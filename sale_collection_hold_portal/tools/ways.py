"""Which open instalments a customer pays to free an order. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

#: Half of the smallest amount of any currency: below it amounts are equal.
EPSILON = 0.0005


class Owed(NamedTuple):
    """An open instalment: ``open`` in its own currency, ``value`` in the company's."""

    line_id: int
    name: str
    due: date
    open: float
    value: float
    is_foreign: bool = False
    is_disputed: bool = False


def choose(
    documents: Iterable[tuple[str, float]], missing: float, rows: Sequence[Owed]
) -> tuple[list[int], float] | None:
    """Return what to pay, the oldest first, and how much in its currency.

    None where these instalments do not make it up: a document is another customer's,
    or what is disputed of one would be paid before a later one.

    :param documents: name and amount of what a supply rule names, in company currency
    :param missing: what has to be paid in all, in company currency
    :param rows: what the customer owes and may pay at once

    >>> rows = [Owed(n, f"INV/{n}", date(2026, n, 1), 100.0, 100.0) for n in (1, 2, 3)]
    >>> choose([("INV/1", 100.0), ("INV/2", 30.0)], 130.0, rows)
    ([1, 2], 130.0)
    >>> choose([("INV/1", 100.0)], 150.0, rows)
    ([1, 2], 150.0)
    >>> choose([("INV/9", 100.0)], 100.0, rows), choose([], 301.0, rows)
    (None, None)

    Money not matched yet covers a part of the oldest, an objection keeps it open:

    >>> covered = [("INV/1", 40.0), ("INV/2", 100.0)]
    >>> choose(covered, 140.0, rows)
    ([1, 2], 140.0)
    >>> rows[0] = rows[0]._replace(is_disputed=True)
    >>> choose(covered, 140.0, rows) is None
    True
    >>> foreign = Owed(4, "INV/4", date(2026, 1, 1), 50.0, 100.0, True)
    >>> choose([("INV/4", 60.0)], 60.0, [foreign])
    ([4], 50.0)
    """
    left = sorted(rows, key=lambda row: (row.due, row.line_id))
    taken: list[tuple[Owed, float]] = []
    for name, amount in documents:
        row = next((row for row in left if row.name == name), None)
        if row is None:
            return None
        left.remove(row)
        taken.append((row, amount))
    short = missing - sum(amount for _row, amount in taken)
    for row in left:
        if short <= EPSILON:
            break
        taken.append((row, min(row.value, short)))
        short -= row.value
    if short > EPSILON or not taken:
        return None
    taken.sort(key=lambda pair: (pair[0].due, pair[0].line_id))
    if any(
        row.is_disputed and amount < row.value - EPSILON for row, amount in taken[:-1]
    ):
        return None
    return [row.line_id for row, _amount in taken], sum(map(_pay, taken))


def _pay(pair: tuple[Owed, float]) -> float:
    row, amount = pair
    return row.open if row.is_foreign or amount > row.value - EPSILON else amount
