"""Which payment notices the money that came has confirmed, on plain values."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple


class Claim(NamedTuple):
    """A payment notice: money that a customer says to have paid."""

    id: int
    amount: float  # in its currency
    currency: int
    date: date  # of the payment: money dated before it is other money
    lines: Collection[int]  # the instalments it is for
    mark: int  # the youngest row of the ledger then
    line_mark: int  # the youngest journal item then
    least: float  # less than this, in its currency, is nothing


class Money(NamedTuple):
    """What one entry paid on one instalment, or with ``line`` 0 on none yet.

    ``first`` is the number it was first known by: a row of the ledger, or the journal
    item itself where it is matched to nothing.
    """

    entry: int
    line: int
    currency: int
    date: date
    first: int
    amount: float


def match(claims: Iterable[Claim], money: Sequence[Money]) -> Mapping[int, float]:
    """Return {claim: what has come of it}, the whole amount where it is confirmed.

    The instalments of a notice decide, in any number of payments. Money that went to
    others confirms it where one entry brought the very amount. The same money confirms
    one notice only, the oldest first.

    >>> day = date(2026, 2, 2)
    >>> claim = Claim(1, 100.0, 1, day, {7}, 0, 0, 0.005)
    >>> match([claim], [Money(50, 7, 1, day, 1, 60.0)])
    {1: 60.0}
    >>> match([claim], [Money(50, 8, 1, day, 1, 70.0), Money(50, 0, 1, day, 1, 30.0)])
    {1: 100.0}
    >>> match([claim, claim._replace(id=2)], [Money(50, 7, 1, day, 1, 100.0)])
    {1: 100.0, 2: 0.0}
    >>> first, second = claim._replace(amount=700.0), claim._replace(id=2, amount=300.0)
    >>> match([first, second], [Money(50, 7, 1, day, 1, 400.0)])
    {2: 300.0, 1: 100.0}
    """
    left = [row.amount for row in money]
    found, waiting = {}, []
    for claim in sorted(claims, key=lambda claim: (claim.date, claim.id)):
        known = [
            index
            for index, row in enumerate(money)
            if left[index] and _fits(claim, row)
        ]
        own = [index for index in known if money[index].line in claim.lines]
        came = sum((left[index] for index in own), 0.0)
        used = own if came > claim.amount - claim.least else []
        used = used or _find_entry(claim, known, money, left)
        if used:
            found[claim.id] = claim.amount
            _use(claim.amount, used, left)
        else:
            waiting.append((claim, own))
    # What confirmed no notice is a part of the oldest one that waits.
    for claim, own in waiting:
        came = sum((left[index] for index in own), 0.0)
        found[claim.id] = min(came, claim.amount)
        _use(claim.amount, own, left)
    return found


def _fits(claim: Claim, row: Money) -> bool:
    mark = claim.mark if row.line else claim.line_mark
    is_new = row.first > mark and row.date >= claim.date
    return is_new and row.currency == claim.currency


def _find_entry(claim, known, money, left) -> Sequence[int]:
    """Return the rows of one entry that brought the very amount."""
    entries = {}
    for index in known:
        entries.setdefault(money[index].entry, []).append(index)
    for rows in entries.values():
        total = sum(left[index] for index in rows)
        if abs(total - claim.amount) < claim.least:
            return rows
    return ()


def _use(amount: float, rows: Iterable[int], left: list[float]) -> None:
    for index in rows:
        taken = min(amount, left[index])
        left[index] -= taken
        amount -= taken


def spread(
    amount: float, opens: Iterable[float], least: float = 0.005
) -> Sequence[float]:
    """Return the parts of an amount that fall on debts in their order.

    >>> spread(150.0, [100.0, 80.0, 50.0])
    [100.0, 50.0, 0.0]
    """
    parts = []
    for owed in opens:
        part = max(0.0, min(owed, amount))
        parts.append(part if part >= least else 0.0)
        amount -= part
    return parts
