"""Who gets what of the work of a colleague who leaves."""

from collections.abc import Mapping
from typing import NamedTuple


class Given(NamedTuple):
    """What of a customer was shown, and to whom it goes."""

    successor: int
    shown: Mapping[str, list[int]]  # ids of records by kind


class Handover(NamedTuple):
    """What moves, and what becomes of each customer."""

    moves: dict[tuple[str, int], list[int]]  # (kind, successor) -> ids of records
    counts: dict[int, dict[str, int]]  # customer -> number of records by kind


def assign(given: Mapping[int, Given], found: Mapping[int, Mapping]) -> Handover:
    """Give the successors what was shown and is the leaver's still.

    :param given: by customer; a customer left out stays
    :param found: {customer: {kind: ids}} of now

    What came since was not agreed to, what went since is not there to be moved:

    >>> found = {1: {"promise": [4, 5]}, 2: {"promise": [6]}, 3: {"order": [9]}}
    >>> shown = {1: Given(7, {"promise": [3, 4]}), 3: Given(8, {"order": [9]})}
    >>> handover = assign(shown, found)
    >>> handover.moves
    {('promise', 7): [4], ('order', 8): [9]}
    >>> handover.counts
    {1: {'promise': 1}, 3: {'order': 1}}
    >>> assign(shown, {})
    Handover(moves={}, counts={})
    """
    handover = Handover({}, {})
    for customer, one in given.items():
        for kind, ids in found.get(customer, {}).items():
            agreed = sorted(set(ids).intersection(one.shown.get(kind, ())))
            if agreed:
                handover.moves.setdefault((kind, one.successor), []).extend(agreed)
                handover.counts.setdefault(customer, {})[kind] = len(agreed)
    return handover
