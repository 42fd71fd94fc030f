"""What a contract collection plan comes to, and what covers its parts."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple


class Term(NamedTuple):
    """One part of a plan: a share of the order (0-1), or an amount where that is 0."""

    percent: float = 0.0
    amount: float = 0.0


class Misfit(NamedTuple):
    """The first part of a plan that does not fit.

    :param index: its place in the plan, from 0
    :param reached: what the plan comes to with all its parts
    :param is_percent: `reached` is a share (0-1), else an amount
    """

    index: int
    reached: float
    is_percent: bool


def round_to(amount: float, rounding: float) -> float:
    """The nearest multiple of a currency's rounding, halves away from 0.

    >>> round_to(2.675, 0.01), round_to(-0.5, 1), round_to(33.333, 0.05)
    (2.68, -1.0, 33.35)
    """
    unit = Decimal(repr(rounding))
    # Fifteen significant digits: 2.675 is meant, not the binary number below it.
    steps = (Decimal(f"{amount:.15g}") / unit).quantize(Decimal(1), ROUND_HALF_UP)
    return float(steps * unit)


def divide(total: float, terms: Sequence[Term], rounding: float) -> list[float]:
    """Amounts of the parts of a plan; percents that make 100 % make the whole total.

    Each part by percent ends where its running percent ends, rounded: no cent is lost.

    >>> third = Term(1 / 3)
    >>> divide(100, [third, third, third], 0.01)
    [33.33, 33.34, 33.33]
    >>> divide(1000, [Term(0.3), Term(amount=250), Term(0.7)], 0.01)
    [300.0, 250, 700.0]
    >>> divide(-50, [Term(0.3)], 0.01)
    [0.0]
    """
    amounts, until = [], 0.0
    for term in terms:
        if not term.percent:
            amounts.append(term.amount)
            continue
        since, until = until, until + term.percent
        ends = [round_to(max(total, 0) * part, rounding) for part in (since, until)]
        amounts.append(round_to(ends[1] - ends[0], rounding))
    return amounts


def find_misfit(total: float, terms: Sequence[Term], rounding: float) -> Misfit | None:
    """The part with which a plan goes over 100 % or over the total of its order.

    >>> find_misfit(1000, [Term(0.3), Term(0.7)], 0.01)
    >>> find_misfit(1000, [Term(0.6), Term(0.5)], 0.01)
    Misfit(index=1, reached=1.1, is_percent=True)
    >>> find_misfit(1000, [Term(0.5), Term(amount=500.01)], 0.01)
    Misfit(index=1, reached=1000.01, is_percent=False)
    """
    percent = round(sum(term.percent for term in terms), 9)
    if percent > 1:
        return Misfit(_find_over([term.percent for term in terms], 1), percent, True)
    amounts = divide(total, terms, rounding)
    reached = round_to(sum(amounts), rounding)
    if reached > round_to(max(total, 0), rounding):
        index = _find_over(amounts, max(total, 0), rounding / 2)
        return Misfit(index, reached, False)
    return None


def _find_over(parts: Sequence[float], limit: float, slack: float = 5e-10) -> int:
    """The first part whose running sum is over a limit, else the last."""
    reached = 0.0
    for index, part in enumerate(parts):
        reached += part
        if reached > limit + slack:
            return index
    return len(parts) - 1


def cover(total: float, amounts: Sequence[float], rounding: float) -> list[float]:
    """What of a total covers each part of a plan: the first part first.

    What is more than the plan covers nothing, and less than nothing neither:

    >>> cover(450, [300, 600, 100], 0.01)
    [300, 150.0, 0.0]
    >>> cover(1100, [300, 700], 0.01), cover(-20, [300], 0.01)
    ([300, 700], [0])
    """
    left, covered = max(total, 0), []
    for amount in amounts:
        part = min(max(amount, 0), left)
        left = round_to(left - part, rounding)
        covered.append(part)
    return covered
