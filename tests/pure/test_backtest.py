"""Measures of a back-test."""

from datetime import date, timedelta

from collection_tools.backtest import auc, is_rising, late_rates, observe
from hypothesis import given
from hypothesis import strategies as st

DUE = date(2026, 3, 1)
cases = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), max_size=30)


def test_observe():
    end = DUE + timedelta(31)
    assert observe(DUE, DUE, end) == (False, False)
    assert observe(DUE, DUE + timedelta(30), end) == (True, False)
    assert observe(DUE, DUE + timedelta(31), end) == (True, True)
    assert observe(DUE, None, end) == (True, True)
    assert observe(DUE, None, end - timedelta(1)) is None


@given(cases)
def test_auc_counts_pairs(pairs):
    true = [score for score, outcome in pairs if outcome]
    false = [score for score, outcome in pairs if not outcome]
    wins = sum((a > b) + (a == b) / 2 for a in true for b in false)
    scores = [score for score, _outcome in pairs]
    outcomes = [outcome for _score, outcome in pairs]
    expected = wins / (len(true) * len(false)) if true and false else None
    assert auc(scores, outcomes) == expected


def test_late_rates_and_their_order():
    rates = late_rates("BBAA", [True, True, False, True])
    assert rates == {"A": (2, 0.5), "B": (2, 1.0)}
    assert is_rising([0.5, 1.0]) and not is_rising([1.0, 0.5]) and is_rising([])
