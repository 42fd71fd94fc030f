"""Habits of a customer: thirds of the month, weekdays and days of the month."""

from datetime import date, timedelta

import pytest

from odoo.addons.sale_collection.tools.habit import (
    HABIT_FROM,
    Learnt,
    find_days,
    find_habit,
    learn_habit,
)
from odoo.addons.sale_collection.tools.period import (
    NO_THIRDS,
    PaymentDays,
    next_payment_day,
    next_working_day,
    predict_payment,
    usual_days_late,
)
from odoo.addons.sale_collection.tools.record import Case

START = date(2026, 1, 2)


def make_cases(count, days_late):
    """One instalment a week, paid `days_late(due)` days after its due date."""
    dues = [START + timedelta(weeks=week) for week in range(count)]
    return [
        Case(due - timedelta(30), due, due, due + timedelta(days_late(due)), 100)
        for due in dues
    ]


def test_thirds_from_fifteen_payments_on():
    cases = make_cases(40, lambda due: 1 if due.day <= 10 else 12)
    assert learn_habit(cases).thirds == (1.0, 12.0, 12.0)
    assert learn_habit(cases[: HABIT_FROM - 1]) == Learnt()


def test_thirds_that_tell_nothing_are_none():
    cases = make_cases(60, lambda due: due.toordinal() % 5)
    assert learn_habit(cases).thirds == NO_THIRDS


def test_third_goes_before_the_median():
    cases = make_cases(40, lambda due: 1 if due.day <= 10 else 12)
    habit = find_habit(cases, learn_habit(cases).thirds)
    early, late = date(2026, 11, 4), date(2026, 11, 25)
    assert usual_days_late(habit, early, False, 0) == 1.0
    assert usual_days_late(habit, late, True, 0) == 12.0


@pytest.mark.parametrize("weekday", range(5))
def test_learnt_weekday_is_met_whatever_the_due_date(weekday):
    """Who pays each Friday is predicted on that Friday, not on the next one."""
    days = PaymentDays(weekdays=(weekday,))
    dues = [START + timedelta(number) for number in range(0, 400, 3)]
    cases = []
    for due in dues:
        paid = next_payment_day(next_working_day(due), days)
        cases.append(Case(due, due, next_working_day(due), paid, 1))
    learnt = learn_habit(cases)
    assert learnt.payment_days == days
    habit = find_habit(cases, learnt.thirds)
    missed = 0
    for case in cases:
        usual = usual_days_late(habit, case.due, case.day_off, 0)
        found = predict_payment(
            case.due, usual, date.min, payment_days=days, slack=days.slack
        )
        assert found.weekday() == weekday
        missed += found != case.paid
    assert missed <= len(cases) / 3


@pytest.mark.parametrize("numbers", [(10,), (5, 20), (10, 25), (31,), (1, 11, 21)])
def test_days_of_the_month(numbers):
    """A payment day on a weekend is kept on the next working day."""
    days = PaymentDays(numbers)
    found, day = set(), date(2025, 1, 1)
    while day < date(2026, 12, 1):
        day = next_payment_day(day, days)
        found.add(next_working_day(day))
        day += timedelta(1)
    assert find_days(found).month_days == numbers


def test_any_day_is_no_payment_day():
    days = [START + timedelta(number) for number in range(0, 300, 3)]
    assert find_days({next_working_day(day) for day in days}) == PaymentDays()
