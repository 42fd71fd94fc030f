"""Risk of an instalment: odds multiply, and say what they are made of."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.sale_collection.tools.record import (
    NO_RECORD,
    Case,
    Tally,
    Together,
    recent_days_late,
    walk,
)
from odoo.addons.sale_collection.tools.risk import (
    FACTORS,
    HOLIDAY,
    NO_ODDS,
    SLOPES,
    Item,
    Step,
    collect_facts,
    company_shares,
    late_risk,
)

ODDS = {
    "late": {
        "own_days": (Step(0, 1.0, 500, 200),),
        "due_day": tuple(Step(day, 1 + day / 4, 50) for day in range(8)),
        "same_due_count": (Step(1, 1.0, 400), Step(3, 0.6, 100)),
    },
    "over_30": {"recent_days_late": (Step(0, 2.0),), "amount_ratio": (Step(0, 0.5),)},
}
shares = st.floats(0, 1, allow_nan=False)
days = st.floats(-200, 200, allow_nan=False)
ratios = st.floats(0.001, 1000)


def test_start_alone_is_the_share():
    risk = late_risk({"late_share": 0.4, "over_30_share": 0.1, "due_day": 6})
    assert risk.late == pytest.approx(0.4)
    assert risk.over_30 == pytest.approx(0.1)
    assert [effect.code for effect in risk.late_effects] == ["late_share"]


def test_no_record_no_answer():
    assert late_risk({"due_day": 1}, ODDS) == (None, None, (), ())


@pytest.mark.parametrize(
    ("facts", "late"),
    [
        ({}, 0.5),
        ({"due_day": 0}, 0.5),
        ({"due_day": 4}, 0.667),
        ({"due_day": HOLIDAY, "same_due_count": 2}, 0.733),
        ({"same_due_count": 30}, 0.375),
        ({"own_days": 0.2}, 0.2),
    ],
)
def test_odds_multiply(facts, late):
    risk = late_risk({"late_share": 0.5, **facts}, ODDS)
    assert risk.late == pytest.approx(late, abs=0.001)


@pytest.mark.parametrize(
    ("facts", "times"),
    [
        ({"recent_days_late": 10}, 2.0),
        ({"recent_days_late": -200}, 0.5),
        ({"recent_days_late": 200}, 64.0),
        ({"amount_ratio": 2}, 0.5),
        ({"amount_ratio": 0.0001}, 8.0),
    ],
)
def test_steady_facts_have_limits(facts, times):
    risk = late_risk({"over_30_share": 0.5, **facts}, ODDS)
    assert risk.over_30_effects[1].times == pytest.approx(times)


@given(shares, days, ratios)
def test_probability_is_what_the_effects_say(share, recent, ratio):
    facts = {"over_30_share": share, "recent_days_late": recent, "amount_ratio": ratio}
    risk = late_risk(facts, ODDS)
    odds = 1.0
    for effect in risk.over_30_effects:
        odds *= effect.times
    assert 0 < risk.over_30 < 1
    assert risk.over_30 == pytest.approx(odds / (1 + odds))


@given(shares, shares, days, days)
def test_worse_facts_are_not_less_risky(share, other_share, recent, other_recent):
    def over_30(share, recent):
        facts = {"over_30_share": share, "recent_days_late": recent}
        return late_risk(facts, ODDS).over_30

    low = over_30(min(share, other_share), min(recent, other_recent))
    assert low <= over_30(max(share, other_share), max(recent, other_recent))


def test_every_factor_is_a_fact():
    item = Item(0, False, 1, 100)
    facts = collect_facts(NO_RECORD, item, (0.3, 0.1))
    codes = {code for factors in FACTORS.values() for code in factors}
    assert codes <= facts.keys() and SLOPES.keys() <= codes
    assert late_risk(facts, NO_ODDS)[:2] == pytest.approx((0.3, 0.1))
    unknown = {code for code, value in facts.items() if value is None}
    assert unknown == {"recent_days_late", "amount_ratio"}


def test_saturday_is_not_sunday():
    record = NO_RECORD._replace(
        paid=20,
        after_due=10,
        day_off_paid=20,
        day_off_after_due=10,
        weekday_paid=(0, 0, 0, 0, 0, 10, 10),
        weekday_after_due=(0, 0, 0, 0, 0, 0, 10),
    )
    saturday, sunday = (
        collect_facts(record, Item(day, True, 1, 100), (0.5, 0.1))["own_days"]
        for day in (5, 6)
    )
    assert saturday == pytest.approx(2.5 / 15) and sunday == pytest.approx(12.5 / 15)


def test_recent_days_fade_and_are_limited():
    assert recent_days_late([(0, 400)]) == 30.0
    assert recent_days_late([(0, -400)]) == -5.0
    assert recent_days_late([(60, 20)]) == 4.0
    fresh, stale = recent_days_late([(0, 20)]), recent_days_late([(300, 20)])
    assert stale < 0.1 < fresh


# === THE RECORD === #

START = date(2026, 1, 1)
cases = st.lists(
    st.builds(
        lambda issued, term, late, off, amount: Case(
            START + timedelta(issued),
            START + timedelta(issued + term),
            START + timedelta(issued + term + off),
            late is not None
            and START + timedelta(max(0, issued + term + late))
            or None,
            amount,
        ),
        st.integers(0, 60),
        st.integers(0, 30),
        st.none() | st.integers(-10, 80),
        st.integers(0, 2),
        st.floats(1, 10000),
    ),
    max_size=30,
)


@given(cases)
def test_tally_counts_what_is_paid(found):
    paid = sorted((case for case in found if case.paid), key=lambda case: case.paid)
    tally = Tally()
    for case in paid:
        tally.add(case)
    record = tally.get_record()
    late = [case for case in paid if case.paid > case.due]
    assert (record.paid, record.after_due) == (len(paid), len(late))
    assert sum(record.weekday_paid) == len(paid)
    assert sum(record.weekday_after_due) == len(late)
    assert record.day_off_paid == sum(case.day_off for case in paid)
    expected = recent_days_late(
        ((paid[-1].paid - case.paid).days, (case.paid - case.effective).days)
        for case in paid
    )
    assert record.recent_days_late == pytest.approx(expected, abs=0.006)
    counted = company_shares([record, NO_RECORD])
    assert counted == (len(late) / len(paid), record.over_30 / len(paid)) if paid else 1


@given(cases)
def test_walk_knows_nothing_of_that_day_or_later(found):
    for case, record in walk(found):
        before = [other for other in found if other.paid and other.paid < case.issued]
        assert record.paid == len(before)


@given(cases, st.integers(0, 100))
def test_together_counts_what_is_open(found, number):
    day = START + timedelta(number)
    together = Together(found)
    for case in found:
        expected = [
            other
            for other in found
            if other.due == case.due
            and other.issued <= day
            and not (other.paid and max(other.paid, other.issued) < day)
        ]
        assert together.count(case.due, day) == len(expected)
