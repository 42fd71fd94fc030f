"""Credit score: banded factors, weights, grade; and the behaviour figures they read.

A factor reads one figure of the customer. Its bands turn the figure into points from
0 (worst) to 100 (best); the score is the weighted mean of the points. Every factor's
share of the score is kept, so that a grade can be shown line by line.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from math import fsum
from typing import NamedTuple

from .figures import divide

# Less than half a cent of money has no meaningful average.
NO_MONEY = 0.005


class Band(NamedTuple):
    """``points`` (0-100) for figures from ``lower`` up to the next band.

    The first band also takes what is below its bound.
    """

    lower: float
    points: float


class Rule(NamedTuple):
    """One factor of a scorecard.

    ``missing`` are the points of a customer without the figure; None leaves the
    factor out and spreads its weight over the others.
    """

    code: str
    weight: float
    bands: tuple[Band, ...]
    missing: float | None = None


class Contribution(NamedTuple):
    """One factor: measured value, its points (0-100) and its share of the score."""

    code: str
    value: float | None
    points: float
    weight: float
    share: float


class Score(NamedTuple):
    """Points 0-100, None when no factor could be judged; shares sum to the points."""

    points: float | None
    contributions: tuple[Contribution, ...]


class Grade(NamedTuple):
    """A grade by the score it starts from; None is the grade of the unscored."""

    code: Hashable
    score_from: float | None


# === SETUP CHECKS === #


def check_bands(bands: Sequence[Band]) -> None:
    """Raise ``ValueError`` with a code when the bands cannot be used.

    >>> check_bands([Band(0, 100), Band(0.2, 60)])
    >>> check_bands([Band(0, 100), Band(0, 60)])
    Traceback (most recent call last):
    ValueError: bands_overlap
    """
    if not bands:
        raise ValueError("bands_missing")
    if any(not 0 <= band.points <= 100 for band in bands):
        raise ValueError("band_points_out_of_range")
    lowers = sorted(band.lower for band in bands)
    gaps = zip(lowers, lowers[1:], strict=False)
    if any(upper - lower < 1e-9 for lower, upper in gaps):
        raise ValueError("bands_overlap")


def check_weights(weights: Iterable[float]) -> None:
    """Raise ``ValueError`` with a code when the weights cannot be used.

    >>> check_weights([30, 0])
    >>> check_weights([0, 0])
    Traceback (most recent call last):
    ValueError: weights_zero
    """
    weights = list(weights)
    if any(weight < 0 for weight in weights):
        raise ValueError("weight_negative")
    if not sum(weights) > 0:
        raise ValueError("weights_zero")


def check_rules(rules: Iterable[Rule]) -> None:
    """Raise ``ValueError`` with a code when a scorecard cannot be used.

    >>> rule = Rule("tenure", 10, (Band(0, 40), Band(365, 100)))
    >>> check_rules([rule, rule])
    Traceback (most recent call last):
    ValueError: factor_twice
    """
    rules = list(rules)
    check_weights(rule.weight for rule in rules)
    if len({rule.code for rule in rules}) < len(rules):
        raise ValueError("factor_twice")
    for rule in rules:
        check_bands(rule.bands)


# === SCORE AND GRADE === #


def score(rules: Iterable[Rule], facts: Mapping[str, float | None]) -> Score:
    """Score of one customer; :class:`Scorer` prepares the rules for many.

    >>> rules = [
    ...     Rule("late_share", 60, (Band(0, 100), Band(0.2, 50), Band(0.5, 0))),
    ...     Rule("tenure", 20, (Band(0, 0), Band(365, 100)), missing=0),
    ...     Rule("promise_kept_ratio", 20, (Band(0, 0), Band(0.8, 100))),
    ... ]
    >>> result = score(rules, {"late_share": 0.3, "tenure": 400})
    >>> result.points
    62.5
    >>> [(part.code, part.points, part.share) for part in result.contributions]
    [('late_share', 50, 37.5), ('tenure', 100, 25.0)]
    >>> score(rules[2:], {})
    Score(points=None, contributions=())
    """
    return Scorer(rules)(facts)


class Scorer:
    """A function from the facts of a customer to the score, bands sorted once."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._factors = [_prepare(rule) for rule in rules if rule.weight > 0]
        # Customers are many, and the points the bands give them mostly the same.
        self._weigh = cache(_weigh)

    def __call__(self, facts: Mapping[str, float | None]) -> Score:
        pairs = zip(self._factors, self._judge(facts), strict=True)
        known = [(factor.code, earned) for factor, earned in pairs if earned]
        if not known:
            return Score(None, ())
        total, shares = self._weigh(tuple(earned for _code, earned in known))
        parts = zip(known, shares, strict=True)
        return Score(
            total,
            tuple(
                Contribution(code, facts.get(code), *earned, share)
                for (code, earned), share in parts
            ),
        )

    def get_points(self, facts: Mapping[str, float | None]) -> float | None:
        """Points of the score; how they came about is asked of few customers."""
        weighed = tuple(filter(None, self._judge(facts)))
        return self._weigh(weighed)[0] if weighed else None

    def _judge(self, facts):
        """Points and weight of each factor, None where it is left out."""
        judged = []
        for code, missing, bounds, earned in self._factors:
            value = facts.get(code)
            judged.append(
                missing if value is None else earned[bisect_right(bounds, value)]
            )
        return judged


class _Factor(NamedTuple):
    """A rule with its bands sorted: ``earned`` has one item more than ``bounds``.

    What is earned, or given for a figure that is ``missing``, are points and weight.
    """

    code: str
    missing: tuple[float, float] | None
    bounds: list[float]
    earned: list[tuple[float, float]]


def _prepare(rule: Rule) -> _Factor:
    bands = sorted(rule.bands)
    return _Factor(
        rule.code,
        None if rule.missing is None else (rule.missing, rule.weight),
        [band.lower for band in bands[1:]],
        [(band.points, rule.weight) for band in bands],
    )


def _weigh(judged: tuple[tuple[float, float], ...]) -> tuple[float, list[float]]:
    """Points of the score, and the share of each factor, of (points, weight) pairs.

    To the hundredth of a point; the biggest share takes the rounding rest.
    """
    total = fsum(weight for _points, weight in judged)
    exact = [100 * points * weight / total for points, weight in judged]
    shares = [round(share) for share in exact]
    rest = round(fsum(exact)) - sum(shares)
    if rest:
        shares[shares.index(max(shares))] += rest
    return sum(shares) / 100, [share / 100 for share in shares]


def pick_grade(points: float | None, grades: Iterable[Grade]) -> Hashable | None:
    """Code of the best grade reached, of the unscored one when points is None.

    >>> grades = [Grade("A", 80), Grade("B", 60), Grade("C", 0), Grade("N", None)]
    >>> [pick_grade(points, grades) for points in (80, 79.99, 0, None)]
    ['A', 'B', 'C', 'N']
    """
    grades = list(grades)
    if points is None:
        return next((code for code, start in grades if start is None), None)
    reached = [
        (start, code) for code, start in grades if start is not None and start <= points
    ]
    return max(reached, key=lambda pair: pair[0])[1] if reached else None


# === BEHAVIOUR FIGURES === #

# What `factor_values` reads of the projection.
FACTOR_FIGURES = (
    "amount_late",
    "amount_open",
    "avg_days_late",
    "bounced_count",
    "days_late_trend",
    "exposure",
    "first_invoice_date",
    "judged_due_date",
    "late_count",
    "open_late_count",
    "paid_count",
    "promise_kept_ratio",
    "short_pay_share",
)


def factor_values(figures: Mapping, prior: float, today: date) -> dict:
    """Value of each factor of a customer, by its code; None where it is not known.

    ``figures`` has `FACTOR_FIGURES`, and ``limit_total``, the credit given in all (0
    without a limit); ``prior`` is the company's late share (0-1).
    """
    due, first = figures["judged_due_date"], figures["first_invoice_date"]
    judged = figures["paid_count"] + figures["open_late_count"]
    # Without a due date nothing is a debt: only rests within the tolerance are open.
    overdue_ratio = due and divide(figures["amount_late"], figures["amount_open"], 4)
    return {
        "late_share": shrunk_late_share(figures["late_count"], judged, prior),
        "weighted_days_late": figures["avg_days_late"],
        "oldest_overdue": max(0, (today - due).days) if due else 0,
        "overdue_ratio": overdue_ratio or 0.0,
        "trend": figures["days_late_trend"],
        "promise_kept_ratio": figures["promise_kept_ratio"],
        "bounced_count": figures["bounced_count"],
        "short_pay_share": figures["short_pay_share"],
        "tenure": (today - first).days if first else None,
        "limit_use": divide(max(0.0, figures["exposure"]), figures["limit_total"], 4),
    }


def judged_days_late(days_late: int, grace: int, our_fault_days: int = 0) -> int:
    """Days late that are the customer's: without grace and days of our own fault.

    >>> judged_days_late(32, 3), judged_days_late(2, 3), judged_days_late(32, 3, 40)
    (29, 0, 0)
    """
    return max(0, days_late - grace - our_fault_days)


def shrunk_late_share(late: int, settled: int, prior: float, m: float = 5) -> float:
    """Share of instalments paid late (0-1), drawn to the company's share ``prior``.

    ``m`` is the number of instalments the prior counts for, so that one late invoice
    does not make a customer of two look worse than one of two hundred.

    >>> shrunk_late_share(0, 0, 0.4), shrunk_late_share(5, 5, 0.4)
    (0.4, 0.7)
    """
    return (late + m * prior) / (settled + m)


def weighted_days_late(
    receipts: Iterable[tuple[float, float]],
    open_overdue: Iterable[tuple[float, float]] = (),
) -> float | None:
    """Amount-weighted days late; who does not pay at all must not look good.

    ``receipts`` are (amount, days late), ``open_overdue`` (residual, days overdue).

    >>> weighted_days_late([(600, 10), (400, 40)])
    22.0
    >>> weighted_days_late([(600, 10), (400, 40)], [(500, 70)])
    38.0
    >>> weighted_days_late([])
    """
    return _weighted_mean([*receipts, *open_overdue])


def weighted_days_to_pay(receipts: Iterable[tuple[float, float]]) -> float | None:
    """Amount-weighted days from invoice to money; pairs of (amount, days).

    >>> weighted_days_to_pay([(600, 40), (400, 70)])
    52.0
    """
    return _weighted_mean(receipts)


def _weighted_mean(pairs: Iterable[tuple[float, float]]) -> float | None:
    pairs = list(pairs)
    total = fsum(amount for amount, _days in pairs)
    if total < NO_MONEY:
        return None
    return fsum(amount * days for amount, days in pairs) / total
