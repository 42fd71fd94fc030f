"""Months, changes and small charts of the key figures."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

# Months a small chart shows: a year and the month it began with.
MONTHS = 13
# Months that can be looked at, that of today among them.
CHOICES = 24

Values = Sequence[float | None]


class Kind(NamedTuple):
    """A key figure: where its words come from, and what its change means.

    :param code: key of the figure in all values
    :param model: model of the field that has the figure on its own screen
    :param field: field whose help defines the figure; none where no field has one
    :param unit: "money", "days" or "percent"
    :param better: 1 where more is better, -1 where less is, 0 where nobody can say
    :param clock: "day": as of the last day; "end": of month ends that are over;
        "month": of a whole month; "ahead": of the weeks that follow
    """

    code: str
    model: str
    field: str
    unit: str
    better: int
    clock: str


class Figure(NamedTuple):
    """A key figure of a month: its value, that of the month before, and a year of it.

    :param months: first days of the months of `values`; the last one is shown
    :param part: what of the last value counts towards `whole`
    :param whole: what that is a part of: all debts, or the target
    :param days: on which the forecasts were kept that it is of
    """

    kind: Kind
    months: list
    values: list
    part: float | None
    whole: float | None
    days: list | None

    @property
    def value(self):
        return self.values[-1]

    @property
    def before(self):
        return self.values[-2]


class Period(NamedTuple):
    """A month that is looked at, on a day.

    >>> november = Period(date(2026, 11, 1), date(2026, 11, 15))
    >>> november.is_running, november.back, november.last.isoformat()
    (True, 0, '2026-11-15')
    >>> october = Period(date(2026, 10, 1), date(2026, 11, 15))
    >>> october.is_running, october.back, october.last.isoformat()
    (False, 1, '2026-10-31')
    """

    first: date
    today: date

    @property
    def is_running(self) -> bool:
        return not self.back

    @property
    def back(self) -> int:
        """Months between this one and that of today."""
        today = self.today
        return (today.year - self.first.year) * 12 + today.month - self.first.month

    @property
    def end(self) -> date:
        """Last day of the month."""
        return self.first + relativedelta(months=1) - timedelta(1)

    @property
    def last(self) -> date:
        """Last day that counts: no later than today."""
        return min(self.end, self.today)

    @property
    def months(self) -> list[date]:
        """First days of the months of the small chart, this one last.

        >>> months = Period(date(2026, 10, 1), date(2026, 11, 15)).months
        >>> months[0].isoformat(), months[-1].isoformat(), len(months)
        ('2025-10-01', '2026-10-01', 13)
        """
        return [
            self.first - relativedelta(months=back) for back in reversed(range(MONTHS))
        ]


def get_period(month: date | None, today: date) -> Period:
    """The month looked at; that of today for one that cannot be looked at.

    >>> get_period(None, date(2026, 11, 15)).first.isoformat()
    '2026-11-01'
    >>> get_period(date(2026, 9, 30), date(2026, 11, 15)).first.isoformat()
    '2026-09-01'
    >>> get_period(date(2027, 1, 1), date(2026, 11, 15)).first.isoformat()
    '2026-11-01'
    """
    period = Period((month or today).replace(day=1), today)
    return period if 0 <= period.back < CHOICES else get_period(None, today)


def get_choices(today: date) -> list[date]:
    """First days of the months that can be looked at, the latest first.

    >>> [day.isoformat() for day in get_choices(date(2026, 1, 31))[:2]]
    ['2026-01-01', '2025-12-01']
    """
    first = today.replace(day=1)
    return [first - relativedelta(months=back) for back in range(CHOICES)]


def get_change(
    value: float | None, before: float | None, is_relative: bool
) -> float | None:
    """How far a figure moved: in percent of what it was, else plainly.

    >>> get_change(90, 120, True), get_change(35.0, 32.5, False)
    (-25.0, 2.5)

    No change without both, or in percent of nothing:

    >>> get_change(90, None, False), get_change(90, 0, True)
    (None, None)
    """
    if value is None or before is None:
        return None
    if not is_relative:
        return value - before
    return (value - before) / before * 100 if before > 0 else None


def get_trend(change: float | None, better: int) -> str:
    """Whether a change is "good" or "bad"; neither for what rounds to nothing.

    :param better: 1 where more is better, -1 where less is, 0 where nobody can say

    >>> get_trend(2.0, 1), get_trend(2.0, -1), get_trend(0.04, 1), get_trend(5, 0)
    ('good', 'bad', '', '')
    """
    sign = round(change or 0, 1) * better
    return "good" if sign > 0 else "bad" if sign < 0 else ""


def get_path(values: Values, width: int, height: int) -> str:
    """The line of a small chart, as the path of an SVG.

    A gap in the values is one in the line; a single value is a short line. The chart
    goes from 0, or the least where that is below, to the greatest.

    >>> get_path([0, 10, None, 5, 5], 40, 20)
    'M0.0,20.0 L10.0,0.0 M30.0,10.0 L40.0,10.0'
    >>> get_path([None, 3], 40, 20)
    'M39.0,0.0 L40.0,0.0'
    >>> get_path([], 40, 20)
    ''
    """
    known = [value for value in values if value is not None]
    low, high = min(0, *known, 0), max(0, *known, 0)
    step, span = width / max(len(values) - 1, 1), high - low or 1
    lines, line = [], []
    for index, value in enumerate([*values, None]):
        if value is not None:
            line.append((index * step, height - (value - low) / span * height))
        elif line:
            if len(line) == 1:
                [(x, y)] = line
                line = [(x - 1, y), (x, y)] if x else [(x, y), (x + 1, y)]
            lines.append("M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in line))
            line = []
    return " ".join(lines)


class Bar(NamedTuple):
    """A bar of a chart, from its top left corner, and the part of it marked."""

    x: float
    y: float
    width: float
    height: float
    marked: float


def get_bars(
    values: Values, width: int, height: int, marked: Values = ()
) -> list[Bar | None]:
    """Bars of a chart, one for each value; None where there is none above 0.

    :param marked: the part of each value that stands out at its foot

    >>> get_bars([10, None, 5], 90, 20, [5, None, 0])
    [Bar(x=3.0, y=0.0, width=24.0, height=20.0, marked=10.0), None, \
Bar(x=63.0, y=10.0, width=24.0, height=10.0, marked=0.0)]
    """
    high = max((value for value in values if value), default=0)
    slot = width / max(len(values), 1)
    parts = marked or [0] * len(values)
    return [
        Bar(
            index * slot + slot * 0.1,
            height - value / high * height,
            slot * 0.8,
            value / high * height,
            max(part or 0, 0) / high * height,
        )
        if value and value > 0
        else None
        for index, (value, part) in enumerate(zip(values, parts, strict=True))
    ]
