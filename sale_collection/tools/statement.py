"""What a statement of account says of open items: plain values, no database."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from .aging import age


class Item(NamedTuple):
    """One open instalment, or an open payment or credit note.

    Amounts in the currency of the document; ``open`` is negative for credit.
    """

    line_id: int
    document: str
    reference: str | None
    issued: date
    due: date
    currency_id: int
    amount: float
    open: float
    part: int = 1
    parts: int = 1

    @property
    def is_debt(self) -> bool:
        return self.open > 0

    @property
    def title(self) -> str:
        """The document, with the number of the instalment where it has several.

        >>> day = date(2026, 1, 31)
        >>> Item(1, "INV/1", None, day, day, 1, 90.0, 30.0, 2, 3).title
        'INV/1 (2/3)'
        """
        return (
            f"{self.document} ({self.part}/{self.parts})"
            if self.parts > 1
            else self.document
        )

    def days_overdue(self, today: date) -> int:
        """Days since the due date, 0 for what is not due and for credit."""
        return max(0, (today - self.due).days) if self.is_debt else 0


class Total(NamedTuple):
    """Open items of one currency: debts by bucket of age, credit, and the balance."""

    currency_id: int
    buckets: tuple[float, ...]
    credit: float

    @property
    def overdue(self) -> float:
        return sum(self.buckets[1:])

    @property
    def balance(self) -> float:
        return sum(self.buckets) + self.credit


def total_by_currency(items: Iterable[Item], today: date) -> list[Total]:
    """Add up open items by currency, in the order the currencies appear.

    >>> day = date(2026, 4, 30)
    >>> def item(due, open, currency=1):
    ...     return Item(1, "X", None, due, due, currency, open, open)
    >>> found = [item(day, 50), item(date(2026, 4, 29), 40), item(day, -15)]
    >>> [total] = total_by_currency(found, day)
    >>> total.buckets, total.credit, total.overdue, total.balance
    ((50.0, 40.0, 0.0, 0.0, 0.0), -15, 40.0, 75.0)
    >>> [t.currency_id for t in total_by_currency([item(day, 1, 2), *found], day)]
    [2, 1]
    """
    groups: dict[int, list[Item]] = {}
    for item in items:
        groups.setdefault(item.currency_id, []).append(item)
    return [
        Total(
            currency_id,
            age(((item.due, item.open) for item in group if item.is_debt), today),
            sum(item.open for item in group if not item.is_debt),
        )
        for currency_id, group in groups.items()
    ]
