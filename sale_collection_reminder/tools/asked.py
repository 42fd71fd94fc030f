"""What is asked for of an instalment, and how a message names it.

Amounts are in company currency unless their name says otherwise.
"""

from datetime import date
from typing import NamedTuple

from .facts import Line
from .ladder import Debt, Due


class Asked(NamedTuple):
    """What is asked for of an instalment, after credits.

    ``amount_currency`` and the ``credit`` taken off are in the invoice's currency.
    """

    residual: float
    amount: float
    amount_currency: float
    credit: float


class Part(NamedTuple):
    """An instalment a message names; ``listed`` ones were reminded of before."""

    line: int
    move: int
    name: str | None
    step: int
    cycle: int
    start: date | None
    due: date
    residual: float
    amount: float
    amount_currency: float
    credit: float = 0.0
    listed: bool = False


# === HOW MUCH === #


def find_pause(line: Line) -> str | None:
    """Return what covers a whole line: a dispute, money on its way, a promise.

    >>> day = date(2026, 1, 31)
    >>> line = Line(1, 1, 1, 100.0, 100.0, day, disputed=40.0, promised=60.0)
    >>> find_pause(line), find_pause(line._replace(covered=60.0, covered_by="bill"))
    ('promised', 'bill')
    """
    left = line.residual - line.disputed
    if line.is_small(left):
        return "disputed" if line.disputed else None
    if line.is_small(left - line.covered):
        return line.covered_by
    return "promised" if line.is_small(left - line.promised) else None


def make_debt(line: Line) -> Debt:
    """Return what is open of a line in its currency, less what is paused of it.

    Money on its way is what was promised: both pause the same part.
    """
    paused = line.disputed + max(line.promised, line.covered)
    amount = line.residual - paused
    return Debt(line.id, line.move, amount / line.rate, line.currency, line.rate)


def ask_all(line: Line) -> Asked:
    return Asked(line.residual, line.residual, line.residual_currency, 0.0)


# === AS A MESSAGE NAMES IT === #


def make_part(line: Line, due: Due, asked: Asked) -> Part:
    return Part(
        *(line.id, line.move, line.name, due.step.id, due.cycle, due.start, line.due),
        *_round(asked),
    )


def make_listed_part(line: Line, asked: Asked) -> Part:
    return Part(
        *(line.id, line.move, line.name, line.progress.step, 0, None, line.due),
        *(*_round(asked), True),
    )


def _round(asked: Asked) -> tuple[float, ...]:
    return tuple(round(amount, 6) for amount in asked)
