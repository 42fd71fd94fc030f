"""Rates of collection. Amounts are in the company currency, rates in percent."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from odoo.addons.sale_collection.tools.period import month_bounds


class Due(NamedTuple):
    """An instalment: the day it falls due, its amount and credit notes on it."""

    day: date
    amount: float
    credited: float = 0.0


class Cash(NamedTuple):
    """Money that came on a day; on which instalment, None when on none of these."""

    day: date
    amount: float
    due: Due | None = None


def percent(part: float, whole: float) -> float | None:
    """Return a part in percent of the whole, None where there is no whole.

    >>> percent(300, 400), percent(350, 500), percent(1, 0)
    (75.0, 70.0, None)
    """
    return 100.0 * part / whole if whole else None


def due_rate(dues: Iterable[Due], money: Iterable[Cash], month: date) -> float | None:
    """Return the due collection rate of a month.

    Money that had come by the end of the month on instalments due in it, in percent
    of these instalments less the credit notes on them.

    >>> one = Due(date(2026, 10, 20), 400)
    >>> money = [Cash(date(2026, 9, 30), 50, one), Cash(date(2026, 10, 31), 250, one),
    ...          Cash(date(2026, 11, 2), 100, one), Cash(date(2026, 10, 5), 100)]
    >>> due_rate([one], money, date(2026, 10, 1))
    75.0
    >>> due_rate([one._replace(credited=100)], money, date(2026, 10, 1))
    100.0
    """
    first, last = month_bounds(month)
    whole = sum(due.amount - due.credited for due in dues if first <= due.day <= last)
    part = sum(
        cash.amount
        for cash in money
        if cash.due and first <= cash.due.day <= last and cash.day <= last
    )
    return percent(part, whole)


def sales_rate(
    money: Iterable[Cash], invoiced: Iterable[tuple[date, float]], month: date
) -> float | None:
    """Return the sales collection rate of a month.

    All money of the month, whatever it paid, in percent of what was invoiced in it
    with tax; credit notes are invoiced amounts below zero.

    >>> money = [Cash(date(2026, 9, 30), 50), Cash(date(2026, 10, 31), 250),
    ...          Cash(date(2026, 10, 5), 100)]
    >>> sales_rate(money, [(date(2026, 10, 8), 500)], date(2026, 10, 1))
    70.0
    """
    first, last = month_bounds(month)
    part = sum(cash.amount for cash in money if first <= cash.day <= last)
    whole = sum(amount for day, amount in invoiced if first <= day <= last)
    return percent(part, whole)
