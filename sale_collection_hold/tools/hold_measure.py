"""What each condition of a supply rule measures. Pure; see `hold_facts`."""

from typing import NamedTuple

from .hold_facts import EPSILON, exposure_with, overdue


class Measure(NamedTuple):
    """What one condition found."""

    code: str
    measured: object
    threshold: object
    unit: str
    hit: bool


def _recent(dates, days, today):
    return sum(1 for day in dates if 0 <= (today - day).days <= days)


# Each measures one code: (measured, threshold, unit, hit).


def _overdue_days(rule, condition, order, party, today):
    found = overdue(party.of(rule), rule.exclude_disputed)
    days = (today - found[0][0].due).days if found else 0
    return _compare(condition, days, "days")


def _overdue_amount(rule, condition, order, party, today):
    found = overdue(party.of(rule), rule.exclude_disputed)
    return _compare(condition, sum(rest for _debt, rest in found), "amount")


def _over_limit(rule, condition, order, party, today):
    subject = party.of(rule)
    used, limit = exposure_with(order, subject), subject.limit
    return used, limit, "amount", limit is not None and used > limit + EPSILON


def _limit_used(rule, condition, order, party, today):
    """A limit of nothing is used up by the first cent."""
    subject = party.of(rule)
    if subject.limit is None:
        return None, condition.threshold, "percent", False
    used = exposure_with(order, subject)
    if subject.limit > EPSILON:
        return _compare(condition, round(used / subject.limit * 100, 2), "percent")
    hit = (used > EPSILON) == (condition.operator == "over")
    return None, condition.threshold, "percent", hit


def _limit_expired(rule, condition, order, party, today):
    end = party.of(rule).limit_end
    days = max(0, (today - end).days) if end else 0
    return _compare(condition, days, "days")


def _order_amount(rule, condition, order, party, today):
    return _compare(condition, order.amount, "amount")


def _broken_promises(rule, condition, order, party, today):
    found = _recent(party.of(rule).broken, condition.days, today)
    return _compare(condition, found, "count")


def _bounced(rule, condition, order, party, today):
    found = _recent(party.of(rule).bounces, condition.days, today)
    return _compare(condition, found, "count")


def _previous_unpaid(rule, condition, order, party, today):
    """What the customer has got and not paid, due or not."""
    subject = party.of(rule)
    shipped = sum(
        min(other.open, other.supplied)
        for other in subject.others
        if other.id != order.id
    )
    return _compare(condition, max(0.0, subject.balance + shipped), "amount")


def _user_exposure(rule, condition, order, party, today):
    return _compare(condition, exposure_with(order, party.seller), "amount")


def _grade_at_or_below(rule, condition, order, party, today):
    """A new customer is at the grade for new customers, and below no other."""
    if not order.grade or not condition.grade:
        return None, None, "grade", False
    name, score, is_new = order.grade
    wanted, highest, for_new = condition.grade
    hit = is_new if for_new else not is_new and score <= highest
    return name, wanted, "grade", hit


def _step_reached(rule, condition, order, party, today):
    hit = bool(order.step) and order.step >= condition.threshold
    return order.step, condition.threshold, "step", hit


def _term_missing(rule, condition, order, party, today):
    return None, None, "", bool(order.id) and not order.term


def _term_longer(days, allowed):
    hit = days is not None and allowed is not None and days > allowed
    return days, allowed, "days", hit


def _term_over_grade(rule, condition, order, party, today):
    return _term_longer(order.term_days, order.grade_days)


def _term_over_customer(rule, condition, order, party, today):
    """A customer without terms of its own pays at once."""
    return _term_longer(order.term_days, order.customer_days or 0)


def _no_review(rule, condition, order, party, today):
    return None, None, "", not order.has_review


def _figure(rule, condition, order, party, today):
    """What an addon measured of the order; what it has no figure for is not so.

    >>> from .hold_facts import Condition, Figure, Order
    >>> order = Order(1, 7, figures=(Figure("own", 300.0),))
    >>> _figure(None, Condition("own", threshold=250.0), order, None, None)
    (300.0, 250.0, 'amount', True)
    >>> _figure(None, Condition("other"), order, None, None)
    (None, 0.0, '', False)
    """
    for figure in order.figures:
        if figure.code == condition.code:
            return _compare(condition, figure.value, figure.unit)
    return None, condition.threshold, "", False


def _compare(condition, measured, unit):
    more = measured > condition.threshold + EPSILON
    hit = more == (condition.operator == "over")
    return measured, condition.threshold, unit, hit


_MEASURES = {
    "overdue_days": _overdue_days,
    "overdue_amount": _overdue_amount,
    "over_limit": _over_limit,
    "limit_used": _limit_used,
    "limit_expired": _limit_expired,
    "order_amount": _order_amount,
    "broken_promises": _broken_promises,
    "bounced": _bounced,
    "previous_unpaid": _previous_unpaid,
    "user_exposure": _user_exposure,
    "grade_at_or_below": _grade_at_or_below,
    "step_reached": _step_reached,
    "term_missing": _term_missing,
    "term_over_grade": _term_over_grade,
    "term_over_customer": _term_over_customer,
    "no_review": _no_review,
}
CODES = frozenset(_MEASURES)


def measure(rule, order, party, today):
    """Return what each condition of a rule found; with none it is about all orders."""
    if not rule.conditions:
        return (Measure("order_amount", order.amount, 0.0, "amount", True),)
    return tuple(
        Measure(
            condition.code,
            *_MEASURES.get(condition.code, _figure)(
                rule, condition, order, party, today
            ),
        )
        for condition in rule.conditions
    )
