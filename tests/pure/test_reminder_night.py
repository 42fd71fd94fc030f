"""Which reminders a day calls for, case by case, without a database."""

from datetime import date, timedelta
from itertools import product

import pytest

from odoo.addons.sale_collection_reminder.tools.facts import (
    Customer,
    Facts,
    Line,
    Plan,
)
from odoo.addons.sale_collection_reminder.tools.ladder import (
    BankLine,
    Credit,
    Progress,
    Step,
    index_bank_lines,
)
from odoo.addons.sale_collection_reminder.tools.night import Named, Night

DUE = date(2026, 1, 30)  # a Friday
FIRST, SECOND, FINAL = Step(11, 5), Step(12, 20), Step(13, 40)
SOON = Step(10, -3)
PLAN = Plan(1, (FIRST, SECOND, FINAL))


def every_day(day):
    return True


def late(days):
    return DUE + timedelta(days)


def make_line(key=1, amount=100.0, due=DUE, **values):
    return Line(key, key * 10, 7, amount, amount, due, f"INV/{key:06}", **values)


def make_night(*lines, today=None, plans=(PLAN,), facts=None, default=None, **values):
    customer = Customer(7, lines or [make_line()], profile=70, **values)
    known = Facts(today or late(5), {7: customer}, **(facts or {}))
    return Night(known, plans, default, every_day)


def decide(*lines, **values):
    """Return (step, reason, {line: amount}) of the messages of a day."""
    return [summarize(message) for message in make_night(*lines, **values).decide()]


def summarize(message):
    amounts = {part.line: part.amount for part in message.parts}
    return message.step, message.reason, amounts


# === WHAT KEEPS THEM BACK === #


@pytest.mark.parametrize(
    "line, customer, facts, reason",
    [
        ({}, {}, {}, None),
        ({"bar": "never_sent"}, {}, {}, "never_sent"),
        ({"is_paying": True}, {}, {}, "paying"),
        ({"disputed": 100.0}, {}, {}, "disputed"),
        ({"promised": 100.0}, {}, {}, "promised"),
        ({"disputed": 40.0, "promised": 60.0}, {}, {}, "promised"),
        ({"snoozed_until": late(5)}, {}, {}, "snoozed"),
        ({}, {"snooze_until": late(5)}, {}, "snoozed"),
        ({}, {"excluded": True}, {}, "excluded"),
        ({}, {"credits": [Credit(100.0)]}, {}, "covered"),
        ({}, {"standing": 100.0}, {}, "promised"),
        ({}, {"has_reply": True}, {}, "reply"),
        ({}, {}, {"bank_is_stale": True}, "bank_stale"),
        ({}, {}, {"bank": index_bank_lines([BankLine(100.0)])}, "bank_line"),
        ({}, {}, {"bank": index_bank_lines([BankLine(5.0, 7)])}, "bank_line"),
        (
            {},
            {},
            {"bank": index_bank_lines([BankLine(5, text="INV/000001")])},
            "bank_line",
        ),
        ({}, {}, {"bank": index_bank_lines([BankLine(5, 8)])}, None),
    ],
)
def test_reasons(line, customer, facts, reason):
    [(step, found, amounts)] = decide(make_line(**line), facts=facts, **customer)
    assert (step, found, amounts) == (FIRST.id, reason, {1: 100.0})


def test_the_first_reason_counts():
    line = make_line(bar="no_followup", disputed=100.0)
    assert decide(line)[0][1] == "no_followup"
    assert decide(line, excluded=True)[0][1] == "excluded"


def test_lines_kept_back_are_told_by_reason():
    lines = [
        make_line(1, bar="never_sent"),
        make_line(2, disputed=100.0),
        make_line(3, bar="never_sent"),
        make_line(4),
    ]
    assert decide(*lines) == [
        (FIRST.id, None, {4: 100.0}),
        (FIRST.id, "never_sent", {1: 100.0, 3: 100.0}),
        (FIRST.id, "disputed", {2: 100.0}),
    ]


@pytest.mark.parametrize(
    "values, reason",
    [
        ({}, "before_entry"),
        ({"is_entered": True}, None),
        ({"progress": Progress(cycle=1)}, None),
        ({"due": DUE + timedelta(1)}, None),
    ],
)
def test_debts_from_before_the_plan_began(values, reason):
    plan = PLAN._replace(entry_date=DUE + timedelta(1))
    line = make_line(**{"due": DUE, **values})
    assert decide(line, today=late(6), plans=[plan])[0][1] == reason


@pytest.mark.parametrize(
    "days, reason", [(0, "gap"), (2, "gap"), (3, None), (None, None)]
)
def test_gap_between_notices(days, reason):
    plan = PLAN._replace(gap_days=3)
    last = None if days is None else late(5) - timedelta(days)
    assert decide(plans=[plan], last_notice=last)[0][1] == reason
    by_hand = make_night(plans=[plan], last_notice=last).decide_by_hand({1})
    assert by_hand[0].reason is None


def test_announcements_keep_no_gap():
    plan = Plan(1, (SOON, FIRST), gap_days=9)
    found = decide(today=late(-3), plans=[plan], last_notice=late(-4))
    assert found == [(SOON.id, None, {1: 100.0})]


@pytest.mark.parametrize("amount, reason", [(99.99, "below_minimum"), (100.0, None)])
def test_minimum_of_a_step(amount, reason):
    plan = PLAN._replace(minimum={FIRST.id: 100.0})
    assert decide(make_line(1, amount), plans=[plan])[0][1] == reason


# === HOW MUCH === #


def test_what_is_paused_is_not_asked_for():
    [message] = make_night(make_line(disputed=20.0, promised=30.0)).decide()
    [part] = message.parts
    assert (part.residual, part.amount, message.credit) == (100.0, 50.0, 0.0)


def test_credits_first_then_standing_promises():
    lines = [make_line(1), make_line(2), make_line(3)]
    night = make_night(*lines, credits=[Credit(30.0), Credit(40.0, 30)], standing=50.0)
    [message] = night.decide()
    assert summarize(message)[2] == {1: 20.0, 2: 100.0, 3: 60.0}
    assert message.credit == 120.0  # with what the promise brings


# === MESSAGES === #


def test_one_notice_at_the_highest_step():
    """It lists what was reminded of before as well; what is not due stays out."""
    reached = Progress(FIRST.id, 5, late(4), 1, DUE, 1)
    lines = [
        make_line(
            1, due=late(-20), progress=Progress(FIRST.id, 5, late(-15), 1, late(-20), 1)
        ),
        make_line(2, due=DUE),
        make_line(3, due=late(-1), progress=reached),
        make_line(4, due=late(4)),
    ]
    [message] = make_night(*lines).decide()
    assert (message.step, message.move) == (SECOND.id, None)
    assert [(part.line, part.step, part.listed) for part in message.parts] == [
        (1, SECOND.id, False),
        (2, FIRST.id, False),
        (3, FIRST.id, True),
    ]


def test_announcements_are_per_invoice():
    plan = Plan(1, (SOON, FIRST))
    lines = [make_line(1), make_line(2), make_line(3, due=late(-8))]
    found = make_night(*lines, today=late(-3), plans=[plan]).decide()
    assert [(one.step, one.move, [p.line for p in one.parts]) for one in found] == [
        (SOON.id, 10, [1]),
        (SOON.id, 20, [2]),
        (FIRST.id, None, [3]),
    ]


def test_counted_from_the_end_of_a_pause():
    assert not decide(make_line(pause_end=late(2)))
    assert decide(make_line(pause_end=late(2)), today=late(7))
    assert not decide(snooze_until=late(4))
    # nothing announces or says due what is overdue already
    plan = Plan(1, (SOON, Step(14, 0)))
    assert not decide(make_line(pause_end=late(2)), today=late(2), plans=[plan])


# === WHOSE PLAN === #


@pytest.mark.parametrize(
    "values, default, expected",
    [
        ({}, None, 1),
        ({}, 3, 3),
        ({"pace": "firm"}, 3, 2),
        ({"pace": "firm", "ladder": 3}, None, 3),
        ({"pace": "gentle", "ladder": 99}, None, 1),
    ],
)
def test_plan_of_a_customer(values, default, expected):
    plans = [PLAN, Plan(2, (FIRST,), "firm"), Plan(3, (FIRST,), "firm")]
    [message] = make_night(plans=plans, default=default, **values).decide()
    assert message.plan.id == expected


def test_nobody_without_a_plan():
    night = make_night(plans=[Plan(2, (FIRST,), "firm")])
    assert night.get_case(7) is None and night.get_case(8) is None
    assert not night.decide() and not night.find_next_days()


def test_customer_that_cannot_be_decided_on():
    night = make_night()
    broken = Customer(8, [make_line()._replace(residual=None)])
    night.facts.customers[8] = broken
    with pytest.raises(TypeError):
        night.decide()
    errors = []
    found = night.decide(lambda partner, error: errors.append(partner))
    assert ([one.partner for one in found], errors) == ([7], [8])
    assert night.failed == {8}
    assert list(night.find_next_days()) == [7]


# === BY HAND === #


@pytest.mark.parametrize(
    "progress, again, step, cycle",
    [
        (None, False, FIRST, 1),
        (Progress(FIRST.id, 5, late(5), 1, DUE, 1), False, SECOND, 1),
        (Progress(FIRST.id, 5, late(5), 1, DUE, 1), True, FIRST, 2),
        (Progress(FINAL.id, 40, late(40), 1, DUE, 1), False, FINAL, 2),
    ],
)
def test_by_hand(progress, again, step, cycle):
    lines = [make_line(1, progress=progress), make_line(2)]
    night = make_night(*lines, today=late(1))
    [message] = night.decide_by_hand({1}, again)
    [part] = message.parts
    assert (part.line, part.step, part.cycle) == (1, step.id, cycle)
    assert part.start == late(1) - timedelta(step.days), "later steps count from today"


# === ONCE MORE BEFORE SENDING === #

NAMED = [Named(1, DUE), Named(2, DUE), Named(3, DUE, listed=True)]


def recheck(*lines, named=NAMED, move=None, today=None, plan=PLAN, **values):
    case = make_night(*lines, today=today, plans=[plan], **values).get_case(7)
    return case.recheck(FIRST.id, move, named)


def test_recheck_takes_out_what_is_settled():
    found = recheck(make_line(1, 60.0), make_line(2, disputed=100.0), make_line(3))
    assert found.reason is None
    assert {key: one.amount for key, one in found.asked.items()} == {1: 60.0, 3: 100.0}
    assert found.left_out == {2: "disputed"}


@pytest.mark.parametrize(
    "lines, reason",
    [
        # only what was listed is left
        ([make_line(3)], "paid"),
        ([make_line(2, promised=100.0), make_line(3)], "promised"),
        ([make_line(9)], "paid"),
    ],
)
def test_recheck_with_nothing_left(lines, reason):
    found = recheck(*lines)
    assert (found.reason, found.asked, found.left_out) == (reason, {}, {})


@pytest.mark.parametrize("lines", [[], [make_line(1, 0.01, least=0.055)]])
def test_recheck_knows_why_nothing_is_left(lines):
    case = make_night(*lines, make_line(3)).get_case(7)
    found = case.recheck(FIRST.id, None, NAMED, {1: "written_off"})
    assert found.reason == "written_off"


@pytest.mark.parametrize(
    "values, reason",
    [
        ({"has_reply": True}, "reply"),
        ({"facts": {"bank_is_stale": True}}, "bank_stale"),
        ({"plan": PLAN._replace(minimum={FIRST.id: 500.0})}, "below_minimum"),
        # prepared today: that is no earlier notice
        ({"plan": PLAN._replace(gap_days=9), "last_notice": late(5)}, None),
    ],
)
def test_recheck_of_the_message(values, reason):
    assert recheck(make_line(1), **values).reason == reason


def test_announced_too_late():
    values = {"named": [Named(1, DUE)], "move": 10}
    assert recheck(make_line(1), today=late(0), **values).reason is None
    assert recheck(make_line(1), today=late(1), **values).reason == "outdated"


# === WHAT LIES AHEAD === #


def test_next_day_follows_the_message_of_today():
    night = make_night()
    assert night.find_next_days() == {7: late(20)}
    assert night.get_case(7).find_next() == {1: (late(20), SECOND)}


@pytest.mark.parametrize(
    "line, customer, day",
    [
        ({"promised_for": late(10)}, {}, late(15)),
        ({"snoozed_until": late(12)}, {}, late(17)),
        ({}, {"snooze_until": late(11)}, late(16)),
        ({"bar": "never_sent"}, {}, None),
        ({}, {"excluded": True}, None),
        # an online payment may still fail
        ({"is_paying": True}, {}, late(20)),
    ],
)
def test_next_day_after_a_pause(line, customer, day):
    night = make_night(make_line(**line), **customer)
    assert night.find_next_days() == {7: day}


def test_next_days_are_those_of_each_customer_alone():
    """What instalments alike have in common is found once: none gets another's day."""
    begun = Progress(FIRST.id, 5, late(-20), 1, late(-30), 1)
    sent = {"sent": late(4), "times": 1, "start": DUE, "cycle": 1}
    lines = [
        {},
        {"due": late(-3)},
        {"due": late(-30), "progress": begun},
        {"progress": Progress(SOON.id, -3, **sent)},
        {"progress": Progress(FIRST.id, 5, **sent)},
        {"progress": Progress(SECOND.id, 20, **sent)},
        {"due": late(10), "promised_for": late(12)},
        {"due": late(12)},
        {"covered": 100.0, "covered_until": late(60)},
    ]
    customers = [
        Customer(key, [make_line(key, **values)], ladder=ladder)
        for key, (ladder, values) in enumerate(product((1, 2), lines), 1)
    ]
    plans = [Plan(1, (SOON, *PLAN.steps)), Plan(2, (SECOND,))]

    def find(*some):
        facts = Facts(late(5), {one.id: one for one in some})
        return Night(facts, plans, 1, every_day).find_next_days()

    alone = [find(one)[one.id] for one in customers]
    assert find(*customers) == dict(enumerate(alone, 1))
    assert len(set(alone)) > 6
    # Nor does another plan of the same id: what a draft would do.
    facts = Facts(late(5), {1: customers[0]})
    night = Night(facts, plans, 1, every_day)
    night.find_next_days()
    draft = night.get_case(1, Plan(1, (FINAL,)))
    assert draft.find_next_day() == late(40)


def test_foresee_a_customer_that_never_pays():
    lines = [make_line(1), make_line(2, 50.0, late(15))]
    case = make_night(*lines, today=late(0)).get_case(7)
    assert [(one.date, one.step.id, one.amount) for one in case.foresee()] == [
        (late(5), FIRST.id, 100.0),
        (late(20), SECOND.id, 150.0),
        (late(35), SECOND.id, 50.0),
        (late(40), FINAL.id, 100.0),
        (late(55), FINAL.id, 50.0),
    ]


def test_foresee_a_plan_that_only_announces():
    plan = Plan(1, (SOON,))
    line = make_line(promised_for=late(3))
    case = make_night(line, today=late(-5), plans=[plan]).get_case(7)
    assert case.foresee() == [] and case.find_next() == {}


# === THE CURRENCY OF THE INVOICE ===#


def euros(key, amount, rate, **values):
    """Return an instalment of so many euros, at a rate in company currency."""
    line = make_line(key, amount * rate, currency=978, **values)
    return line._replace(residual_currency=amount)


def test_rates_leave_nothing_to_ask_for():
    credits = [Credit(1000.0, None, 978, 1.2255)]
    [message] = make_night(euros(1, 1000.0, 1.25), credits=credits).decide()
    assert (message.reason, message.credit) == ("covered", 0.0)


def test_credit_of_another_rate_counts_in_its_currency():
    credits = [Credit(100.0, None, 978, 1.5)]
    [message] = make_night(euros(1, 1000.0, 1.25), credits=credits).decide()
    [part] = message.parts
    assert (part.amount_currency, part.credit, part.amount) == (900.0, 100.0, 1125.0)


def test_least_amount_is_in_the_currency_of_the_invoice():
    yen = make_line(1, 0.035, currency=392, least=5.5)._replace(residual_currency=5.0)
    assert make_night(yen).decide() == []
    more = yen._replace(residual=0.042, residual_currency=6.0)
    assert len(make_night(more).decide()) == 1


@pytest.mark.parametrize(
    ("due", "reason"),
    [(late(-5), None), (DUE, None), (late(1), "redated"), (late(90), "redated")],
)
def test_due_date_moved(due, reason):
    named = [Named(1, DUE)]
    assert recheck(make_line(1, due=due), named=named, today=late(6)).reason == reason


def test_true_reason_of_what_is_not_open_any_more():
    case = make_night(make_line(2), today=late(6)).get_case(7)
    found = case.recheck(FIRST.id, None, [Named(1, DUE)], {1: "cancelled"})
    assert found.reason == "cancelled"


def test_announcement_goes_out_as_it_was_prepared():
    case = make_night(make_line(1), today=late(-3)).get_case(7)
    gone = {1: "redated"}  # of an instalment that is open: the case knows better
    assert case.recheck(SOON.id, 10, [Named(1, DUE)], gone).reason is None
