"""Scorecard: limits, rescaling, exact shares and the order of better and worse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.sale_collection.tools.scorecard import (
    Band,
    Grade,
    Rule,
    Scorer,
    check_bands,
    check_rules,
    check_weights,
    pick_grade,
    score,
    weighted_days_late,
)

LATE = Rule("late_share", 50, (Band(0, 100), Band(0.2, 50), Band(0.5, 0)))
TENURE = Rule("tenure", 30, (Band(0, 20), Band(365, 100)), missing=20)
PROMISE = Rule("promise_kept_ratio", 20, (Band(0, 0), Band(0.8, 100)))

numbers = st.floats(-1e6, 1e6, allow_nan=False)
points = st.floats(0, 100, allow_nan=False)


@st.composite
def falling_rules(draw):
    """Scorecards in which a higher figure is never better."""
    rules = []
    for number in range(draw(st.integers(1, 6))):
        lowers = draw(
            st.lists(st.integers(-100, 100), min_size=1, max_size=6, unique=True)
        )
        falling = sorted(draw(st.lists(points, min_size=6, max_size=6)), reverse=True)
        bands = tuple(map(Band, sorted(lowers), falling))
        missing = draw(st.none() | points)
        weight = draw(st.floats(0.1, 100))
        rules.append(Rule(f"factor_{number}", weight, bands, missing))
    return rules


def draw_facts(data, rules):
    return {rule.code: data.draw(st.none() | numbers) for rule in rules}


@pytest.mark.parametrize(
    ("value", "expected"),
    [(-1, 100), (0, 100), (0.1999, 100), (0.2, 50), (0.5, 0), (9, 0)],
)
def test_band_limits(value, expected):
    assert score([LATE], {"late_share": value}).points == expected


def test_band_order_does_not_matter():
    shuffled = LATE._replace(bands=LATE.bands[::-1])
    assert score([shuffled], {"late_share": 0.3}) == score([LATE], {"late_share": 0.3})


def test_missing_points_or_left_out():
    result = score([LATE, TENURE, PROMISE], {"late_share": 0.0})
    assert [part.code for part in result.contributions] == ["late_share", "tenure"]
    assert result.points == 70.0
    assert [part.share for part in result.contributions] == [62.5, 7.5]


def test_nothing_known_is_no_score():
    assert score([LATE, PROMISE], {}) == (None, ())
    assert score([LATE._replace(weight=0)], {"late_share": 0}) == (None, ())


@pytest.mark.parametrize(
    ("bands", "code"),
    [
        ([], "bands_missing"),
        ([Band(0, 100), Band(0, 50)], "bands_overlap"),
        ([Band(0, 101)], "band_points_out_of_range"),
        ([Band(0, -1)], "band_points_out_of_range"),
    ],
)
def test_bad_bands(bands, code):
    with pytest.raises(ValueError, match=f"^{code}$"):
        check_bands(bands)


@pytest.mark.parametrize(
    ("weights", "code"),
    [([], "weights_zero"), ([0, 0], "weights_zero"), ([5, -1], "weight_negative")],
)
def test_bad_weights(weights, code):
    with pytest.raises(ValueError, match=f"^{code}$"):
        check_weights(weights)


def test_bad_rules():
    with pytest.raises(ValueError, match="^factor_twice$"):
        check_rules([LATE, LATE])
    check_rules([LATE, TENURE, PROMISE])


def test_pick_grade_limits():
    grades = [Grade("A", 80), Grade("C", 0), Grade("B", 60), Grade("N", None)]
    picked = [pick_grade(reached, grades) for reached in (100, 80, 79.9, 60, 0, None)]
    assert picked == ["A", "A", "B", "B", "C", "N"]
    assert pick_grade(10, [Grade("A", 80)]) is None
    assert pick_grade(None, [Grade("A", 80)]) is None


def test_undone_money_has_no_average():
    assert weighted_days_late([(600, 10), (-600, 10)]) is None
    assert weighted_days_late([], [(500, 70)]) == 70


@given(st.data())
def test_bounds_and_exact_shares(data):
    rules = data.draw(falling_rules())
    result = score(rules, draw_facts(data, rules))
    if result.points is None:
        assert not result.contributions
        return
    judged = [part.points for part in result.contributions]
    assert min(judged) - 0.005 <= result.points <= max(judged) + 0.005
    cents = [round(part.share * 100) for part in result.contributions]
    assert sum(cents) == round(result.points * 100)
    assert min(cents) >= 0


@given(st.data())
def test_monotone_in_each_factor(data):
    rules = data.draw(falling_rules())
    facts = draw_facts(data, rules)
    code = data.draw(st.sampled_from([rule.code for rule in rules]))
    low, high = sorted([data.draw(numbers), data.draw(numbers)])
    score_facts = Scorer(rules)
    better = score_facts({**facts, code: low}).points
    assert better >= score_facts({**facts, code: high}).points
