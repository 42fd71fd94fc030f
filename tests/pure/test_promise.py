"""Promises: limits of the judgement, splits that sum, trust that stays in range."""

from datetime import date, timedelta
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.sale_collection.tools.promise import (
    Case,
    Instalment,
    Money,
    Rules,
    ask,
    dates_through,
    expected,
    judge,
    judge_case,
    judge_standing,
    plan_dates,
    plan_instalments,
    reliability,
    split_oldest,
    split_pro_rata,
)

DAY = date(2026, 3, 10)
cents = st.integers(1, 10**8).map(lambda number: number / 100)
days = st.integers(-20, 60).map(lambda number: DAY + timedelta(number))
money_lists = st.lists(st.tuples(days, cents), max_size=6)


def fixed(amount=1000.0):
    return [Instalment(DAY, amount)]


@pytest.mark.parametrize(
    ("paid_on", "state", "fulfilment"),
    [
        (DAY, "kept", 1.0),
        (DAY + timedelta(3), "kept", 1.0),
        (DAY + timedelta(12), "broken", 18 / 27),
        (DAY + timedelta(30), "broken", 0.0),
    ],
)
def test_late_money(paid_on, state, fulfilment):
    money = [(paid_on, 1000.0)]
    verdict = judge(fixed(), money, DAY + timedelta(90), Rules(grace=3))
    assert verdict.state == state
    assert verdict.fulfilment == pytest.approx(fulfilment)


def test_credit_note_lowers_the_promise():
    verdict = judge(fixed(), [(DAY, 700.0)], DAY, payable=700.0)
    assert (verdict.state, verdict.fulfilment) == ("kept", 1.0)
    assert judge(fixed(500.0), [], DAY, payable=700.0).state == "open"


def test_missed_instalment_ends_the_plan_or_not():
    plan = plan_instalments(900, DAY, "weekly", 3)
    money = [(DAY, 300.0)]
    later = DAY + timedelta(10)
    assert judge(plan, money, later).state == "partial"
    assert judge(plan, money, later, Rules(accelerate=False)).state == "open"
    caught_up = [*money, (DAY + timedelta(13), 600.0)]
    patient = Rules(accelerate=False)
    assert judge(plan, caught_up, DAY + timedelta(30), patient).state == "kept"
    assert judge(plan, caught_up, DAY + timedelta(30)).state == "partial"


@pytest.mark.parametrize(
    ("paid", "until", "today", "state", "payments"),
    [
        # today is the day after the third Tuesday; each date has its own money
        ((0, 7, 14), None, 15, "open", ["kept", "kept", "kept"]),
        ((0, 7, 14), 14, 15, "kept", ["kept", "kept", "kept"]),
        ((0, 8, 14), 14, 15, "partial", ["kept", "broken", "kept"]),
        ((), 14, 15, "broken", ["broken", "broken", "broken"]),
        ((0, 7), 14, 14, "open", ["kept", "kept", "open"]),
    ],
)
def test_standing_promise_is_judged_at_its_end(paid, until, today, state, payments):
    case = Case(
        [Instalment(DAY + timedelta(days), 100.0) for days in (0, 7, 14)],
        [Money(DAY + timedelta(days), 100.0) for days in paid],
        is_standing=True,
        until=None if until is None else DAY + timedelta(until),
    )
    verdict = judge_case(case, DAY + timedelta(today))
    assert verdict.state == state
    assert [part.state for part in verdict.payments] == payments
    assert verdict.received == sum(part.received for part in verdict.payments)


def test_payments_of_a_plan_share_its_money():
    plan = plan_instalments(900, DAY, "weekly", 3)
    verdict = judge_case(Case(plan, [Money(DAY, 500.0)]), DAY)
    assert [part.state for part in verdict.payments] == ["kept", "open", "open"]
    assert {part.received for part in verdict.payments} == {500.0}
    nothing_left = judge_case(Case(plan, payable=0.0), DAY)
    assert {part.state for part in nothing_left.payments} == {"cancelled"}


@given(money_lists, days, st.integers(0, 10), cents, st.none() | cents)
def test_verdict_is_in_range(money, today, grace, amount, payable):
    verdict = judge(fixed(amount), money, today, Rules(grace=grace), payable)
    assert verdict.state in ("open", "kept", "partial", "broken", "cancelled")
    assert 0 <= verdict.fulfilment <= 1
    assert verdict.state != "open" or today <= DAY + timedelta(grace)
    assert verdict.received >= 0


@given(money_lists, days)
def test_more_money_never_hurts(money, today):
    order = ("broken", "partial", "open", "kept")
    before = judge(fixed(), money, today)
    after = judge(fixed(), [*money, (DAY, 50.0)], today)
    assert order.index(after.state) >= order.index(before.state)
    assert after.fulfilment >= before.fulfilment - 1e-9


@given(money_lists)
def test_standing_dates_share_all_money_in_time(money):
    dates = [Instalment(day, 10.0) for day in plan_dates(DAY, "weekly", 4)]
    verdicts = judge_standing(dates, money, DAY + timedelta(90))
    in_time = fsum(paid for day, paid in money if day <= dates[-1].date)
    assert fsum(part.received for part in verdicts) == pytest.approx(in_time)


@given(st.lists(cents, min_size=1, max_size=30), st.floats(0.01, 1))
def test_splits_sum_and_fit(opens, share):
    amount = round(fsum(opens) * share, 2)
    for split in (split_pro_rata, split_oldest):
        parts = split(amount, opens)
        assert round(fsum(parts), 2) == amount
        pairs = zip(parts, opens, strict=True)
        assert all(0 <= part <= whole + 1e-9 for part, whole in pairs)


@given(cents, st.integers(1, 60))
def test_plan_sums(amount, count):
    plan = plan_instalments(amount, DAY, "monthly", count)
    assert round(fsum(part.amount for part in plan), 2) == amount
    assert [part.date for part in plan] == sorted({part.date for part in plan})


@given(days, st.sampled_from(["weekly", "biweekly", "monthly", "quarterly"]))
def test_endless_dates_reach_today(today, frequency):
    found = dates_through(DAY, frequency, today)
    assert found[-1] >= today
    assert len(found) == 1 or found[-2] < today


@given(
    st.integers(0, 9),
    st.floats(0, 1),
    st.none() | st.floats(0, 1),
    cents,
)
def test_trust_and_ask(count, share, mean, target):
    trust = reliability(count, share * 100, 100 if count else 0, mean)
    assert trust is None or 0 <= trust <= 1
    wanted = ask(target, trust, None, 10**9)
    assert wanted == 10**9 or expected(wanted, trust) >= target - 0.01
