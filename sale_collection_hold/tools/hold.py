"""What an order may do: which rules reach it, the verdict, and how much may leave.

Pure: no clock, no database; see `hold_facts` for what goes in.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from .hold_facts import (
    EPSILON,
    STRENGTHS,
    Condition,
    Line,
    Order,
    Party,
    Rule,
    Supplied,
    free_credit,
)
from .hold_measure import Measure, measure
from .hold_scope import about, asked, in_force, lines_of, reaches

# What a reminder step asks for is a rule that has hit already.
STEP_RULE = Rule(0, {}, "warn", conditions=(Condition("step_reached"),))


class Check(NamedTuple):
    """What became of one rule: outcome `hit`, `miss`, `exempt`, `overridden`."""

    rule: Rule
    outcome: str
    measures: tuple = ()
    by: int = 0


class Verdict(NamedTuple):
    strength: str = "none"
    checks: tuple = ()
    free: float = None  # credit left for this order, None without a limit
    passed: str = ""  # `paid` or `exempt`: not judged at all

    @property
    def hits(self):
        return tuple(check for check in self.checks if check.outcome == "hit")


class Question(NamedTuple):
    """How orders are to be judged; the same for all of one call."""

    today: date | None = None  # each company's own when None
    checkpoint: str = "confirm"  # or `delivery`
    moment: datetime | None = None  # of confirmation, for the rate of other currencies
    fresh: bool = False  # judge confirmed orders like new ones
    lock: bool = False  # take the locks of what the rules limit
    # Strengths that keep an order from being confirmed: the next one need not count it.
    blocked: Collection[str] = ("refuse",)
    needs: frozenset = frozenset()  # facts to read beside those the rules need


# === DECIDE ===#


def judge(
    rules: Iterable[Rule],
    order: Order,
    party: Party,
    today: date,
    checkpoint: str = "confirm",
) -> Verdict:
    """Return the verdict on one order.

    A rule near the customer replaces the rules of the same conditions that reach
    further; an exemption lifts the rules it names, else those that reach further.

    >>> limit = Rule(1, {}, "hold", conditions=(Condition("over_limit"),))
    >>> from .hold_facts import Subject
    >>> party = Party(Subject(100.0, limit=200.0))
    >>> today = date(2026, 3, 1)
    >>> [judge([limit], Order(1, 7, open=amount), party, today).strength
    ...  for amount in (100.0, 150.0)]
    ['none', 'hold']
    """
    if order.exempt:
        return Verdict(passed="exempt")
    if order.id and order.amount > EPSILON and order.received >= order.amount - EPSILON:
        return Verdict(passed="paid")
    found = [
        (rule, measure(rule, order, party, today))
        for rule in rules
        if in_force(rule, today)
        and asked(rule, order, checkpoint)
        and reaches(rule, order)
    ]
    exemptions = [
        rule
        for rule, measures in found
        if rule.kind == "exclude" and all(row.hit for row in measures)
    ]
    blocking = [(rule, rows) for rule, rows in found if rule.kind == "block"]
    nearest = {}
    for rule, _rows in blocking:
        nearest[rule.codes] = max(nearest.get(rule.codes, 0), rule.level)
    checks = tuple(
        _check(rule, rows, nearest[rule.codes], exemptions) for rule, rows in blocking
    )
    checks += _step_check(order)
    strengths = [check.rule.strength for check in checks if check.outcome == "hit"]
    return Verdict(
        max(strengths, key=STRENGTHS.index, default="none"),
        checks,
        free_credit(order, party.tightest(order)),
    )


def _step_check(order):
    if not order.step_strength:
        return ()
    rule = STEP_RULE._replace(strength=order.step_strength)
    found = Measure("step_reached", order.step, None, "step", True)
    return (Check(rule, "hit", (found,)),)


def _check(rule, measures, nearest, exemptions):
    if rule.level < nearest:
        return Check(rule, "overridden", measures)
    for exemption in exemptions:
        named = rule.id in exemption.excluded
        if named or not exemption.excluded and exemption.level > rule.level:
            return Check(rule, "exempt", measures, exemption.id)
    hit = all(row.hit for row in measures)
    return Check(rule, "hit" if hit else "miss", measures)


def judge_in_turn(
    rules: Sequence[Rule],
    orders: Iterable[Order],
    parties: Mapping[int, Party],
    today: date,
    checkpoint: str = "confirm",
    blocked: Collection[str] = (),
) -> dict[int, Verdict]:
    """Judge orders one after the other, by date and id; return {order id: verdict}.

    Each counts the ones before it as confirmed, those the verdict refuses not.

    :param parties: {order id: Party}
    :param blocked: strengths that keep an order from being confirmed

    >>> from .hold_facts import Subject
    >>> limit = Rule(1, {}, "refuse", conditions=(Condition("over_limit"),))
    >>> orders = [Order(1, 7, 10, open=60.0), Order(2, 7, 10, open=60.0),
    ...           Order(3, 7, 10, open=40.0)]
    >>> parties = dict.fromkeys((1, 2, 3), Party(Subject(limit=100.0)))
    >>> found = judge_in_turn([limit], orders, parties, date(2026, 3, 1),
    ...                       blocked={"refuse"})
    >>> [found[order.id].strength for order in orders]
    ['none', 'refuse', 'none']
    """
    verdicts, counted = {}, []
    for order in sorted(orders, key=lambda order: (order.moment, order.id)):
        party = parties[order.id].with_orders(order, counted)
        verdict = judge(rules, order, party, today, checkpoint)
        verdicts[order.id] = verdict
        if not order.confirmed and verdict.strength not in blocked:
            counted.append(order)
    return verdicts


# === HOW MUCH ===#


def allot(lines: Iterable[Line], free: float) -> dict[int, float]:
    """Return {line id: quantity that may be supplied in all} for an amount of credit.

    In the order of the lines, whole units down to each line's rounding; what has left
    stays.

    :param free: credit left for what has not been supplied yet

    >>> a, b = Line(1, 20.0, 0.0, 200.0), Line(2, 10.0, 2.0, 50.0)
    >>> allot([a, b], 100.0), allot([a, b], 215.0)
    ({1: 10.0, 2: 2.0}, {1: 20.0, 2: 5.0})
    >>> allot([a, b], -5.0)
    {1: 0.0, 2: 2.0}
    """
    allowed = {}
    for line in lines:
        missing = max(0.0, line.ordered - line.supplied)
        price = line.value / line.ordered if line.ordered else 0.0
        if price * missing > max(free, 0.0) + EPSILON:
            missing = _round_down(max(free, 0.0) / price, line.rounding)
        free -= missing * price
        allowed[line.id] = line.supplied + missing
    return allowed


def cap(
    rule: Rule,
    lines: Sequence[Line],
    recent: Mapping[int, float] | None = None,
    others: float = 0.0,
) -> dict[int, float]:
    """Return {line id: quantity that may be supplied in all} under the cap of a rule.

    :param lines: the lines the rule is about
    :param recent: {line id: quantity supplied in the period of the cap}; all that was
        supplied when left out
    :param others: what other orders used of the cap in the period

    >>> a, b = Line(1, 20.0, 0.0, 200.0), Line(2, 10.0, 0.0, 50.0)
    >>> cap(Rule(1, {}, "limit", cap_type="quantity_percent", cap_value=25), [a])
    {1: 5.0}
    >>> cap(Rule(1, {}, "limit", cap_type="amount", cap_value=100), [a, b])
    {1: 10.0, 2: 0.0}
    >>> cap(Rule(1, {}, "limit", cap_type="quantity", cap_value=25), [a, b], others=3)
    {1: 20.0, 2: 2.0}
    """
    recent = {line.id: line.supplied for line in lines} if recent is None else recent
    if rule.cap_type == "quantity_percent":
        return {line.id: _capped(rule, line, recent) for line in lines}
    if rule.cap_type == "quantity":
        lines = [line._replace(value=line.ordered) for line in lines]
    total = sum(line.value for line in lines)
    limit = (
        total * rule.cap_value / 100
        if rule.cap_type == "amount_percent"
        else rule.cap_value
    )
    used = others + sum(
        recent.get(line.id, 0.0) * line.value / line.ordered
        for line in lines
        if line.ordered
    )
    return allot(lines, limit - used)


def allowance(
    rules: Iterable[Rule],
    order: Order,
    free: float | None,
    received: float | None = None,
    recent: Mapping[int, Mapping[int, float]] | None = None,
    others: Mapping[int, float] | None = None,
) -> dict[int, float]:
    """Return {line id: quantity that may be supplied in all} under rules that stop.

    Lines no rule is about are not limited.

    :param free: credit left for the order, None without a limit
    :param received: money that frees what is paid; None when only all of it does
    :param recent: {rule id: {line id: quantity supplied in the period of its cap}}
    :param others: {rule id: what other orders used of its cap in the period}

    >>> order = Order(1, 7, lines=(Line(1, 20.0, 0.0, 200.0, product=5),
    ...                            Line(2, 10.0, 0.0, 100.0, product=6)))
    >>> quarter = Rule(1, {}, "limit", products=frozenset({5}), cap_value=25.0,
    ...                cap_type="quantity_percent")
    >>> allowance([quarter], order, None)
    {1: 5.0, 2: 10.0}
    >>> allowance([quarter, Rule(2, {}, "prepay")], order, None, received=30.0)
    {1: 3.0, 2: 0.0}
    >>> allowance([Rule(3, {}, "hold", products=frozenset({6}))], order, None)
    {1: 20.0, 2: 0.0}
    """
    allowed = {line.id: line.ordered for line in order.lines}
    for rule in rules:
        lines = lines_of(rule, order)
        for line_id, quantity in _allow(
            rule, lines, order, free, received, recent or {}, others or {}
        ).items():
            allowed[line_id] = min(allowed[line_id], quantity)
    return allowed


def _allow(rule, lines, order, free, received, recent, others):
    """Return what one rule lets these lines have."""
    nothing = {line.id: line.supplied for line in lines}
    if rule.strength == "prepay" and received is not None:
        return allot(lines, received - _worth(order.lines))
    if rule.strength != "limit":
        return nothing
    if rule.cap_type != "credit":
        return cap(rule, lines, recent.get(rule.id), others.get(rule.id, 0.0))
    if free is None:
        return {line.id: line.ordered for line in lines}
    return allot(lines, free - min(order.open, order.gone))


def _worth(lines):
    """Return the value of what has left."""
    return sum(
        line.value * line.supplied / line.ordered for line in lines if line.ordered
    )


def cap_use(
    rule: Rule, supplied: Iterable[Supplied], order: int
) -> tuple[dict[int, float], float]:
    """Return what a period's supplies used of the cap of a rule: of one order by line,
    and of the customer's other orders in the unit of the cap.

    >>> supplies = [Supplied(1, Line(1, 20.0, 5.0, 200.0), 5.0),
    ...             Supplied(2, Line(2, 10.0, 10.0, 40.0), 5.0)]
    >>> cap_use(Rule(1, {}, "limit", cap_type="amount"), supplies, 1)
    ({1: 5.0}, 20.0)
    """
    reached = [row for row in supplied if about(rule, row.line)]
    recent = {row.line.id: row.quantity for row in reached if row.order == order}
    others = [row for row in reached if row.order != order]
    if rule.cap_type == "quantity":
        return recent, sum(row.quantity for row in others)
    if rule.cap_type == "amount":
        return recent, sum(
            row.line.value * row.quantity / row.line.ordered
            for row in others
            if row.line.ordered
        )
    return recent, 0.0


def stops_all(rules: Iterable[Rule]) -> bool:
    """Tell whether one of these rules keeps the whole order back.

    >>> stops_all([Rule(1, {}, "limit"), Rule(2, {}, "hold", products=frozenset({5}))])
    False
    >>> stops_all([Rule(1, {}, "refuse")])
    True
    """
    return any(
        rule.strength in ("hold", "refuse") and not (rule.products or rule.categories)
        for rule in rules
    )


def released(order: Order, amount: float) -> dict[int, float]:
    """Return {line id: quantity that may be supplied in all} under a release of a part.

    >>> released(Order(1, 7, lines=(Line(1, 10.0, 2.0, 100.0),)), 50.0)
    {1: 5.0}
    """
    return allot(order.lines, amount - _worth(order.lines))


def _capped(rule, line, recent):
    part = _round_down(line.ordered * rule.cap_value / 100, line.rounding)
    used = recent.get(line.id, 0.0)
    return min(line.ordered, max(line.supplied, line.supplied - used + part))


def _round_down(quantity, rounding):
    steps = int(quantity / rounding + 1e-6)
    return round(steps * rounding, 6)
