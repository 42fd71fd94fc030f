"""Figures of a customer, by plain values."""

from datetime import date

import pytest

from odoo.addons.sale_collection.tools.figures import (
    NO_BEHAVIOUR,
    NO_DEBTS,
    TERM_KEYS,
    behaviour_figures,
    compose,
    trend,
)
from odoo.addons.sale_collection.tools.scorecard import factor_values

TERMS = dict.fromkeys(TERM_KEYS, 0) | {"credit_policy": "unlimited"}


@pytest.mark.parametrize(
    ("debts", "terms", "collectable"),
    [
        ({}, {}, 0.0),
        ({"amount_overdue": 500}, {}, 500),
        ({"amount_overdue": 500, "amount_unapplied": 200}, {}, 300),
        (
            {"amount_overdue": 500},
            {"amount_disputed": 100, "amount_promised": 150},
            250,
        ),
        ({"amount_overdue": 500}, {"amount_disputed": 600}, 0.0),
        ({"amount_overdue": 500}, {"excluded": True}, 0.0),
    ],
)
def test_collectable(debts, terms, collectable):
    figures = compose(NO_DEBTS | debts, NO_BEHAVIOUR, TERMS | terms, round)
    assert figures["amount_collectable"] == collectable


@pytest.mark.parametrize(
    ("terms", "available"),
    [
        ({"credit_policy": "unlimited", "credit_limit": 500}, None),
        ({"credit_policy": "limit", "credit_limit": 500, "extra_limit": 50}, 150),
        ({"credit_policy": "limit"}, -400),
        ({"credit_policy": "prepay", "credit_limit": 500}, -400),
    ],
)
def test_available_credit(terms, available):
    figures = compose(NO_DEBTS | {"exposure": 400}, NO_BEHAVIOUR, TERMS | terms, round)
    assert figures["available_credit"] == available


def test_who_does_not_pay_does_not_look_better():
    paid = NO_BEHAVIOUR | {
        "paid_count": 4,
        "paid_late_count": 1,
        "paid_amount": 400,
        "paid_days_weight": 400,
    }
    punctual = behaviour_figures(NO_DEBTS, paid)
    owing = NO_DEBTS | {
        "amount_late": 100,
        "overdue_days_weight": 6000,
        "open_late_count": 1,
    }
    late = behaviour_figures(owing, paid)
    assert (punctual["late_share"], punctual["avg_days_late"]) == (0.25, 1.0)
    assert (late["late_share"], late["avg_days_late"]) == (0.4, 12.8)


@pytest.mark.parametrize(
    ("paid", "recent", "expected"),
    [
        ((300, 3000), (100, 2000), 15.0),
        ((300, 3000), (300, 3000), None),
        ((300, 3000), (0, 0), None),
        ((200, 1000), (100, 200), -6.0),
    ],
)
def test_trend(paid, recent, expected):
    behaviour = dict(
        zip(
            ("paid_amount", "paid_days_weight", "recent_amount", "recent_days_weight"),
            (*paid, *recent),
            strict=True,
        )
    )
    assert trend(behaviour) == expected


def test_factors_of_a_customer_nobody_knows():
    figures = compose(
        NO_DEBTS, NO_BEHAVIOUR, TERMS | {"promise_kept_ratio": None}, round
    )
    figures |= {"limit_total": 0, "first_invoice_date": None}
    factors = factor_values(figures, 0.4, date(2026, 5, 10))
    assert factors["late_share"] == 0.4
    assert factors["oldest_overdue"] == 0
    unknown = {code for code, value in factors.items() if value is None}
    assert unknown == {
        "weighted_days_late",
        "trend",
        "promise_kept_ratio",
        "short_pay_share",
        "tenure",
        "limit_use",
    }
