"""Aging: the buckets hold all of the ledger, level figures know their limits."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.sale_collection.tools.aging import (
    MONTH_BOUNDS,
    YEAR_BOUNDS,
    age,
    average_days_delinquent,
    bucket,
    bucket_spans,
    check_bounds,
    collection_effectiveness,
    count_back_dso,
    dso,
    residual_as_of,
    roll_rates,
)

TODAY = date(2026, 4, 30)
cents = st.integers(-(10**9), 10**9)
ages = st.integers(-400, 2000)


@given(st.lists(st.tuples(ages, cents)))
def test_total_is_the_ledger(lines):
    dated = [(TODAY - timedelta(days), amount) for days, amount in lines]
    assert sum(age(dated, TODAY)) == sum(amount for _days, amount in lines)


@given(ages)
def test_bucket_lies_in_its_span(days):
    for bounds in (MONTH_BOUNDS, YEAR_BOUNDS, (7,)):
        first, last = bucket_spans(bounds)[bucket(days, bounds)]
        assert first is None or first <= days
        assert last is None or days <= last


def test_bad_bounds():
    for bounds in ((0, 30), (30, 20), (-1,)):
        with pytest.raises(ValueError, match="^bounds_not_rising$"):
            check_bounds(bounds)


def test_reconciled_later_is_still_open():
    """1,000 on account in February, five invoices and one, 49,000 collected in May."""
    march, april, may = date(2026, 3, 10), date(2026, 4, 10), date(2026, 5, 15)
    lines = [
        (date(2026, 2, 10), -1000, [(march, -1000)]),
        (march, 10000, [(march, 1000), (may, 9000)]),
        *[(march, 10000, [(may, 10000)])] * 4,
        (april, 100000, []),
        (may, -49000, [(may, -49000)]),
    ]
    assert sum(residual_as_of(*line, TODAY) for line in lines) == 149000
    assert sum(residual_as_of(*line, may) for line in lines) == 100000


def test_level_figures():
    assert dso(350, 300, 30) == 35.0
    assert dso(250, 300, 30) == 25.0
    assert average_days_delinquent(350, 250, 300, 30) == 10.0
    assert round(collection_effectiveness(400, 300, 350, 250), 2) == 77.78


def test_no_value_instead_of_a_wrong_one():
    assert dso(350, -10, 30) is None
    assert average_days_delinquent(350, 250, 0, 30) is None
    assert collection_effectiveness(0, 100, 120, 120) is None
    assert roll_rates([0, 5], [0, 0]) == [None]


def test_count_back():
    months = [(100, 30), (80, 30), (70, 30)]
    assert round(count_back_dso(212, months), 2) == 73.71
    assert count_back_dso(180, months) == 60.0
    assert count_back_dso(250, months) == 90.0
    assert count_back_dso(251, months) is None
    assert count_back_dso(-5, [(0, 30)]) == 0.0
    assert count_back_dso(50, [(0, 30), (100, 31)]) == 45.5
