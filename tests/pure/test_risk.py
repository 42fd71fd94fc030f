"""Risk of an instalment: odds multiply, more of a bad fact is never better."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.sale_collection.tools.risk import (
    LATE_ODDS,
    OVER_30_ODDS,
    late_risk,
    recent_days_late,
)

shares = st.floats(0, 1, allow_nan=False)
days = st.floats(-200, 200, allow_nan=False)


def test_start_alone_is_the_share():
    risk = late_risk({"day_late_share": 0.4, "over_30_share": 0.1})
    assert risk.late == pytest.approx(0.4)
    assert risk.over_30 == pytest.approx(0.1)
    assert [effect.code for effect in risk.late_effects] == ["day_late_share"]


def test_no_record_no_answer():
    assert late_risk({"day_off": 1}) == (None, None, (), ())


@pytest.mark.parametrize(
    ("closed", "together", "late"),
    [(0, 1, 0.5), (1, 1, 0.636), (0, 3, 0.375), (1, 9, 0.512)],
)
def test_odds_multiply(closed, together, late):
    facts = {"day_late_share": 0.5, "day_off": closed, "same_due_count": together}
    assert late_risk(facts).late == pytest.approx(late, abs=0.001)


@given(shares, days)
def test_probability_is_what_the_effects_say(share, recent):
    risk = late_risk({"over_30_share": share, "recent_days_late": recent})
    odds = 1.0
    for effect in risk.over_30_effects:
        odds *= effect.times
    assert 0 < risk.over_30 < 1
    assert risk.over_30 == pytest.approx(odds / (1 + odds))


@given(shares, shares, days, days)
def test_worse_facts_are_not_less_risky(share, other_share, recent, other_recent):
    def over_30(share, recent):
        return late_risk({"over_30_share": share, "recent_days_late": recent}).over_30

    low = over_30(min(share, other_share), min(recent, other_recent))
    assert low <= over_30(max(share, other_share), max(recent, other_recent))


def test_steps_rise():
    for steps in (*LATE_ODDS.values(), *OVER_30_ODDS.values()):
        bounds = [step.lower for step in steps]
        assert bounds == sorted(set(bounds))


def test_recent_days_fade_and_are_limited():
    assert recent_days_late([(0, 400)]) == 30.0
    assert recent_days_late([(0, -400)]) == -5.0
    assert recent_days_late([(60, 20)]) == 4.0
    fresh, stale = recent_days_late([(0, 20)]), recent_days_late([(300, 20)])
    assert stale < 0.1 < fresh
