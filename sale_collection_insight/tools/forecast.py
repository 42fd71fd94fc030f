"""What comes in week by week, and how well it was foretold."""

from collections.abc import Sequence
from datetime import date, timedelta

from .recovery import LAST_DAY, Band, expected_share

# The forecast looks so many weeks ahead, this week included.
WEEKS = 13
# Weeks a company must have compared before the range follows its own errors.
ENOUGH_WEEKS = 8
# The range holds what comes in 8 of 10 weeks.
LOW, HIGH = 0.1, 0.9
# Half more or less, before anything is known.
ASSUMED_MARGIN = 0.5
# Ages are counted in whole weeks up to the end of the recovery curve.
LAST_AGE = LAST_DAY // 7 + 1


def get_monday(day: date) -> date:
    """The first day of the week of a day.

    >>> get_monday(date(2026, 3, 1)), get_monday(date(2026, 3, 2))
    (datetime.date(2026, 2, 23), datetime.date(2026, 3, 2))
    """
    return day - timedelta(day.weekday())


def spread_overdue(
    curve: Sequence[Band], age: int, today: date
) -> list[tuple[float, float]]:
    """Parts (0-1) of an amount that have come before and by the end of each week.

    One pair for each week from this one on, and a last one for what comes later or
    never; the pairs follow on each other from 0 to 1.

    80 % are assumed to come evenly over a year, from tomorrow on:

    >>> from .recovery import SPANS, Seen, learn_curve
    >>> nothing = learn_curve([Seen()] * len(SPANS))
    >>> pairs = spread_overdue(nothing, 40, date(2026, 3, 4))
    >>> [tuple(round(part, 4) for part in pair) for pair in pairs[:2]]
    [(0.0, 0.011), (0.011, 0.0263)]
    >>> [tuple(round(part, 4) for part in pair) for pair in pairs[-2:]]
    [(0.1797, 0.1951), (0.1951, 1.0)]

    :param age: days overdue
    """
    first = 7 - today.weekday()
    ends = [expected_share(curve, age, first + 7 * week) for week in range(WEEKS)]
    return list(zip([0.0, *ends], [*ends, 1.0], strict=True))


def get_accuracy(forecast: float, came: float) -> float:
    """How near a forecast was to the money that came, from 0 (not at all) to 1.

    1 less the difference as a part of what came; 0 where it was off by all of it.

    >>> round(get_accuracy(90, 100), 2), round(get_accuracy(130, 100), 2)
    (0.9, 0.7)
    >>> get_accuracy(300, 100), get_accuracy(50, 0), get_accuracy(0, 0)
    (0.0, 0.0, 1.0)
    """
    if came <= 0:
        return 0.0 if forecast > 0 else 1.0
    return max(0.0, 1 - abs(forecast - came) / came)
