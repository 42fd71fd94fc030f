"""Whom a supply rule reaches, and when. Pure; see `hold_facts`."""

from collections.abc import Iterable, Mapping
from datetime import date

from .hold_facts import CREDIT_CODES, Line, Order, Rule


def in_force(rule: Rule, today: date) -> bool:
    """Tell whether a rule is valid on a day.

    >>> rule = Rule(1, {}, "hold", date_from=date(2026, 1, 1), date_to=date(2026, 2, 1))
    >>> [in_force(rule, date(2026, month, 1)) for month in (1, 2, 3)]
    [True, True, False]
    """
    return (rule.date_from is None or rule.date_from <= today) and (
        rule.date_to is None or today <= rule.date_to
    )


def reaches(rule: Rule, order: Order) -> bool:
    """Tell whether an order is in the scope of a rule."""
    return (
        (not rule.partners or order.customer in rule.partners)
        and (not rule.tags or not rule.tags.isdisjoint(order.tags))
        and (not rule.grades or order.grade_id in rule.grades)
        and (not rule.policy or rule.policy == order.policy)
        and (not rule.countries or order.country in rule.countries)
        and (not rule.teams or order.team in rule.teams)
        and (not rule.users or order.user in rule.users)
        and (not rule.terms or order.term in rule.terms)
        and (not (rule.products or rule.categories) or bool(lines_of(rule, order)))
    )


def lines_of(rule: Rule, order: Order) -> tuple[Line, ...]:
    """Return the lines of an order a rule is about."""
    return tuple(line for line in order.lines if about(rule, line))


def about(rule: Rule, line: Line) -> bool:
    """Tell whether a rule is about the product of a line."""
    if not rule.products and not rule.categories:
        return True
    return line.product in rule.products or not rule.categories.isdisjoint(
        line.categories
    )


def asked(rule: Rule, order: Order, checkpoint: str) -> bool:
    """Tell whether a rule judges an order at this checkpoint.

    A rule that holds an order already goes on judging it.
    """
    if rule.id in order.held_rules:
        return True
    if not (rule.at_confirm if checkpoint == "confirm" else rule.at_delivery):
        return False
    return not (
        rule.orders_from and order.confirmed and order.moment < rule.orders_from
    )


def lock_keys(rules: Iterable[Rule], orders: Iterable[Mapping]) -> set[str]:
    """Return what two sessions must not use at once: whose credit these rules limit.

    :param orders: with `customer`, `group` and `user`

    >>> from .hold_facts import Condition
    >>> rule = Rule(1, {}, "hold", conditions=(Condition("over_limit"),))
    >>> orders = [{"customer": number, "group": None, "user": 4} for number in (7, 8)]
    >>> sorted(lock_keys([rule], orders))
    ['customer:7', 'customer:8']
    >>> lock_keys([rule._replace(strength="warn")], orders)
    set()
    """
    keys = set()
    for rule in rules:
        if rule.kind != "block" or rule.strength == "warn":
            continue
        if "user_exposure" in rule.codes:
            keys |= {f"user:{order['user']}" for order in orders if order["user"]}
        if rule.by_group:
            keys |= {f"group:{order['group']}" for order in orders if order["group"]}
        if rule.strength == "limit" or not CREDIT_CODES.isdisjoint(rule.codes):
            keys |= {f"customer:{order['customer']}" for order in orders}
    return keys
