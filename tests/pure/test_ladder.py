"""Reminder ladders: walked day by day, missed, entered late, repeated, netted."""

from datetime import date, timedelta
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.sale_collection_reminder.tools.ladder import (
    NEW,
    Credit,
    Debt,
    Progress,
    Step,
    advance,
    net,
    next_step,
    pick_step,
)

DUE = date(2026, 1, 31)
LADDER = [Step(1, -3), Step(2, 0), Step(3, 5), Step(4, 20), Step(5, 40)]
LATE = LADDER[2:]
days = st.integers(-10, 120)
cents = st.integers(1, 10**8).map(lambda number: number / 100)


def every_day(day):
    return True


def walk(steps, nights, due=DUE, entry=None, progress=NEW):
    """Live through nights (days after the due date); return [(night, step)]."""
    found = []
    for night in nights:
        today = due + timedelta(night)
        start = max(due, progress.start or due)
        step = pick_step(steps, start, today, progress, entry, every_day)
        if step:
            progress = advance(progress, step, today)
            found.append((night, step.step.days))
    return found


@pytest.mark.parametrize(
    ("nights", "expected"),
    [
        (range(-10, 60), [(-3, -3), (0, 0), (5, 5), (20, 20), (40, 40)]),
        # three nights missed, caught up once at the highest step
        ([-3, 0, 8, 9, 23, 24], [(-3, -3), (0, 0), (8, 5), (23, 20)]),
        # announced too late is not announced
        (range(1, 10), [(5, 5)]),
        # a month without a night: no final demand before any notice
        ([-3, 45, 46, 60, 80], [(-3, -3), (45, 5), (60, 20), (80, 40)]),
        # a month without a night after a notice: the highest step, once
        ([5, 45, 46], [(5, 5), (45, 40)]),
    ],
)
def test_walks(nights, expected):
    assert walk(LADDER, nights) == expected


def test_three_years_late_walks_the_ladder_from_its_first_notice():
    nights = range(1000, 1060)
    assert walk(LADDER, nights) == [(1000, 5), (1015, 20), (1035, 40)]


def test_entry_step_is_the_lowest_a_late_debt_begins_at():
    nights = range(1000, 1060)
    assert walk(LADDER, nights, entry=4) == [(1000, 20), (1020, 40)]
    # what falls due now walks all of it
    assert walk(LADDER, range(0, 30), entry=4) == [(0, 0), (5, 5), (20, 20)]


def test_repeats():
    steps = [Step(1, 5), Step(2, 10, repeat_days=7, repeat_max=2)]
    assert walk(steps, range(60)) == [(5, 5), (10, 10), (17, 10), (24, 10)]


def test_paused_debt_counts_from_the_end_of_the_pause():
    first = Progress(3, 5, DUE + timedelta(5), 1, DUE, 1)
    end = DUE + timedelta(12)
    assert pick_step(LADDER, end, end + timedelta(19), first, None, every_day) is None
    due = pick_step(LADDER, end, end + timedelta(20), first, None, every_day)
    assert (due.step.days, due.cycle) == (20, 1)


def test_settled_debt_that_opens_again_is_a_new_cycle():
    due = pick_step(LATE, DUE, DUE + timedelta(50), Progress(cycle=2), None, every_day)
    assert (due.step.days, due.cycle) == (5, 3)


@given(st.lists(days, unique=True).map(sorted))
def test_never_backwards_and_never_twice(nights):
    """Whatever nights there are, steps only rise and are sent once each."""
    sent = [step for __, step in walk(LADDER, nights)]
    assert sent == sorted(set(sent))


@given(days)
def test_the_next_step_is_the_first_day_the_walk_sends(night):
    today = DUE + timedelta(night)
    found = next_step(LADDER, DUE, today, NEW, None, every_day)
    walked = walk(LADDER, range(night, night + 200))
    assert (found[0] - DUE).days == walked[0][0]
    assert found[1].days == walked[0][1]


@given(st.lists(cents, max_size=6), st.lists(cents, max_size=6))
def test_netting_takes_what_there_is_and_no_more(amounts, credits):
    debts = [Debt(number, number, amount) for number, amount in enumerate(amounts)]
    left = net(debts, [Credit(amount) for amount in credits])
    assert all(-0.005 < left[debt.id] <= debt.amount for debt in debts)
    rest = max(fsum(amounts) - fsum(credits), 0.0)
    assert abs(fsum(left.values()) - rest) < 0.01
