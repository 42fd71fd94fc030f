"""Calendar arithmetic: working days, payment days, month and quarter bounds."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Collection
from datetime import date, timedelta
from typing import NamedTuple

# Longest closing a calendar can have. Past it the calendar has no working day at
# all (a company that never filled it in) and a date is better left where it is.
LONGEST_CLOSING = 62

# Half the days of a week and of a month: as far from one payment day as the next.
WEEK_SLACK, MONTH_SLACK = 3, 15

# Last day of the first half of a month.
HALF_MONTH = 15

IsWorking = Callable[[date], bool]


class PaymentDays(NamedTuple):
    """When a customer runs its payments: days of the month, weekdays or both.

    Days of the month beyond its end mean the last day; weekdays count from 0, Monday.
    """

    month_days: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()

    @property
    def slack(self) -> int:
        """Half the days from one payment day to the next.

        >>> PaymentDays(weekdays=(4,)).slack, PaymentDays((10, 25)).slack, ANY_DAY.slack
        (3, 7, 0)
        """
        if self.weekdays:
            return WEEK_SLACK
        return MONTH_SLACK // len(self.month_days) if self.month_days else 0


ANY_DAY = PaymentDays()


def parse_month_days(text: str) -> tuple[int, ...]:
    """Days of the month from a text; raises ``ValueError`` for anything else.

    Full-width and other digits are read as well, as keyboards type them:

    >>> parse_month_days("10, 25"), parse_month_days("")
    ((10, 25), ())
    >>> parse_month_days("\uff11\uff10\u3001\u0662\u0665.")  # 10, 25
    (10, 25)
    >>> parse_month_days("32")
    Traceback (most recent call last):
    ValueError: not a day of a month: 32
    """
    # Digits of any script are decimals to Python, but not to SQL.
    parts = re.split("[,;\u3001\u060c]", unicodedata.normalize("NFKC", text))
    days = tuple(int(part.strip().rstrip(".")) for part in parts if part.strip())
    for day in days:
        if not 1 <= day <= 31:
            raise ValueError(f"not a day of a month: {day}")
    return days


# Paid instalments from which a customer's own median is believed: of all of them,
# and of those due on a day off, which some pay before it and others after.
OWN_MEDIAN_FROM = 3
DAY_OFF_MEDIAN_FROM = 5


NO_THIRDS = (None, None, None)


class Habit(NamedTuple):
    """How late a customer pays: paid instalments and their median days late.

    ``day_off_*`` are those of them that were due on a day off; ``thirds`` the median
    days late by third of the month of the due date, where the customer has such a
    habit.
    """

    paid_count: int = 0
    median_days_late: float | None = None
    day_off_paid_count: int = 0
    day_off_median: float | None = None
    thirds: tuple[float | None, ...] = NO_THIRDS


def third_of(day: date) -> int:
    """The third of the month: 0 to the 10th, 1 to the 20th, 2 to its end.

    >>> [third_of(date(2026, 10, number)) for number in (10, 11, 20, 21, 31)]
    [0, 1, 1, 2, 2]
    """
    return min((day.day - 1) // 10, 2)


def is_weekday(day: date) -> bool:
    """Whether ``day`` is Monday to Friday: the calendar of who has none.

    >>> is_weekday(date(2026, 11, 13)), is_weekday(date(2026, 11, 14))
    (True, False)
    """
    return day.weekday() < 5


def next_working_day(day: date, is_working: IsWorking = is_weekday) -> date:
    """The first working day on or after ``day``: the effective due date.

    >>> next_working_day(date(2026, 11, 14)).isoformat()
    '2026-11-16'
    >>> next_working_day(date(2026, 11, 14), lambda day: False).isoformat()
    '2026-11-14'
    """
    return _seek(day, timedelta(1), is_working)


def previous_working_day(day: date, is_working: IsWorking = is_weekday) -> date:
    """The last working day on or before ``day``.

    >>> previous_working_day(date(2026, 11, 15)).isoformat()
    '2026-11-13'
    """
    return _seek(day, timedelta(-1), is_working)


def _seek(day: date, step: timedelta, is_working: Callable[[date], bool]) -> date:
    found = day
    for _attempt in range(LONGEST_CLOSING):
        if is_working(found):
            return found
        found += step
    return day


def next_payment_day(day: date, payment_days: PaymentDays) -> date:
    """The first day on or after ``day`` on which the customer runs its payments.

    >>> next_payment_day(date(2026, 11, 12), PaymentDays((10, 25))).isoformat()
    '2026-11-25'
    >>> next_payment_day(date(2026, 11, 26), PaymentDays((10, 25))).isoformat()
    '2026-12-10'
    >>> next_payment_day(date(2026, 2, 12), PaymentDays((31,))).isoformat()
    '2026-02-28'
    >>> next_payment_day(date(2026, 11, 12), PaymentDays(weekdays=(4,))).isoformat()
    '2026-11-13'
    >>> next_payment_day(date(2026, 11, 12), ANY_DAY).isoformat()
    '2026-11-12'
    """
    found = _next_month_day(day, payment_days.month_days)
    found += _next_weekday(day, payment_days.weekdays)
    return min(found, default=day)


def _next_month_day(day: date, month_days: Collection[int]) -> list[date]:
    """The next of these days of the month, in this month or at the next one's start."""
    first, last = month_bounds(day)
    for start in (first, last + timedelta(1)):
        length = monthrange(start.year, start.month)[1]
        days = [start.replace(day=min(number, length)) for number in month_days]
        coming = [found for found in days if found >= day]
        if coming:
            return [min(coming)]
    return []


def _next_weekday(day: date, weekdays: Collection[int]) -> list[date]:
    return [day + timedelta((number - day.weekday()) % 7) for number in weekdays]


def usual_days_late(
    habit: Habit, due: date, day_off: bool, company_median: float
) -> float:
    """Median days late to expect of an instalment, due on a day off or not.

    >>> habit, due = Habit(12, 1.0, 5, -3.0), date(2026, 11, 12)
    >>> usual_days_late(habit, due, False, 4.0), usual_days_late(habit, due, True, 4.0)
    (1.0, -3.0)
    >>> usual_days_late(habit._replace(day_off_paid_count=4), due, True, 4.0)
    1.0
    >>> usual_days_late(habit._replace(thirds=(None, 8.0, None)), due, True, 4.0)
    8.0
    >>> usual_days_late(Habit(2, 9.0), due, False, 4.0)
    4.0
    """
    own = habit.thirds[third_of(due)]
    if own is not None:
        return own
    if day_off and habit.day_off_paid_count >= DAY_OFF_MEDIAN_FROM:
        return habit.day_off_median
    if habit.paid_count >= OWN_MEDIAN_FROM:
        return habit.median_days_late
    return company_median


def predict_payment(
    due: date,
    median_days_late: float,
    today: date,
    is_working: IsWorking = is_weekday,
    payment_days: PaymentDays = ANY_DAY,
    slack: int = 0,
) -> date | None:
    """When an open instalment will be paid, never before ``today``.

    None where it is overdue and should have come by now.

    The due date moved to a working day, plus the customer's median days late (days,
    counted from that effective due date), moved to the customer's next payment day
    and then to a working day. ``slack`` is by how many days a payment day may lie
    before the expected one: half the days between two where payment days were learnt,
    for the median has the wait for them in it already.

    >>> soon = date(2026, 10, 1)
    >>> predict_payment(date(2026, 11, 7), 3, soon).isoformat()  # a Saturday
    '2026-11-12'
    >>> twice_a_month = PaymentDays((10, 25))
    >>> predict_payment(
    ...     date(2026, 11, 7), 3, soon, payment_days=twice_a_month
    ... ).isoformat()
    '2026-11-25'
    >>> predict_payment(
    ...     date(2026, 11, 7), 3, soon, payment_days=twice_a_month, slack=7
    ... ).isoformat()
    '2026-11-10'
    >>> predict_payment(date(2026, 11, 7), 3, date(2026, 11, 21))
    """
    effective_due = next_working_day(due, is_working)
    expected = effective_due + timedelta(round(median_days_late))
    if max(expected, due) < today:
        return None
    expected = max(expected - timedelta(slack), today)
    return next_working_day(next_payment_day(expected, payment_days), is_working)


def month_bounds(day: date) -> tuple[date, date]:
    """First and last day of the month of ``day``.

    >>> [bound.isoformat() for bound in month_bounds(date(2024, 2, 12))]
    ['2024-02-01', '2024-02-29']
    """
    length = monthrange(day.year, day.month)[1]
    return day.replace(day=1), day.replace(day=length)


def quarter_bounds(day: date) -> tuple[date, date]:
    """First and last day of the quarter of ``day``.

    >>> [bound.isoformat() for bound in quarter_bounds(date(2026, 11, 12))]
    ['2026-10-01', '2026-12-31']
    """
    first_month = day.month - (day.month - 1) % 3
    first = date(day.year, first_month, 1)
    return first, month_bounds(first.replace(month=first_month + 2))[1]


def half_month_bounds(day: date) -> tuple[date, date]:
    """First and last day of the half of the month of ``day``, 1-15 or 16-end.

    >>> [bound.isoformat() for bound in half_month_bounds(date(2026, 1, 31))]
    ['2026-01-16', '2026-01-31']
    >>> [bound.isoformat() for bound in half_month_bounds(date(2026, 1, 15))]
    ['2026-01-01', '2026-01-15']
    """
    first, last = month_bounds(day)
    if day.day <= HALF_MONTH:
        return first, day.replace(day=HALF_MONTH)
    return day.replace(day=HALF_MONTH + 1), last


def settlement_bounds(rule: str, day: date) -> tuple[date, date]:
    """First and last day of the settlement period ``day`` lies in.

    :param rule: ``month``, ``half_month`` or ``quarter``

    >>> [bound.isoformat() for bound in settlement_bounds("quarter", date(2026, 5, 1))]
    ['2026-04-01', '2026-06-30']
    """
    return SETTLEMENT_RULES[rule](day)


def last_settlement_bounds(rule: str, today: date) -> tuple[date, date]:
    """First and last day of the latest settlement period that is over.

    >>> [b.isoformat() for b in last_settlement_bounds("half_month", date(2026, 2, 3))]
    ['2026-01-16', '2026-01-31']
    >>> [b.isoformat() for b in last_settlement_bounds("month", date(2026, 3, 31))]
    ['2026-02-01', '2026-02-28']
    """
    first, _last = settlement_bounds(rule, today)
    return settlement_bounds(rule, first - timedelta(1))


SETTLEMENT_RULES = {
    "month": month_bounds,
    "half_month": half_month_bounds,
    "quarter": quarter_bounds,
}


def bounds(length: str, day: date) -> tuple[date, date]:
    """First and last day of the ``month``, ``quarter`` or ``year`` of ``day``.

    >>> [bound.isoformat() for bound in bounds("year", date(2026, 11, 12))]
    ['2026-01-01', '2026-12-31']
    """
    if length == "month":
        return month_bounds(day)
    if length == "quarter":
        return quarter_bounds(day)
    return date(day.year, 1, 1), date(day.year, 12, 31)


def next_bounds(first: date, last: date) -> tuple[date, date]:
    """First and last day of the period that follows: as many months, else days.

    >>> [day.isoformat() for day in next_bounds(date(2026, 1, 1), date(2026, 1, 31))]
    ['2026-02-01', '2026-02-28']
    >>> [day.isoformat() for day in next_bounds(date(2026, 3, 2), date(2026, 3, 15))]
    ['2026-03-16', '2026-03-29']
    """
    start = last + timedelta(1)
    months = (start.year - first.year) * 12 + start.month - first.month
    if not months or start.day != first.day:
        return start, start + (last - first)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return start, date(year, month + 1, day) - timedelta(1)


def bounds_at(first: date, last: date, day: date) -> tuple[date, date]:
    """The following period of the same length that ``day`` lies in, or the next one.

    >>> march = date(2026, 3, 9)
    >>> found = bounds_at(date(2026, 1, 1), date(2026, 1, 31), march)
    >>> [bound.isoformat() for bound in found]
    ['2026-03-01', '2026-03-31']
    """
    first, last = next_bounds(first, last)
    while last < day:
        first, last = next_bounds(first, last)
    return first, last


def week_shift(last: date, today: date) -> timedelta:
    """Whole weeks to move a book so that its ``last`` day is the latest up to today.

    Whole weeks keep every weekday, so due dates stay working days or weekends.

    >>> shift = week_shift(date(2019, 7, 31), date(2026, 11, 22))
    >>> (date(2019, 7, 31) + shift).isoformat(), shift.days % 7
    ('2026-11-18', 0)
    """
    return timedelta(weeks=(today - last).days // 7)
