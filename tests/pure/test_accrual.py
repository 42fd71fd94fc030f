"""Who earns what on a row of money, case by case, without a database."""

from datetime import date

import pytest

from odoo.addons.sale_collection_commission.tools import accrual
from odoo.addons.sale_collection_commission.tools.commission import (
    Rate,
    Step,
    target_parts,
    tier_parts,
)
from odoo.addons.sale_collection_commission.tools.commission_plan import (
    Claim,
    Customer,
    Line,
    Override,
    Plan,
    Receipt,
    rank_plans,
)

JANUARY = date(2026, 1, 20)
REP, OTHER, LEADER, COLLECTOR = 7, 8, 9, 10
FACTORS = (Step(0, 1.0), Step(1, 0.8), Step(31, 0.5), Step(61, 0.0))


def make_plan(key=1, percent=10.0, **values):
    return Plan(key, rates=(Rate(key * 10, percent),), lateness=FACTORS, **values)


def make_receipt(amount=1000.0, **values):
    receipt = Receipt(
        *(1, 1, 5, 3, REP, 4, 6, "cash", JANUARY, 0, amount, amount, 2, 0.01, 0.01),
        *(None, date(2026, 1, 1), 1000.0, 1),
    )
    return receipt._replace(**values)


def make_facts(*plans, **values):
    facts = {
        "plans": {1: list(plans)},
        "lines": {5: [Line(1, 5, 600.0, 600.0), Line(2, 5, 400.0, 400.0)]},
        "today": {1: date(2026, 6, 1)},
        "grace": {1: 3},
        "booked": {},
        "cache": {},
    }
    return accrual.Facts(**{**facts, **values})


def earn(receipt, facts):
    """Return {(who, kind): amount} and the reasons for gaps."""
    entries, gaps = accrual.decide([receipt], facts)
    amounts = {(row.user_id or row.agent_id, row.kind): row.amount for row in entries}
    return amounts, [gap.reason for gap in gaps]


@pytest.mark.parametrize(
    "days_late, amount",
    [(0, 100.0), (3, 100.0), (4, 80.0), (32, 80.0), (34, 50.0), (64, 0.0)],
)
def test_lateness_after_grace(days_late, amount):
    receipt = make_receipt(days_late=days_late)
    assert earn(receipt, make_facts(make_plan())) == ({(REP, "accrual"): amount}, [])


@pytest.mark.parametrize(
    "claims, expected",
    [
        ({}, {REP: 100.0}),
        ({1: [Claim(OTHER, None, 1.0)]}, {OTHER: 60.0, REP: 40.0}),
        ({1: [Claim(OTHER, None, 0.5)]}, {OTHER: 30.0, REP: 70.0}),
        ({1: [Claim(REP, None, 0.4)]}, {REP: 100.0}),
    ],
)
def test_shares(claims, expected):
    amounts, __ = earn(make_receipt(), make_facts(make_plan(), claims=claims))
    assert {who: amount for (who, _kind), amount in amounts.items()} == expected


@pytest.mark.parametrize(
    "override, user, expected",
    [
        (Override(LEADER, 2), REP, {(LEADER, "override"): 20.0}),
        (Override(None, 2), REP, {(LEADER, "override"): 20.0}),
        (Override(LEADER, 20, True), REP, {(LEADER, "override"): 20.0}),
        (Override(LEADER, 2), LEADER, {}),
    ],
)
def test_managers(override, user, expected):
    facts = make_facts(make_plan(overrides=(override,)), leaders={4: LEADER})
    amounts, __ = earn(make_receipt(user_id=user), facts)
    del amounts[user, "accrual"]
    assert amounts == expected


@pytest.mark.parametrize(
    "collector, days_late, bounty",
    [(COLLECTOR, 63, 30.0), (COLLECTOR, 62, None), (REP, 63, None), (None, 63, None)],
)
def test_bounty(collector, days_late, bounty):
    facts = make_facts(
        make_plan(bounty_percent=3.0, bounty_days=60),
        customers={(1, 3): Customer(collector=collector)},
    )
    amounts, __ = earn(make_receipt(days_late=days_late), facts)
    assert amounts.get((collector, "bounty")) == bounty


@pytest.mark.parametrize(
    "amount, expected, reasons",
    [(400.0, {(REP, "loss"): -20.0}, []), (99.0, {}, ["nothing"])],
)
def test_losses(amount, expected, reasons):
    facts = make_facts(make_plan(loss_percent=5.0, loss_from=100.0))
    receipt = make_receipt(amount, kind="write_off")
    assert earn(receipt, facts) == (expected, reasons)


def test_advance_is_set_off_from_whoever_had_it():
    advances = {5: {(REP, None, 1, 10): 50.0, (OTHER, None, 1, 10): 30.0}}
    amounts, __ = earn(make_receipt(400.0), make_facts(make_plan(), advances=advances))
    assert amounts == {(REP, "accrual"): 20.0, (OTHER, "accrual"): -12.0}


@pytest.mark.parametrize(
    "plan, receipt, reason",
    [
        (make_plan(date_from=date(2026, 2, 1)), make_receipt(), "no_plan"),
        (make_plan()._replace(rates=()), make_receipt(), "no_rate"),
        (make_plan(), make_receipt(user_id=None), "no_earner"),
        (make_plan(when_cleared=True), make_receipt(is_banked=False), "not_cleared"),
        (make_plan(), make_receipt(invoice_total=0.0), "nothing"),
    ],
)
def test_who_earns_nothing(plan, receipt, reason):
    assert earn(receipt, make_facts(plan)) == ({}, [reason])


def test_what_is_booked_is_not_booked_again():
    facts = make_facts(make_plan(), have=frozenset([(1, REP, None, "accrual")]))
    assert accrual.decide([make_receipt()], facts)[0] == []


def test_tiers_alone_count_money_at_no_rate():
    plan = make_plan(has_tiers=True)._replace(rates=())
    [entry], gaps = accrual.decide([make_receipt()], make_facts(plan))
    assert (entry.amount, entry.base_amount, entry.rate_id, gaps) == (0, 1000, None, [])


def test_plans_by_closeness():
    everyone, team = Plan(1), Plan(2, teams=frozenset([4]))
    named = Plan(3, users=frozenset([REP]), teams=frozenset([4]))
    agents = Plan(4, agents=frozenset([20]))
    plans = [everyone, team, named, agents]

    def rank(*earner):
        return [plan.key for plan in rank_plans(plans, *earner)]

    assert rank(REP, None, 4) == [3, 2, 1]
    assert rank(OTHER, None, 4) == [2, 1]
    assert rank(OTHER, None, 5) == [1]
    assert rank(None, 20, 4) == [4]


STEPS = [Step(0, 5), Step(100, 8), Step(200, 10)]


@pytest.mark.parametrize(
    "amount, mode, parts",
    [
        (0, "marginal", [(0, 5)]),
        (100, "marginal", [(100, 5)]),
        (250, "marginal", [(100, 5), (100, 8), (50, 10)]),
        (250, "flat", [(250, 10)]),
        (100, "flat", [(100, 8)]),
        (-30, "marginal", [(-30, 5)]),
    ],
)
def test_tiers(amount, mode, parts):
    assert tier_parts(amount, STEPS, mode) == parts


@pytest.mark.parametrize(
    "base, collected, target, parts",
    [
        (250, 250, 100, [(100, 5), (100, 8), (50, 10)]),
        (125, 250, 100, [(50, 5), (50, 8), (25, 10)]),
        (250, 250, 0, [(250, 5)]),
        (-5, -10, 100, [(-5, 5)]),
    ],
)
def test_tiers_by_target(base, collected, target, parts):
    assert target_parts(base, collected, target, STEPS, "marginal") == parts


def test_a_refund_takes_back_what_was_booked():
    old, new = make_plan(date_to=date(2026, 2, 28)), make_plan(2, 4.0)
    new = new._replace(date_from=date(2026, 3, 1))
    paid = make_receipt(900.0, invoice_total=900.0)
    refund = make_receipt(
        -300.0,
        id=2,
        move_id=6,
        user_id=OTHER,
        date=date(2026, 3, 10),
        invoice_date=date(2026, 3, 10),
        invoice_total=300.0,
        days_late=90,
    )
    facts = make_facts(
        *(new, old),
        lines={5: [Line(1, 5, 900.0, 900.0)], 6: [Line(2, 6, 300.0, 300.0)]},
        originals={6: [paid]},
    )
    entries, gaps = accrual.decide([refund, paid], facts)
    found = [(row.user_id, row.plan_id, row.amount) for row in entries]
    assert (found, gaps) == ([(REP, 1, 90.0), (REP, 1, -30.0)], [])
    alone = facts._replace(originals={6: []}, booked={}, cache={}, earned=None)
    assert accrual.decide([refund], alone)[0] == []
