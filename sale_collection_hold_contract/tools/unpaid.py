"""What of a contract's collection plan is due and not paid. Pure."""

from collections.abc import Iterable
from typing import NamedTuple


class Part(NamedTuple):
    """A part of a plan that is due: planned, and what of it is invoiced and came."""

    amount: float
    invoiced: float = 0.0
    collected: float = 0.0


def sum_unpaid(parts: Iterable[Part], rate: float, owed: float) -> float:
    """Return what is unpaid of parts that are due, in company currency.

    Of what is invoiced no more than is still open: a discount taken or a loss written
    off keeps nothing back.

    :param rate: units of the parts' currency for one of the company's
    :param owed: what is open of the order's invoices, in company currency

    >>> sum_unpaid([Part(300, 300, 100), Part(600)], 1, 200)
    800.0
    >>> sum_unpaid([Part(300, 300, 294)], 1, 0)
    0.0
    >>> sum_unpaid([Part(300, 300, 0)], 1.5, 900), sum_unpaid([], 1, 50)
    (200.0, 0.0)
    """
    parts = list(parts)
    gap = sum(part.amount - part.collected for part in parts) / rate
    missing = sum(part.amount - part.invoiced for part in parts) / rate
    return max(0.0, min(gap, missing + owed))
