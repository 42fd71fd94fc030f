"""Tables of what rules of supply control would have been worth."""

from datetime import date, datetime, timedelta

import pytest

from odoo.addons.sale_collection_hold.tools.hold_backtest import (
    KEPT,
    Instalment,
    classify,
    days_late,
    is_bad,
    ordered_before,
    rule_figures,
    share,
    tally,
    timeless,
    total_figures,
)
from odoo.addons.sale_collection_hold.tools.hold_facts import Condition, Rule
from odoo.addons.sale_collection_hold.tools.hold_measure import CODES

END = date(2026, 6, 30)


def part(due_ago, paid_late=None, amount=100.0):
    """An instalment due so many days before the end, paid so many days after due."""
    due = END - timedelta(days=due_ago)
    paid = None if paid_late is None else due + timedelta(days=paid_late)
    return Instalment(due, paid, amount)


@pytest.mark.parametrize(
    ("parts", "bad"),
    [
        ([], None),
        ([part(90, 0)], False),
        ([part(90, 30)], False),
        ([part(90, 31)], True),
        ([part(90, -5)], False),
        ([part(30)], None),
        ([part(31)], True),
        ([part(-10)], None),
        ([part(90, 0), part(60, 40)], True),
        ([part(90, 0), part(10)], None),
        ([part(90, 45), part(10)], True),
    ],
)
def test_is_bad(parts, bad):
    assert is_bad(parts, 30, END) is bad


@pytest.mark.parametrize(
    ("stopped", "bad", "kind"),
    [
        (True, True, "caught"),
        (True, False, "false"),
        (True, None, "unknown"),
        (False, True, "missed"),
        (False, False, "fine"),
        (False, None, "unknown"),
    ],
)
def test_classify(stopped, bad, kind):
    assert classify(stopped, bad) == kind


def test_days_late_weighs_amounts_and_open_parts():
    assert days_late([part(90, 10, 600.0), part(90, 40, 400.0)], END) == 22.0
    assert days_late([part(70, None, 500.0)], END) == 70.0
    assert days_late([part(90, -20)], END) == 0.0
    assert days_late([part(0)], END) is None


def test_tally_counts_every_kind():
    totals = tally([("false", 10.0), ("caught", 5.0), ("false", 2.5)])
    assert totals["false"] == (2, 12.5)
    assert totals["caught"] == (1, 5.0)
    assert totals["fine"] == (0, 0.0)
    assert share(totals["false"].count, 3) == 2 / 3


def test_rules_are_tried_as_if_always_in_force():
    kept = Rule(
        1,
        {},
        "hold",
        (Condition("over_limit"),),
        date_from=date(2026, 1, 1),
        orders_from=date(2026, 1, 1),
        at_confirm=False,
    )
    forgotten = [
        Rule(number, {}, "hold", conditions=(Condition(code),))
        for number, code in enumerate(sorted({*CODES, "of an addon"} - KEPT), 2)
    ]
    [rule] = timeless([kept, *forgotten])
    assert (rule.id, rule.date_from, rule.orders_from) == (1, None, None)
    assert rule.at_confirm


def test_ordered_before_follows_bills_and_credit_notes():
    noon = [datetime(2026, 3, day, 12) for day in range(1, 9)]
    booked = [
        (1, 7, noon[0], 100.0),
        (2, 7, noon[1], 40.0),
        (3, 7, noon[4], 10.0),
        (4, 8, noon[4], 10.0),
        (5, 7, noon[7], 10.0),
    ]
    bills = [
        (1, date(2026, 2, 1), 30.0),  # a down payment before it was confirmed
        (2, date(2026, 3, 4), 60.0),  # more than ordered: nothing is left of it
        (1, date(2026, 3, 5), 70.0),  # on the day of the third order: not known yet
        (1, date(2026, 3, 6), -20.0),
        (3, date(2026, 3, 7), None),
    ]
    assert ordered_before(booked, bills) == {1: 0.0, 2: 70.0, 3: 70.0, 4: 0.0, 5: 30.0}


def test_figures_of_nothing():
    assert set(rule_figures([]).values()) == {0}
    assert set(total_figures([]).values()) == {0}


def test_unknown_orders_count_as_stopped_but_in_no_share():
    found = total_figures([("unknown", 50.0, True), ("fine", 10.0, False)])
    assert (found["held_count"], found["unknown_count"], found["fine_count"]) == (
        1,
        1,
        1,
    )
    assert (found["false_share"], found["caught_share"]) == (0.0, 0.0)
