"""Supply rules: whom they reach, what they measure, which wins, how much may leave."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.sale_collection_hold.tools.hold import (
    allot,
    allowance,
    cap,
    judge,
    judge_in_turn,
)
from odoo.addons.sale_collection_hold.tools.hold_cure import cures
from odoo.addons.sale_collection_hold.tools.hold_facts import (
    STRENGTHS,
    Condition,
    Debt,
    Figure,
    Line,
    Order,
    Other,
    Party,
    Rule,
    Subject,
    exposure_with,
    overdue,
    term_days,
)
from odoo.addons.sale_collection_hold.tools.hold_ledger import Ledger
from odoo.addons.sale_collection_hold.tools.hold_measure import CODES
from odoo.addons.sale_collection_hold.tools.hold_scope import lock_keys

DAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 1, 12)


def rule(code="over_limit", threshold=0.0, strength="hold", number=1, **values):
    """Return a rule with one condition."""
    condition = Condition(
        code,
        values.pop("operator", "over"),
        threshold,
        values.pop("days", 365),
        values.pop("grade", ()),
    )
    return Rule(number, {}, strength, conditions=(condition,), **values)


def strength(rules, order, *subjects, **values):
    return judge(rules, order, Party(*subjects), DAY, **values).strength


# === CREDIT ===#


@pytest.mark.parametrize(
    ("amount", "limit", "expected"),
    [
        (100.0, 200.0, "none"),
        (100.01, 200.0, "hold"),
        (150.0, 200.0, "hold"),
        (1.0, 0.0, "hold"),
        (1e9, None, "none"),
    ],
)
def test_over_limit(amount, limit, expected):
    subject = Subject(100.0, limit=limit)
    assert strength([rule()], Order(1, 7, open=amount), subject) == expected


@pytest.mark.parametrize(
    ("limit", "threshold", "expected"),
    [
        (200.0, 90.0, "hold"),
        (200.0, 95.0, "none"),
        (0.0, 500.0, "hold"),
        (None, 0.0, "none"),
    ],
)
def test_limit_used(limit, threshold, expected):
    order, subject = Order(1, 7, open=90.0), Subject(100.0, limit=limit)
    assert strength([rule("limit_used", threshold)], order, subject) == expected


def test_order_counts_once_confirmed_or_not():
    draft = Order(1, 7, NOW, open=60.0)
    mine = Other(1, NOW, 60.0, 0.0)
    subject = Subject(40.0, others=(mine,))
    assert exposure_with(draft, subject) == 100.0
    assert exposure_with(draft._replace(confirmed=True), subject) == 100.0


def test_waiting_orders_give_way_to_those_that_passed():
    early, late = NOW - timedelta(1), NOW
    waiting = Order(1, 7, early, confirmed=True, waiting=True, open=60.0)
    passed = Order(2, 7, late, confirmed=True, open=60.0)
    subject = Subject(
        others=(Other(1, early, 60.0, 0.0, True), Other(2, late, 60.0, 0.0))
    )
    assert exposure_with(waiting, subject) == 120.0
    assert exposure_with(passed, subject) == 60.0


def test_later_orders_count_with_what_has_left():
    order = Order(1, 7, NOW, confirmed=True, open=60.0)
    later = Other(2, NOW + timedelta(1), 60.0, 45.0)
    assert exposure_with(order, Subject(others=(later,))) == 105.0


def test_in_turn_by_date_then_id():
    orders = [
        Order(5, 7, NOW, open=60.0),
        Order(9, 7, NOW - timedelta(1), open=60.0),
        Order(3, 8, NOW, open=60.0),
    ]
    parties = dict.fromkeys((3, 5, 9), Party(Subject(limit=100.0)))
    found = judge_in_turn([rule()], orders, parties, DAY)
    assert {number: verdict.strength for number, verdict in found.items()} == {
        9: "none",
        5: "hold",
        3: "none",
    }


def test_group_counts_orders_of_the_same_call():
    orders = [Order(number, number, NOW, open=60.0, group=1) for number in (7, 8)]
    parties = dict.fromkeys((7, 8), Party(Subject(), Subject(limit=100.0)))
    found = judge_in_turn([rule(by_group=True)], orders, parties, DAY)
    assert [found[number].strength for number in (7, 8)] == ["none", "hold"]


# === MEASURES ===#


def test_unmatched_money_pays_the_oldest_first():
    debts = tuple(
        Debt(number, f"INV/{number}", date(2026, 1, number), 100.0)
        for number in (1, 2, 3)
    )
    rests = overdue(Subject(credit=150.0, debts=debts), True)
    assert [(debt.name, rest) for debt, rest in rests] == [
        ("INV/2", 50.0),
        ("INV/3", 100.0),
    ]


@pytest.mark.parametrize(
    ("grade", "wanted", "expected"),
    [
        (("D", 30.0, False), ("D", 30.0, False), "hold"),
        (("E", 0.0, False), ("D", 30.0, False), "hold"),
        (("C", 50.0, False), ("D", 30.0, False), "none"),
        (("N", 0.0, True), ("D", 30.0, False), "none"),
        (("N", 0.0, True), ("N", 0.0, True), "hold"),
        ((), ("D", 30.0, False), "none"),
    ],
)
def test_grade(grade, wanted, expected):
    order = Order(1, 7, open=1.0, grade=grade)
    found = strength([rule("grade_at_or_below", grade=wanted)], order, Subject())
    assert found == expected


@pytest.mark.parametrize(
    ("code", "days", "hit"), [("broken_promises", 30, True), ("bounced", 29, False)]
)
def test_windows(code, days, hit):
    day = DAY - timedelta(30)
    subject = Subject(broken=(day,), bounces=(day,))
    found = strength([rule(code, days=days)], Order(1, 7, open=1.0), subject)
    assert (found == "hold") == hit


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], None),
        ([("days_after", 30, "0")], 30),
        ([("days_after_end_of_month", 0, None)], 30),
        ([("days_after_end_of_next_month", 0, None)], 61),
        ([("days_end_of_month_on_the", 0, "10"), ("days_after", 60, None)], 60),
    ],
)
def test_term_days(lines, expected):
    assert term_days(lines) == expected


@pytest.mark.parametrize(
    ("values", "code", "expected"),
    [
        ({"term": 0}, "term_missing", "hold"),
        ({"term": 4}, "term_missing", "none"),
        ({"term": 4, "term_days": 30, "grade_days": 14}, "term_over_grade", "hold"),
        ({"term": 4, "term_days": 30}, "term_over_grade", "none"),
        ({"term": 4, "term_days": 30}, "term_over_customer", "hold"),
        ({"term": 4, "term_days": 0}, "term_over_customer", "none"),
        ({"has_review": False}, "no_review", "hold"),
        ({"step": 3}, "step_reached", "hold"),
    ],
)
def test_of_the_order(values, code, expected):
    threshold = 3 if code == "step_reached" else 0
    order = Order(1, 7, open=1.0, **values)
    assert strength([rule(code, threshold)], order, Subject()) == expected


@pytest.mark.parametrize(
    ("value", "operator", "expected"),
    [(300.0, "over", "hold"), (250.0, "over", "none"), (250.0, "up_to", "hold")],
)
def test_figure_of_an_addon(value, operator, expected):
    own = rule("own", 250, operator=operator)
    order = Order(1, 7, amount=900.0, open=900.0, figures=(Figure("own", value),))
    assert strength([own], order, Subject()) == expected
    assert strength([own], Order(1, 7, amount=900.0, open=900.0), Subject()) == "none"


@pytest.mark.parametrize(("unit", "paid"), [("amount", 50.0), ("days", None)])
def test_what_an_addon_finds_unpaid_is_cured_by_money(unit, paid):
    figures = (Figure("own", 300.0, unit),)
    order = Order(1, 7, amount=900.0, open=900.0, figures=figures)
    hits = judge([rule("own", 250)], order, Party(), DAY).hits
    found = {cure.kind: cure for cure in cures(hits, order, Party(), DAY)}
    assert found["prepay"].amount == 900.0
    assert paid == (found["due"].amount if "due" in found else None)


def test_a_step_that_demands_it_is_a_rule_that_hit():
    order = Order(1, 7, open=1.0, step=4, step_strength="prepay")
    verdict = judge([], order, Party(), DAY)
    assert verdict.strength == "prepay"
    assert verdict.hits[0].measures[0].measured == 4


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_measures_a_customer_without_anything(code):
    """Nothing is over nothing; only terms that nobody agreed on are missing."""
    order = Order(-7, 7)
    over = judge([rule(code)], order, Party(), DAY)
    assert (over.strength == "hold") == (code == "term_missing")
    up_to = judge([rule(code, operator="up_to")], order, Party(), DAY)
    measures = [measure for hit in up_to.hits for measure in hit.measures]
    assert not any(measure.measured for measure in measures)


# === WHICH RULE ===#


@pytest.mark.parametrize("number", range(1, len(STRENGTHS)))
def test_strongest_wins(number):
    rules = [
        rule("order_amount", -1, found, place)
        for place, found in enumerate(STRENGTHS[1 : number + 1])
    ]
    assert strength(rules, Order(1, 7, amount=1.0), Subject()) == STRENGTHS[number]


def test_nearer_rule_of_the_same_conditions_replaces():
    order = Order(1, 7, amount=50.0, tags=frozenset({3}))
    far = rule("order_amount", 10, "refuse", 1)
    near = rule("order_amount", 100, "hold", 2, tags=frozenset({3}))
    nearest = rule("order_amount", 20, "warn", 3, partners=frozenset({7}))
    assert strength([far, near], order, Subject()) == "none"
    assert strength([far, near, nearest], order, Subject()) == "warn"
    assert (
        strength([far, near], order._replace(tags=frozenset()), Subject()) == "refuse"
    )


def test_exemption_lifts_what_reaches_further_or_is_named():
    order = Order(1, 7, amount=50.0)
    far = rule("order_amount", 10, "hold", 1)
    free = Rule(2, {}, "hold", kind="exclude", partners=frozenset({7}))
    assert strength([far, free], order, Subject()) == "none"
    near = far._replace(partners=frozenset({7}))
    assert strength([near, free], order, Subject()) == "hold"
    named = free._replace(partners=frozenset(), excluded=frozenset({1}))
    assert strength([near, named], order, Subject()) == "none"
    small = rule("order_amount", 40, number=3, operator="up_to")._replace(
        kind="exclude", excluded=frozenset({1})
    )
    assert strength([near, small], order, Subject()) == "hold"
    assert strength([near, small], order._replace(amount=40.0), Subject()) == "none"


def test_checkpoints_and_dates():
    order = Order(1, 7, NOW, True, amount=50.0)
    late = rule("order_amount", 10, at_confirm=False)
    assert strength([late], order, Subject()) == "none"
    assert strength([late], order, Subject(), checkpoint="delivery") == "hold"
    held = order._replace(held_rules=frozenset({1}))
    assert strength([late], held, Subject()) == "hold"
    new = rule("order_amount", 10, orders_from=NOW + timedelta(1))
    assert strength([new], order, Subject()) == "none"
    assert strength([new], order._replace(confirmed=False), Subject()) == "hold"


def test_paid_in_full_and_exempt_customers_pass():
    order = Order(1, 7, amount=50.0, received=50.0)
    far = rule("order_amount", 10)
    assert judge([far], order, Party(), DAY).passed == "paid"
    part = order._replace(received=49.99)
    assert judge([far], part, Party(), DAY).strength == "hold"
    assert judge([far], part._replace(exempt=True), Party(), DAY).passed == "exempt"


# === CURES ===#


def test_cheapest_complete_cure_first():
    debts = (Debt(1, "INV/1", date(2026, 1, 1), 3400.0),)
    party = Party(Subject(3400.0, debts=debts, limit=4000.0))
    order = Order(1, 7, amount=1800.0, open=1800.0)
    verdict = judge([rule()], order, party, DAY)
    found = cures(verdict.hits, order, party, DAY)
    assert [(cure.kind, cure.amount) for cure in found[:2]] == [
        ("pay", 1200.0),
        ("limit", 1200.0),
    ]
    assert found[0].documents == (("INV/1", 1200.0),)


def test_without_a_way_out_somebody_releases():
    order = Order(-7, 7, grade=("E", 0.0, False))
    verdict = judge(
        [rule("grade_at_or_below", grade=("E", 0.0, False))], order, Party(), DAY
    )
    [cure] = cures(verdict.hits, order, Party(), DAY)
    assert cure.kind == "release"


# === HOW MUCH ===#

quantities = st.integers(0, 1000).map(float)
lines = st.lists(
    st.tuples(st.integers(1, 1000).map(float), quantities, st.integers(0, 10**6)),
    max_size=5,
).map(
    lambda found: [
        Line(number, ordered, min(ordered, gone), value / 100)
        for number, (ordered, gone, value) in enumerate(found)
    ]
)


@given(lines, st.integers(-(10**4), 10**6))
def test_never_more_than_the_credit(found, cents):
    allowed = allot(found, cents / 100)
    worth = sum(
        line.value * (allowed[line.id] - line.supplied) / line.ordered for line in found
    )
    assert worth <= max(cents / 100, 0) + 0.01
    for line in found:
        assert line.supplied <= allowed[line.id] <= line.ordered


@given(
    lines, st.floats(0, 100), st.sampled_from(["quantity_percent", "amount_percent"])
)
def test_a_cap_never_takes_back_what_has_left(found, share, kind):
    allowed = cap(Rule(1, {}, "limit", cap_type=kind, cap_value=share), found)
    assert all(line.supplied <= allowed[line.id] <= line.ordered for line in found)


def test_twenty_of_a_limited_to_a_quarter_and_ten_of_b():
    order = Order(
        1,
        7,
        lines=(Line(1, 20.0, value=200.0, product=1), Line(2, 10.0, value=9.0)),
    )
    quarter = Rule(
        1,
        {},
        "limit",
        products=frozenset({1}),
        cap_type="quantity_percent",
        cap_value=25.0,
    )
    assert allowance([quarter], order, None) == {1: 5.0, 2: 10.0}


def test_a_new_period_gives_as_much_again():
    line = Line(1, 20.0, supplied=5.0, value=200.0)
    quarter = Rule(1, {}, "limit", cap_type="quantity_percent", cap_value=25.0)
    assert cap(quarter, [line]) == {1: 5.0}
    assert cap(quarter, [line], recent={}) == {1: 10.0}


# === LOCKS AND ROWS ===#


def test_locks_only_what_a_rule_limits():
    orders = [{"customer": 7, "group": 3, "user": 4}]
    assert lock_keys([rule("overdue_days")], orders) == set()
    assert lock_keys([rule(), rule("user_exposure")], orders) == {
        "customer:7",
        "user:4",
    }
    assert "group:3" in lock_keys([rule(by_group=True)], orders)
    assert lock_keys([rule("order_amount", 1, "limit")], orders) == {"customer:7"}


def test_quotations_count_for_nobody():
    rows = [
        ("owed", 7, None, 30.0, 5.0, 0.0, None, None, None, False),
        ("order", 7, 1, 60.0, 0.0, 4.0, None, NOW, None, False),
        ("order", 7, 2, 40.0, 0.0, 4.0, None, NOW, None, True),
    ]
    ledger = Ledger(rows, quotations={1})
    subject = ledger.subject([7])
    assert (subject.balance, subject.credit) == (30.0, 5.0)
    assert [other.id for other in subject.others] == [2]
    assert [other.id for other in ledger.seller(4).others] == [2]
    assert ledger.open[1] == (60.0, 0.0)
