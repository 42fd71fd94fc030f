"""What a statement of account says of open items: plain values, no database."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from .aging import age
from .transfer import join_references


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
    pay_reference: str | None = None
    bank_id: int | None = None

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


class Transfer(NamedTuple):
    """Debts that one bank transfer pays: what is overdue, else all that is open."""

    bank_id: int | None
    currency_id: int
    amount: float
    references: tuple[str, ...]
    is_overdue: bool = True

    @property
    def reference(self) -> str:
        return join_references(self.references)


def plan_transfers(items: Iterable[Item], today: date) -> list[Transfer]:
    """Group the debts to pay by the account and currency they are paid to.

    Credit that is not matched yet is not taken off: nobody knows of which debt.

    >>> day = date(2026, 4, 30)
    >>> def item(name, due, open, bank=None):
    ...     return Item(1, name, None, due, due, 1, open, open, bank_id=bank)
    >>> late = date(2026, 4, 1)
    >>> found = [item("A", late, 40), item("B", day, 50), item("C", late, -15)]
    >>> more = [item("D", late, 7, 2), item("D", late, 3, 2), *found]
    >>> [(t.bank_id, t.amount, t.reference) for t in plan_transfers(more, day)]
    [(2, 10, 'D'), (None, 40, 'A')]
    >>> [(t.amount, t.reference, t.is_overdue) for t in plan_transfers(found, late)]
    [(90, 'A, B', False)]
    """
    debts = [item for item in items if item.is_debt]
    late = [item for item in debts if item.days_overdue(today)]
    groups: dict[tuple[int | None, int], list[Item]] = {}
    for item in late or debts:
        groups.setdefault((item.bank_id, item.currency_id), []).append(item)
    return [
        Transfer(
            *key,
            sum(item.open for item in group),
            tuple(dict.fromkeys(one.pay_reference or one.document for one in group)),
            bool(late),
        )
        for key, group in groups.items()
    ]


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
