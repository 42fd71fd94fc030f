"""How far a target is from reached. Amounts are in the company currency."""

from collections.abc import Mapping
from typing import NamedTuple


class Gap(NamedTuple):
    """What a target still lacks; negative where it is more than reached.

    ``promised`` counts what is promised in full, ``expected`` as far as the promises
    of these customers are to be trusted, ``uncovered`` the measures under way as well.
    """

    promised: float
    expected: float
    uncovered: float


def gap(
    amount: float, collected: float, promised: float, expected: float, measures=0.0
) -> Gap:
    """Return what is missing of a target.

    ``promised`` and ``expected`` are what is still to come, so that money counts once.

    >>> gap(300_000, 0, 200_000, 150_000)
    Gap(promised=100000, expected=150000, uncovered=150000.0)
    >>> gap(300_000, 50_000, 150_000, 112_500, 40_000)
    Gap(promised=100000, expected=137500, uncovered=97500)
    """
    open_amount = amount - collected
    missing = open_amount - expected
    return Gap(open_amount - promised, missing, missing - measures)


def take_rest(total: Mapping, parts: list[Mapping]) -> dict:
    """Return what is left of figures when those of named customers are taken off.

    >>> take_rest({"due": 100, "collected": 70}, [{"due": 40}, {"collected": 20}])
    {'due': 60.0, 'collected': 50.0}
    """
    return {
        name: amount - sum(part.get(name, 0.0) for part in parts)
        for name, amount in total.items()
    }
