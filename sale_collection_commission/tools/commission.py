"""Commission on money collected: rate, factor, shares, cents, tiers, reserve.

Amounts are in the currency of the invoice unless said, ``cent`` is its rounding.
Percentages run from 0 to 100, factors and shares from 0 to 1 (1: all of it).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import NamedTuple

# Less than half of the smallest cent is nothing.
NOTHING = 1e-9

# Amounts up to this, not too close to half a cent, are rounded right by a division.
PLAIN = 1e7
ALMOST_HALF = 0.49


class Rate(NamedTuple):
    """A rate of a plan and what it is for; None matches everything.

    ``percent`` 0-100. ``category_path`` is the path of a product category
    ("1/4/"), which its children share. Sets hold ids; one of them is enough.
    """

    key: int
    percent: float
    product: int | None = None
    category_path: str | None = None
    tags: frozenset = frozenset()
    grades: frozenset = frozenset()
    teams: frozenset = frozenset()
    customer: str | None = None
    date_from: date | None = None
    date_to: date | None = None


class Sale(NamedTuple):
    """What a rate is matched with. ``customer`` is first, new or existing."""

    day: date
    product: int | None = None
    category_path: str = ""
    tags: frozenset = frozenset()
    grade: int | None = None
    team: int | None = None
    customer: str = "existing"


class Step(NamedTuple):
    """A value from a lower bound on: a factor by days, a rate by amount."""

    lower: float
    value: float


# === MATCHING === #


def pick_rate(rates: Sequence[Rate], sale: Sale) -> Rate | None:
    """Return the first rate that matches a sale, None when none does.

    >>> rates = [Rate(1, 8, category_path="1/4/"), Rate(2, 5)]
    >>> pick_rate(rates, Sale(date(2026, 1, 1), category_path="1/4/9/")).percent
    8
    >>> pick_rate(rates, Sale(date(2026, 1, 1), category_path="1/5/")).percent
    5
    >>> pick_rate(rates[:1], Sale(date(2026, 1, 1)))
    """
    return next((rate for rate in rates if _matches(rate, sale)), None)


def _matches(rate: Rate, sale: Sale) -> bool:
    return (
        (rate.product is None or rate.product == sale.product)
        and sale.category_path.startswith(rate.category_path or "")
        and (not rate.tags or bool(rate.tags & sale.tags))
        and (not rate.grades or sale.grade in rate.grades)
        and (not rate.teams or sale.team in rate.teams)
        and _customer_matches(rate.customer, sale.customer)
        and (rate.date_from is None or rate.date_from <= sale.day)
        and (rate.date_to is None or sale.day <= rate.date_to)
    )


def _customer_matches(wanted: str | None, customer: str) -> bool:
    """Return whether a rate is for such a customer; a first order is new as well."""
    if wanted == "new":
        return customer in ("new", "first")
    return wanted is None or wanted == customer


def find_hidden(rates: Sequence[Rate]) -> tuple[int, int] | None:
    """Return the keys of a rate and a later one it leaves nothing for, None without.

    >>> find_hidden([Rate(1, 8, product=5), Rate(2, 5), Rate(3, 4, product=6)])
    (2, 3)
    >>> find_hidden([Rate(1, 8, customer="first"), Rate(2, 5, customer="new")])
    """
    pairs = ((a, b) for n, b in enumerate(rates) for a in rates[:n])
    return next(((a.key, b.key) for a, b in pairs if _contains(a, b)), None)


def _contains(wide: Rate, narrow: Rate) -> bool:
    """Return whether all that `narrow` matches is matched by `wide` as well."""
    customers = {None: (None, "first", "new", "existing"), "new": ("new", "first")}
    return (
        wide.product in (None, narrow.product)
        and (narrow.category_path or "").startswith(wide.category_path or "")
        and _holds(wide.tags, narrow.tags)
        and _holds(wide.grades, narrow.grades)
        and _holds(wide.teams, narrow.teams)
        and narrow.customer in customers.get(wide.customer, (wide.customer,))
        and (wide.date_from or date.min) <= (narrow.date_from or date.min)
        and (narrow.date_to or date.max) <= (wide.date_to or date.max)
    )


def _holds(wide: frozenset, narrow: frozenset) -> bool:
    """Return whether `wide`, a set of ids or empty for any, holds all of `narrow`."""
    return not wide or bool(narrow) and narrow <= wide


def pick_step(steps: Sequence[Step], value: float, default: float = 1.0) -> float:
    """Return the value of the highest step whose lower bound is reached.

    The default factors by judged days late:

    >>> late = [Step(0, 1.0), Step(1, 0.8), Step(31, 0.5), Step(61, 0.0)]
    >>> [pick_step(late, days) for days in (-5, 0, 1, 29, 30, 31, 60, 61)]
    [1.0, 1.0, 0.8, 0.8, 0.8, 0.5, 0.5, 0.0]
    >>> pick_step([], 12)
    1.0
    """
    ordered = sorted(steps)
    reached = [step.value for step in ordered if step.lower <= value]
    if reached:
        return reached[-1]
    return ordered[0].value if ordered else default


# === CENTS === #


def round_cent(amount: float, cent: float = 0.01) -> float:
    """Round half away from zero to a multiple of ``cent``.

    >>> round_cent(1.005), round_cent(-1.005), round_cent(7.03, 0.05)
    (1.01, -1.01, 7.05)
    """
    if not amount:
        return 0.0
    per_one = _count_cents(cent)
    if per_one and -PLAIN < amount < PLAIN:
        scaled = amount * per_one
        whole = round(scaled)
        if -ALMOST_HALF < scaled - whole < ALMOST_HALF:
            return whole / per_one
    unit = Decimal(repr(cent))
    # Twelve significant digits: 1.005 is meant, not the binary number below it.
    steps = (Decimal(f"{amount:.12g}") / unit).quantize(Decimal(1), ROUND_HALF_UP)
    return float(steps * unit)


@cache
def _count_cents(cent):
    """Return how many cents make one unit, 0 where that is no whole number."""
    count = round(1 / cent) if 0 < cent <= 1 else 0
    return count if abs(count * cent - 1) < NOTHING else 0


def rounding_gap(exact: float, booked: float, cent: float = 0.01) -> float:
    """Return what to book so that the sum booked is the rounded exact sum.

    Three payments of 10.05 at 10 % bring 1.005 each:

    >>> rounding_gap(1.005, 0), rounding_gap(2.01, 1.01), rounding_gap(3.015, 2.01)
    (1.01, 1.0, 1.01)

    The second is undone, 2.01 is left in all:

    >>> rounding_gap(1.005 + 1.005, 1.01 + 1.01)
    -0.01
    """
    return round_cent(round_cent(exact, cent) - booked, cent)


# === TIERS === #


def tier_parts(
    amount: float, steps: Sequence[Step], mode: str
) -> list[tuple[float, float]]:
    """Return a total in pairs of amount and the percentage it is paid at.

    :param steps: percent by lower bound; nothing is paid below the first
    :param mode: ``flat``: the percentage of the tier reached on all;
        ``marginal``: each tier's percentage on what lies in it

    150 collected of a target of 100, 5 % to 100, then 8 %, pays 5 + 4 or 12:

    >>> steps = [Step(0, 5), Step(100, 8)]
    >>> tier_parts(150, steps, "marginal"), tier_parts(150, steps, "flat")
    ([(100, 5), (50, 8)], [(150, 8)])
    >>> tier_parts(-20, steps, "marginal"), tier_parts(90, steps[1:], "flat")
    ([(-20, 5)], [])
    """
    ordered = sorted(steps)
    if not ordered or (ordered[0].lower > 0 and amount < ordered[0].lower):
        return []
    if mode == "flat" or amount <= 0:
        return [(amount, pick_step(ordered, amount))]
    uppers = [step.lower for step in ordered[1:]] + [amount]
    return [
        (min(amount, upper) - step.lower, step.value)
        for step, upper in zip(ordered, uppers, strict=True)
        if amount > step.lower
    ]


def target_parts(
    base: float, collected: float, target: float, steps: Sequence[Step], mode: str
) -> list[tuple[float, float]]:
    """Return a base in pairs of amount and percentage, by the target reached.

    :param base: what percentages are paid on; in proportion to ``collected``
    :param steps: percent by lower bound in percent of ``target``; without a target
        only the first tier is reached

    120 without tax, 150 with it collected of a target of 100:

    >>> steps = [Step(0, 5), Step(100, 8)]
    >>> target_parts(150, 150, 100, steps, "marginal")
    [(100.0, 5), (50.0, 8)]
    >>> target_parts(120, 150, 100, steps, "flat")
    [(120.0, 8)]
    >>> target_parts(120, 150, 0, steps, "flat")
    [(120, 5)]
    """
    if target <= 0:
        return tier_parts(base, sorted(steps)[:1], "flat")
    in_amounts = [Step(step.lower * target / 100, step.value) for step in steps]
    if collected <= 0:
        return tier_parts(base, in_amounts[:1], "flat")
    parts = tier_parts(collected, in_amounts, mode)
    return [(part * base / collected, rate) for part, rate in parts]


# === RESERVE === #


def split_reserve(amount: float, percent: float, cent: float = 0.01):
    """Return (paid now, kept back) of an amount earned; nothing of a negative one.

    >>> split_reserve(1000, 15)
    (850.0, 150.0)
    >>> split_reserve(-40, 15)
    (-40.0, 0.0)
    """
    kept = round_cent(max(amount, 0.0) * percent / 100, cent)
    return round_cent(amount - kept, cent), kept


def release_reserve(kept: float, loss_share: float, cent: float = 0.01) -> float:
    """Return what is paid of a reserve after its share of losses.

    >>> release_reserve(150, 40)
    110.0
    >>> release_reserve(30, 40)
    0.0
    """
    return round_cent(max(kept - loss_share, 0.0), cent)


# === ADVANCES === #


def advance_of(own: float, percent: float, advance: float, cent: float) -> float:
    """Return what is advanced on an invoice: a share of the commission in time.

    >>> advance_of(1000, 10, 50, 0.01)
    50.0
    """
    return round_cent(own * percent / 100 * advance / 100, cent)


def claw_back(
    advance: float, instalments: Sequence[tuple], total: float, today: date, days: int
) -> float:
    """Return how much of an advance is taken back as things stand.

    What was settled without money, and what is still open ``days`` after its due date.

    :param instalments: (due date, settled without money, open) in invoice currency

    50 advanced on 1,000, 200 credited, the rest open 31 days after its due date:

    >>> due = date(2026, 1, 31)
    >>> claw_back(50, [(due, 200, 800)], 1000, date(2026, 3, 3), 30)
    50.0
    >>> claw_back(50, [(due, 200, 800)], 1000, date(2026, 3, 2), 30)
    10.0
    >>> claw_back(50, [(due, 200, 300)], 1000, date(2026, 3, 3), 30)
    25.0
    """
    lost = sum(
        settled + (rest if due + timedelta(days) < today else 0.0)
        for due, settled, rest in instalments
    )
    return advance * min(max(lost / total, 0.0), 1.0) if total else 0.0


# === SETUP CHECKS === #


def start_at_one_bound(steps: Sequence[Step]) -> bool:
    """Return whether two steps start at the same bound.

    >>> start_at_one_bound([Step(0, 1.0), Step(1, 0.8)])
    False
    >>> start_at_one_bound([Step(0, 1.0), Step(0, 0.8)])
    True
    """
    return len({step.lower for step in steps}) < len(steps)
