"""What would let an order go: the cheapest first. Pure; see `hold_facts`."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from .hold_facts import EPSILON, Order, Party, exposure_with, overdue

PAY, DUE, LIMIT, PREPAY, REDUCE = "pay", "due", "limit", "prepay", "reduce"
TERM, REVIEW, RELEASE = "term", "review", "release"


class Cure(NamedTuple):
    """One way out; `complete` when it alone is enough."""

    kind: str
    amount: float = 0.0
    documents: tuple = ()  # (name, amount) of the instalments to pay
    complete: bool = True


class Need(NamedTuple):
    """How much of a kind one condition asks for; debts are instalments to pay."""

    amount: float = 0.0
    debts: tuple = ()


def cures(
    checks: Sequence,
    order: Order,
    party: Party,
    today: date,
    rounded: Callable[[float], float] = lambda amount: round(amount, 2),
) -> list[Cure]:
    """Return what would let an order go, what is enough alone and costs least first.

    :param checks: the rules that hit, see `hold.Check`

    >>> from .hold import judge
    >>> from .hold_facts import Condition, Debt, Rule, Subject
    >>> late = Condition("overdue_days", "over", 5)
    >>> rules = [Rule(1, {}, "hold", conditions=(Condition("over_limit"),)),
    ...          Rule(2, {}, "hold", conditions=(late,))]
    >>> debt = Debt(4, "INV/1", date(2026, 1, 1), 60.0)
    >>> party = Party(Subject(100.0, debts=(debt,), limit=200.0))
    >>> order, day = Order(1, 7, amount=150.0, open=150.0), date(2026, 3, 1)
    >>> hits = judge(rules, order, party, day).hits
    >>> [(cure.kind, cure.amount, cure.complete)
    ...  for cure in cures(hits, order, party, day)[:3]]
    [('pay', 60.0, True), ('prepay', 150.0, True), ('limit', 50.0, False)]
    """
    options = [_options(check.rule, check, order, party, today) for check in checks]
    kinds = dict.fromkeys(kind for option in options for kind in option)
    found = [
        _merge(kind, [option.get(kind) for option in options], rounded)
        for kind in kinds
    ]
    if order.id and order.amount - order.received > EPSILON:
        found.append(Cure(PREPAY, rounded(order.amount - order.received)))
    if checks and not any(cure.complete for cure in found):
        found.append(Cure(RELEASE))
    return sorted(found, key=lambda cure: (not cure.complete, cure.amount))


def _merge(kind, needs, rounded):
    """Return the cure of one kind for all rules at once."""
    given = [need for need in needs if need]
    debts = {pair[0].line_id: pair for need in given for pair in need.debts}
    owed = sum(rest for _debt, rest in debts.values())
    amount = max(owed, *(need.amount for need in given))
    documents = tuple(
        (debt.name, rounded(rest))
        for debt, rest in sorted(debts.values(), key=lambda pair: pair[0].due)
    )
    return Cure(kind, rounded(amount), documents, len(given) == len(needs))


def _options(rule, check, order, party, today):
    """Return {kind: Need}: what would make one rule miss, by its conditions."""
    if not rule.id:
        return _pay_all(rule, party)
    found = {}
    for condition, row in zip(rule.conditions, check.measures, strict=False):
        if condition.operator != "over":
            continue
        cure = _CURES.get(condition.code, _cure_figure)
        for kind, need in cure(rule, condition, row, order, party, today).items():
            if kind not in found or need.amount < found[kind].amount:
                found[kind] = need
    return found


def _pay_all(rule, party):
    debts = tuple(overdue(party.of(rule), rule.exclude_disputed))
    return {PAY: Need(sum(rest for _debt, rest in debts), debts)} if debts else {}


def _oldest(debts, amount):
    """Return the oldest of these debts that make up an amount.

    >>> from .hold_facts import Debt
    >>> debts = [(Debt(n, str(n), date(2026, n, 1), 100.0), 100.0) for n in (1, 2)]
    >>> [rest for _debt, rest in _oldest(debts, 130.0)]
    [100.0, 30.0]
    """
    taken = []
    for debt, rest in debts:
        if amount <= EPSILON:
            break
        taken.append((debt, min(rest, amount)))
        amount -= rest
    return tuple(taken)


def _cure_overdue_days(rule, condition, row, order, party, today):
    debts = tuple(
        (debt, rest)
        for debt, rest in overdue(party.of(rule), rule.exclude_disputed)
        if (today - debt.due).days > condition.threshold
    )
    return {PAY: Need(sum(rest for _debt, rest in debts), debts)}


def _cure_overdue_amount(rule, condition, row, order, party, today):
    missing = row.measured - condition.threshold
    debts = overdue(party.of(rule), rule.exclude_disputed)
    return {PAY: Need(missing, _oldest(debts, missing))}


def _cure_over_limit(rule, condition, row, order, party, today):
    return _cure_credit(rule, row.measured - row.threshold, 1.0, order, party)


def _cure_limit_used(rule, condition, row, order, party, today):
    subject, share = party.of(rule), condition.threshold / 100
    missing = exposure_with(order, subject) - subject.limit * share
    return _cure_credit(rule, missing, share, order, party)


def _cure_credit(rule, missing, share, order, party):
    """Pay, buy less, or have a higher limit, of which `share` may be used."""
    debts = overdue(party.of(rule), False)
    found = {PAY: Need(missing, _oldest(debts, missing))}
    if share > 0:
        found[LIMIT] = Need(missing / share)
    if missing < order.open - EPSILON:
        found[REDUCE] = Need(missing)
    return found


def _cure_unpaid(rule, condition, row, order, party, today):
    missing = row.measured - condition.threshold
    return {PAY: Need(missing, _oldest(overdue(party.of(rule), False), missing))}


def _cure_seller(rule, condition, row, order, party, today):
    missing = row.measured - condition.threshold
    return {REDUCE: Need(missing)} if missing < order.open - EPSILON else {}


def _cure_order_amount(rule, condition, row, order, party, today):
    return {REDUCE: Need(row.measured - condition.threshold)}


def _cure_step(rule, condition, row, order, party, today):
    return _pay_all(rule, party)


def _cure_term(rule, condition, row, order, party, today):
    return {TERM: Need(float(row.threshold or 0))}


def _cure_review(rule, condition, row, order, party, today):
    return {REVIEW: Need()}


def _cure_figure(rule, condition, row, order, party, today):
    """An amount an addon measures is one to be paid of this very order."""
    if row.unit != "amount":
        return {}
    return {DUE: Need(row.measured - condition.threshold)}


_CURES = {
    "overdue_days": _cure_overdue_days,
    "overdue_amount": _cure_overdue_amount,
    "over_limit": _cure_over_limit,
    "limit_used": _cure_limit_used,
    "previous_unpaid": _cure_unpaid,
    "user_exposure": _cure_seller,
    "order_amount": _cure_order_amount,
    "step_reached": _cure_step,
    "term_missing": _cure_term,
    "term_over_grade": _cure_term,
    "term_over_customer": _cure_term,
    "no_review": _cure_review,
}
