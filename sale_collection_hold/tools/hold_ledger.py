"""From rows of the database to what supply rules look at. Pure; see `hold_facts`."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from .hold_facts import Debt, Line, Order, Other, Party, Subject, term_days


class Entry(NamedTuple):
    """One row of the ledger statement; which fields mean something hangs on `kind`.

    - `owed`: customer, balance, unmatched money as `second`
    - `debt`: customer, line, open amount, disputed as `second`, due `day`, `name`; no
      debt is a rest up to `third`
    - `order`: customer, order, rest to bill, what of it has left as `second`,
      salesperson as `third`, `moment`, `flag` when it waits
    - `sold`: salesperson, amount
    - `bounce`, `broken`: customer, `day`
    """

    kind: str
    owner: int
    ref: int | None = None
    amount: float = 0.0
    second: float = 0.0
    third: float = 0.0
    day: date | None = None
    moment: datetime | None = None
    name: str | None = None
    flag: bool = False


class Ledger:
    """What customers owe, ordered and did not keep, by kind and owner.

    :param rows: values of `Entry`
    :param quotations: orders known by their id that count for nobody
    """

    def __init__(self, rows: Iterable[Iterable], quotations: Iterable[int] = ()):
        self.entries = defaultdict(list)
        self.open = {}
        for entry in map(Entry._make, rows):
            if entry.kind == "order":
                self.open[entry.ref] = entry.amount, entry.second
                if entry.ref in quotations:
                    continue
                self.entries["seller", int(entry.third)].append(entry)
            self.entries[entry.kind, entry.owner].append(entry)

    def find(self, kind: str, owners: Iterable[int]) -> list[Entry]:
        return [
            entry for owner in owners for entry in self.entries.get((kind, owner), ())
        ]

    def subject(self, owners: Collection[int], limit=None, limit_end=None) -> Subject:
        """Return one customer, or those of a group, as one subject."""
        owed = self.find("owed", owners)
        return Subject(
            balance=sum(entry.amount for entry in owed),
            credit=sum(entry.second for entry in owed),
            debts=tuple(
                Debt(
                    debt.ref,
                    debt.name,
                    debt.day,
                    debt.amount,
                    debt.second,
                    debt.third,
                )
                for debt in self.find("debt", owners)
            ),
            others=self._others("order", owners),
            limit=limit,
            limit_end=limit_end,
            broken=tuple(entry.day for entry in self.find("broken", owners)),
            bounces=tuple(entry.day for entry in self.find("bounce", owners)),
        )

    def seller(self, user: int) -> Subject:
        """Return what a salesperson has sold on credit."""
        sold = self.find("sold", [user])
        return Subject(
            balance=sum(entry.amount for entry in sold),
            others=self._others("seller", [user]),
        )

    def _others(self, kind, owners):
        return tuple(
            Other(order.ref, order.moment, order.amount, order.second, bool(order.flag))
            for order in self.find(kind, owners)
        )


def limit_of(terms: Mapping, today: date) -> tuple[float | None, date | None]:
    """Return the credit given on these terms, and its last day if it has one.

    >>> terms = {"policy": "limit", "credit_limit": 100.0, "guarantee": 20.0,
    ...          "temporary": 50.0, "temporary_limit_until": date(2026, 3, 1),
    ...          "credit_limit_until": None}
    >>> limit_of(terms, date(2026, 3, 1)), limit_of(terms, date(2026, 3, 2))
    ((170.0, datetime.date(2026, 3, 1)), (120.0, datetime.date(2026, 3, 1)))
    >>> limit_of(terms | {"policy": "prepay"}, date(2026, 3, 1))
    (0.0, None)
    >>> limit_of(terms | {"policy": "unlimited"}, date(2026, 3, 1))
    (None, None)
    """
    if terms["policy"] != "limit":
        return (None if terms["policy"] == "unlimited" else 0.0), None
    until = terms["temporary_limit_until"]
    extra = terms["temporary"] if not until or until >= today else 0.0
    ends = [terms["credit_limit_until"], until if terms["temporary"] else None]
    return (
        terms["credit_limit"] + terms["guarantee"] + extra,
        min((end for end in ends if end), default=None),
    )


def make_party(order: Order, terms: Mapping, ledger: Ledger, today: date) -> Party:
    """Return whose credit an order uses.

    :param terms: {customer: its terms}, with those of the whole group
    """
    own = ledger.subject([order.customer], *limit_of(terms[order.customer], today))
    seller = ledger.seller(order.user)
    if not order.group or order.group not in terms:
        return Party(own, None, seller)
    members = [
        customer for customer, row in terms.items() if row["root_id"] == order.group
    ]
    limit = limit_of(terms[order.group], today)
    return Party(own, ledger.subject(members, *limit), seller)


def make_order(
    row: Mapping,
    terms: Mapping,
    ledger: Ledger,
    fresh: bool,
    rounded: Callable,
    received: float = 0.0,
    figures: tuple = (),
) -> Order:
    """Return an order as read, with the terms of its customer.

    :param row: an order as read, or a customer alone with a negative `id`
    :param terms: of the customer
    :param fresh: judge it as if it were confirmed only now
    :param received: money received for it, in company currency
    :param figures: what addons measured for conditions of their own
    """
    rate = row["rate"]
    amount = rounded(row["total"] / rate)
    scale = row["stored_rate"] / rate
    rest, gone = ledger.open.get(row["id"], (row["total"] / row["stored_rate"], 0.0))
    confirmed = row["state"] == "sale" and not fresh
    grade = (terms["grade_name"], terms["score_from"], bool(terms["is_new"]))
    return Order(
        id=row["id"],
        customer=row["customer"],
        moment=row["moment"],
        confirmed=confirmed,
        waiting=confirmed and row["hold_state"] in ("held", "rejected"),
        amount=amount,
        open=rounded(rest * scale),
        gone=rounded(gone * scale),
        received=received,
        lines=tuple(make_line(line, rate) for line in row["lines"] or ()),
        user=row["user"],
        team=row["team"],
        country=terms["country"] or 0,
        tags=frozenset(terms["tags"]),
        policy=terms["policy"],
        grade_id=terms["grade_id"] or 0,
        grade=grade if terms["grade_name"] else (),
        term=row["term"],
        term_days=term_days(row["term_lines"] or ()),
        grade_days=term_days(terms["grade_term"] or ()),
        customer_days=term_days(terms["own_term"] or ()),
        group=row["group"] or 0,
        company=row["company"],
        exempt=bool(terms["excluded"]),
        has_review=bool(terms["has_review"]),
        step=terms.get("step") or 0,
        step_strength=terms.get("step_strength") or "",
        held_rules=frozenset(row["held_rules"]),
        figures=tuple(figures),
    )


def make_line(values: Iterable, rate: float = 1.0) -> Line:
    """Return a line as read: id, ordered, supplied, total, product, path, type."""
    line_id, ordered, supplied, total, product, path, kind = values
    return Line(
        line_id,
        ordered,
        supplied or 0.0,
        (total or 0.0) / rate,
        product,
        frozenset(int(part) for part in (path or "").split("/") if part),
        # What is ordered in whole units is supplied in whole units.
        1.0 if float(ordered).is_integer() else 0.01,
        kind == "consu",
    )
