"""What supply rules look at: orders, customers, and the credit an order uses.

Pure: no clock, no database. Amounts are in company currency and already rounded;
`today` is a date. A *subject* is who is judged: a customer, or the group under one
parent. None as a limit means there is none.
"""

from datetime import date
from typing import NamedTuple

STRENGTHS = ("none", "warn", "limit", "prepay", "hold", "refuse")
# Strengths that keep goods back.
WAITING = ("limit", "prepay", "hold", "refuse")
LEVELS = ("all", "group", "customer")
# Half of the smallest amount of any currency: below it amounts are equal.
EPSILON = 0.0005
# Codes that judge how much credit is left: two sessions must not use it at once.
CREDIT_CODES = frozenset(
    {"over_limit", "limit_used", "previous_unpaid", "user_exposure"}
)


class Condition(NamedTuple):
    code: str
    operator: str = "over"
    threshold: float = 0.0
    days: int = 365
    grade: tuple = ()  # name, lowest score, for new customers


class Rule(NamedTuple):
    """A rule as a value; empty scopes reach everything."""

    id: int
    names: dict
    strength: str
    company: int = 0  # 0: all companies
    conditions: tuple = ()
    kind: str = "block"
    excluded: frozenset = frozenset()
    at_confirm: bool = True
    at_delivery: bool = True
    date_from: date = None
    date_to: date = None
    orders_from: object = None
    partners: frozenset = frozenset()
    tags: frozenset = frozenset()
    grades: frozenset = frozenset()
    policy: str = ""
    countries: frozenset = frozenset()
    teams: frozenset = frozenset()
    users: frozenset = frozenset()
    terms: frozenset = frozenset()
    products: frozenset = frozenset()
    categories: frozenset = frozenset()
    by_group: bool = False
    exclude_disputed: bool = True
    cap_type: str = "credit"
    cap_value: float = 0.0
    cap_period: str = "order"

    @property
    def level(self):
        """How near the rule is to the customer, as an index of LEVELS.

        >>> Rule(1, {}, "hold").level, Rule(1, {}, "hold", tags={4}).level
        (0, 1)
        >>> Rule(1, {}, "hold", partners={7}).level
        2
        """
        if self.partners:
            return 2
        groups = (self.tags, self.grades, self.policy, self.countries, self.teams)
        return 1 if any(groups) or self.users or self.terms else 0

    @property
    def codes(self):
        return frozenset(condition.code for condition in self.conditions)


class Line(NamedTuple):
    """A line of goods: what is ordered, what has left, and what it is worth."""

    id: int
    ordered: float
    supplied: float = 0.0
    value: float = 0.0
    product: int = 0
    categories: frozenset = frozenset()
    rounding: float = 0.01
    goods: bool = True


class Supplied(NamedTuple):
    """What of a line has left in a period."""

    order: int
    line: Line
    quantity: float


class Debt(NamedTuple):
    """One overdue instalment."""

    line_id: int
    name: str
    due: date
    residual: float
    disputed: float = 0.0
    least: float = EPSILON  # a rest up to this is nothing


class Other(NamedTuple):
    """Another confirmed order of the subject."""

    id: int
    moment: object  # when it was confirmed
    open: float  # rest to bill, less money paid for it that the ledger has not
    supplied: float  # part of it that has left already
    waiting: bool = False


class Subject(NamedTuple):
    """A customer, or the group of customers under one parent."""

    balance: float = 0.0
    credit: float = 0.0  # unmatched payments and credit notes, positive
    debts: tuple = ()
    others: tuple = ()
    limit: float = None
    limit_end: date = None
    broken: tuple = ()  # dates
    bounces: tuple = ()


class Figure(NamedTuple):
    """What an addon measured for a condition of its own, see `hold_measure`."""

    code: str
    value: float
    unit: str = "amount"  # or `days`, `count`


class Order(NamedTuple):
    """An order to judge, or a customer without one (`id` 0)."""

    id: int
    customer: int
    moment: object = None
    confirmed: bool = False
    waiting: bool = False
    amount: float = 0.0
    open: float = 0.0
    gone: float = 0.0  # part of `open` that has left already
    received: float = 0.0
    lines: tuple = ()
    user: int = 0
    team: int = 0
    country: int = 0
    tags: frozenset = frozenset()
    policy: str = "unlimited"
    grade_id: int = 0
    grade: tuple = ()
    term: int = 0
    term_days: int = None
    grade_days: int = None
    customer_days: int = None
    group: int = 0
    company: int = 0
    exempt: bool = False
    has_review: bool = True
    step: int = 0
    step_strength: str = ""
    held_rules: frozenset = frozenset()
    figures: tuple = ()


class Party(NamedTuple):
    """Whose credit an order uses: the customer's, its group's, the salesperson's."""

    customer: Subject = Subject()
    group: Subject = None
    seller: Subject = Subject()

    def of(self, rule):
        return self.group if rule.by_group and self.group else self.customer

    def tightest(self, order):
        """Return the subject that leaves the order the least credit."""
        subjects = [self.customer, *([self.group] if self.group else [])]
        limited = [subject for subject in subjects if subject.limit is not None]
        return min(
            limited,
            key=lambda subject: free_credit(order, subject),
            default=self.customer,
        )

    def with_orders(self, order, orders):
        """Return this party with orders just judged, counted as confirmed."""
        same = [found for found in orders if found.customer == order.customer]
        group = [
            found for found in orders if order.group and found.group == order.group
        ]
        sold = [found for found in orders if order.user and found.user == order.user]
        return Party(
            _with_others(self.customer, same),
            self.group and _with_others(self.group, group),
            _with_others(self.seller, sold),
        )


def _with_others(subject, orders):
    others = [Other(o.id, o.moment, o.open, 0.0) for o in orders]
    return subject._replace(others=(*subject.others, *others)) if others else subject


def exposure_with(order, subject):
    """Return the credit used once this order is confirmed.

    Confirmed orders that came later, or wait, count with what has left already: the
    order confirmed first has the first right to the credit.

    >>> first = Other(1, 10, 60.0, 0.0)
    >>> exposure_with(Order(2, 7, 11, open=60.0), Subject(0.0, others=(first,)))
    120.0
    >>> later = Other(3, 12, 60.0, 20.0)
    >>> exposure_with(Order(2, 7, 11, True, open=60.0), Subject(0.0, others=(later,)))
    80.0
    """
    place = (order.waiting, order.moment, order.id)
    return (
        subject.balance
        + order.open
        + sum(
            other.open
            if not order.confirmed or (other.waiting, other.moment, other.id) < place
            else min(other.open, other.supplied)
            for other in subject.others
            if other.id != order.id
        )
    )


def free_credit(order, subject):
    """Return the credit left for this order, itself not counted; None: no limit.

    >>> free_credit(Order(1, 7, open=150.0), Subject(100.0, limit=200.0))
    100.0
    """
    if subject.limit is None:
        return None
    return subject.limit - exposure_with(order, subject) + order.open


def overdue(subject, exclude_disputed):
    """Return the overdue instalments still unpaid, as pairs of debt and rest.

    Unmatched money pays the oldest first; disputed amounts are left out on request,
    and rests too small to count.

    >>> old = Debt(1, "A", date(2026, 1, 1), 100.0, 30.0)
    >>> new = Debt(2, "B", date(2026, 2, 1), 50.0)
    >>> subject = Subject(credit=80.0, debts=(old, new))
    >>> [(debt.name, rest) for debt, rest in overdue(subject, True)]
    [('B', 40.0)]
    >>> [(debt.name, rest) for debt, rest in overdue(subject, False)]
    [('A', 20.0), ('B', 50.0)]
    >>> overdue(Subject(debts=(old._replace(residual=0.05, least=0.055),)), False)
    []
    """
    credit, found = subject.credit, []
    for debt in sorted(subject.debts, key=lambda debt: (debt.due, debt.line_id)):
        rest = debt.residual - (debt.disputed if exclude_disputed else 0.0)
        paid = min(max(rest, 0.0), credit)
        credit -= paid
        if rest - paid > debt.least:
            found.append((debt, rest - paid))
    return found


def term_days(lines):
    """Return the longest days of a payment term; None without one.

    :param lines: (delay type, days, day of the month) of each payment

    >>> term_days([("days_after", 30, 0), ("days_after_end_of_month", 15, 0)])
    45
    >>> term_days([("days_end_of_month_on_the", 30, 10)]), term_days([])
    (70, None)
    """
    extra = {"days_after_end_of_month": 30, "days_after_end_of_next_month": 61}
    return max(
        (
            days
            + extra.get(kind, 0)
            + (30 + int(day or 0) if kind == "days_end_of_month_on_the" else 0)
            for kind, days, day in lines
        ),
        default=None,
    )
