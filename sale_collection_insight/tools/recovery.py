"""How much of what is overdue still comes in, by its age in days overdue.

Ages are days late: from the due date, moved to a working day, to the money. Shares
are 0-1 of amounts in company currency.
"""

from collections.abc import Sequence
from typing import NamedTuple

# First days of the bands of age; each ends where the next one begins.
FIRSTS = (1, 31, 61, 91, 181, 366, 731)
# The last band has no end: what came in its first year counts as all there is.
LAST_DAY = 1095
SPANS = tuple(zip(FIRSTS, (*(day - 1 for day in FIRSTS[1:]), LAST_DAY), strict=True))

# With fewer payments and open rests than that in a band, its share says little.
LEAST_COUNT = 10

# Before a company has data of its own: 80 % of what is up to two years overdue comes
# in, 20 % of what is older, evenly over the year that follows.
ASSUMED_SHARE, ASSUMED_SHARE_BEYOND = 0.8, 0.2
ASSUMED_DAYS = 365

OWN, PARTLY, ASSUMED = "own", "partly", "assumed"


class Seen(NamedTuple):
    """What became of amounts that were open when a band of age began.

    ``count`` is the number of payments and open rests they fell into, ``money`` what
    came within the band, ``gone`` what left within it otherwise: credit notes,
    discounts, write-offs.
    """

    count: int = 0
    amount: float = 0.0
    money: float = 0.0
    gone: float = 0.0


class Band(NamedTuple):
    """One band of the recovery curve, ``first`` to ``last`` day overdue.

    ``share`` of what is open as the band begins comes within it and ``gone`` leaves
    otherwise (both None while assumed); ``recovered`` comes in it or ever after.
    ``basis`` tells whether that is the company's own experience.
    """

    first: int
    last: int
    seen: Seen
    share: float | None
    gone: float | None
    recovered: float
    basis: str


def learn_curve(seen: Sequence[Seen]) -> tuple[Band, ...]:
    """The bands of the recovery curve from what was seen in each of ``SPANS``.

    From the first band with too few cases on, everything is assumed.

    Nothing seen: 80 % to two years, 20 % beyond.

    >>> nothing = learn_curve([Seen()] * 7)
    >>> [band.recovered for band in nothing]
    [0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.2]
    >>> {band.basis for band in nothing}
    {'assumed'}

    Half of 1,000 comes within 30 days and 100 is credited; of the other 400 the rule
    says 80 %:

    >>> first = learn_curve([Seen(20, 1000, 500, 100), *[Seen()] * 6])[0]
    >>> round(first.recovered, 4), first.basis
    (0.82, 'partly')

    All bands seen, and half comes in each of them:

    >>> curve = learn_curve([Seen(20, 1000, 500)] * 7)
    >>> [round(band.recovered, 4) for band in curve[-3:]], curve[0].basis
    ([0.875, 0.75, 0.5], 'own')
    """
    known = 0
    while known < len(seen) and _is_enough(seen[known]):
        known += 1
    later = 0.0
    bands: list[Band] = []
    for number in reversed(range(len(SPANS))):
        if number >= known:
            band = _assume_band(number, seen[number])
        else:
            basis = OWN if known == len(SPANS) else PARTLY
            band = _learn_band(number, seen[number], later, basis)
        later = band.recovered
        bands.append(band)
    return tuple(reversed(bands))


def expected_share(curve: Sequence[Band], age: int, days: int | None = None) -> float:
    """Part of an amount open at an age that comes within so many days.

    ``days`` None: ever. Within a band money is spread evenly over its days. What is
    not yet overdue counts as just due.

    >>> curve = learn_curve([Seen(20, 1000, 600)] * 7)
    >>> round(expected_share(curve, 1, 30), 4), round(expected_share(curve, 1, 15), 4)
    (0.6, 0.3)

    Half way through the band 0.3 has come; of the other 0.7 another 0.3:

    >>> round(expected_share(curve, 16, 15), 4)
    0.4286
    >>> round(expected_share(curve, 1, 60), 4)  # 0.6, and 0.6 of the rest
    0.84

    An assumption comes evenly over a year:

    >>> nothing = learn_curve([Seen()] * 7)
    >>> expected_share(nothing, 10), expected_share(nothing, 800)
    (0.8, 0.2)
    >>> round(expected_share(nothing, 10, 73), 4)
    0.16
    """
    total, left = 0.0, 1.0
    for band in curve[_find_band(age) :]:
        if band.share is None:
            return total + left * band.recovered * _get_assumed_part(days)
        length = band.last - band.first + 1
        # Of what is older than the curve is long nothing else is known.
        passed = max(age - band.first, 0) if age <= LAST_DAY else 0
        steps = length - passed if days is None else min(days, length - passed)
        leaving = (band.share + band.gone) / length
        open_before = 1 - leaving * passed
        total += left * band.share / length * steps / open_before
        left *= (open_before - leaving * steps) / open_before
        if days is not None:
            days -= steps
    return total


def _find_band(age: int) -> int:
    return max((n for n, first in enumerate(FIRSTS) if first <= age), default=0)


def _get_assumed_part(days: int | None) -> float:
    return 1.0 if days is None else min(days / ASSUMED_DAYS, 1.0)


def _is_enough(seen: Seen) -> bool:
    return seen.count >= LEAST_COUNT and seen.amount > 0


def _assume_band(number: int, seen: Seen) -> Band:
    is_last = number == len(SPANS) - 1
    share = ASSUMED_SHARE_BEYOND if is_last else ASSUMED_SHARE
    return Band(*SPANS[number], seen, None, None, share, ASSUMED)


def _learn_band(number: int, seen: Seen, later: float, basis: str) -> Band:
    # Money given back can exceed what came, and a credit note what was open.
    share = min(max(seen.money / seen.amount, 0.0), 1.0)
    gone = min(max(seen.gone / seen.amount, 0.0), 1.0 - share)
    recovered = share + (1 - share - gone) * later
    return Band(*SPANS[number], seen, share, gone, recovered, basis)
