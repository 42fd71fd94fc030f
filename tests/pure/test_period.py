"""Working days and payment days against a day-by-day search."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.sale_collection.tools.period import (
    SETTLEMENT_RULES,
    PaymentDays,
    half_month_bounds,
    last_settlement_bounds,
    month_bounds,
    next_payment_day,
    next_working_day,
    predict_payment,
    previous_working_day,
    quarter_bounds,
    settlement_bounds,
    week_shift,
)

days = st.dates(date(2019, 1, 1), date(2029, 12, 31))
payment_days = st.builds(
    PaymentDays,
    st.lists(st.integers(1, 31), max_size=3).map(tuple),
    st.lists(st.integers(0, 6), max_size=2).map(tuple),
)


def is_payment_day(day, routine):
    last = month_bounds(day)[1].day
    month_days = [min(number, last) for number in routine.month_days]
    return day.day in month_days or day.weekday() in routine.weekdays


@given(days, payment_days)
def test_next_payment_day_is_the_first(day, routine):
    found = next_payment_day(day, routine)
    if routine == PaymentDays():
        assert found == day
        return
    assert is_payment_day(found, routine)
    between = [day + timedelta(number) for number in range((found - day).days)]
    assert not any(is_payment_day(earlier, routine) for earlier in between)


@given(days)
def test_working_days_lie_around(day):
    before, after = previous_working_day(day), next_working_day(day)
    assert before <= day <= after
    assert (after - before).days in (0, 3)


def test_holidays():
    new_year = {date(2026, 1, 1), date(2026, 1, 2)}

    def is_working(day):
        return day.weekday() < 5 and day not in new_year

    assert next_working_day(date(2026, 1, 1), is_working) == date(2026, 1, 5)
    assert previous_working_day(date(2026, 1, 4), is_working) == date(2025, 12, 31)


@pytest.mark.parametrize(
    ("due", "median", "today", "expected"),
    [
        (date(2026, 11, 9), 0, date(2026, 11, 1), date(2026, 11, 9)),
        (date(2026, 11, 7), 1, date(2026, 11, 1), date(2026, 11, 10)),
        (date(2026, 11, 9), -3, date(2026, 11, 1), date(2026, 11, 6)),
        (date(2026, 11, 9), -2, date(2026, 11, 1), date(2026, 11, 9)),
        (date(2026, 11, 9), 2.5, date(2026, 11, 1), date(2026, 11, 11)),
        (date(2026, 11, 18), 3, date(2026, 11, 21), date(2026, 11, 23)),
        (date(2026, 11, 17), 3, date(2026, 11, 21), None),
        (date(2026, 1, 9), 3, date(2026, 11, 21), None),
    ],
)
def test_predict_payment(due, median, today, expected):
    assert predict_payment(due, median, today) == expected


def test_predict_payment_run():
    twice_a_month = PaymentDays((10, 25))
    today = date(2026, 10, 1)
    predicted = predict_payment(
        date(2026, 11, 12), 0, today, payment_days=twice_a_month
    )
    assert predicted == date(2026, 11, 25)
    on_sunday = predict_payment(
        date(2026, 10, 3), 0, today, payment_days=PaymentDays((25,))
    )
    assert on_sunday == date(2026, 10, 26)


def test_bounds():
    assert month_bounds(date(2026, 12, 31)) == (date(2026, 12, 1), date(2026, 12, 31))
    for month in (1, 2, 3):
        first, last = quarter_bounds(date(2026, month, 1))
        assert (first, last) == (date(2026, 1, 1), date(2026, 3, 31))


@given(days, days)
def test_week_shift_keeps_weekdays_and_never_passes_today(last, today):
    moved = last + week_shift(last, today)
    assert moved.weekday() == last.weekday()
    assert timedelta(0) <= today - moved < timedelta(7)


@given(days, st.sampled_from(sorted(SETTLEMENT_RULES)))
def test_settlement_periods_follow_each_other(day, rule):
    """Every day is in one period, and the next begins the day after its end."""
    first, last = settlement_bounds(rule, day)
    assert first <= day <= last
    assert settlement_bounds(rule, first) == settlement_bounds(rule, last)
    assert settlement_bounds(rule, last + timedelta(1))[0] == last + timedelta(1)
    assert last_settlement_bounds(rule, last + timedelta(1)) == (first, last)


@pytest.mark.parametrize(
    ("day", "last"), [("01-31", 31), ("02-20", 28), ("04-16", 30), ("03-15", 15)]
)
def test_half_months_end_with_the_month(day, last):
    assert half_month_bounds(date.fromisoformat(f"2026-{day}"))[1].day == last
