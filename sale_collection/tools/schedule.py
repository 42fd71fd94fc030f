"""Which instalment of a changed invoice stands for which one of before."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple


class Instalment(NamedTuple):
    """An instalment: a number of its own, its due date, its amount above 0."""

    ref: int
    due: date
    amount: float


def pair_instalments(
    before: Iterable[Instalment], after: Iterable[Instalment]
) -> dict[int, int]:
    """Return {instalment of now: the one of before it stands for}.

    The same number is the same instalment. The others are laid by due date beside
    those that are gone, or beside all where none is, each as a part of the whole: one
    of now stands for the one of before that holds its middle. So an amount put right
    changes nothing, and of two instalments made of one both stand for that one.

    >>> june, july, late = date(2026, 6, 30), date(2026, 7, 31), date(2026, 9, 30)
    >>> pair_instalments([Instalment(1, june, 100)], [Instalment(2, late, 110)])
    {2: 1}
    >>> halves = [Instalment(1, june, 50), Instalment(2, july, 50)]
    >>> pair_instalments(halves, [Instalment(2, july, 50), Instalment(3, late, 50)])
    {2: 2, 3: 1}
    >>> pair_instalments(
    ...     halves, [Instalment(4, july, 30), Instalment(5, july, 40),
    ...     Instalment(6, late, 30)])
    {4: 1, 5: 1, 6: 2}
    >>> pair_instalments([Instalment(1, june, 100)], halves)
    {1: 1, 2: 1}
    >>> pair_instalments([], halves)
    {}
    """
    before, after = list(before), list(after)
    same = {one.ref for one in before} & {one.ref for one in after}
    pairs = {one.ref: one.ref for one in after if one.ref in same}
    old = _spread([one for one in before if one.ref not in same] or before)
    for start, end, ref in _spread(one for one in after if one.ref not in same):
        middle = (start + end) / 2
        found = next((was for begin, stop, was in old if middle <= stop), None)
        if found is not None:
            pairs[ref] = found
    return pairs


def _spread(instalments):
    """Return (start, end, number) of each, as parts of the whole by due date."""
    ordered = sorted(instalments, key=lambda one: (one.due, one.ref))
    whole = sum(one.amount for one in ordered) or 1.0
    spread, start = [], 0.0
    for one in ordered:
        end = start + one.amount / whole
        spread.append((start, end, one.ref))
        start = end
    return spread
