"""Which changes of credit terms give a customer more credit. Pure."""

POLICIES = ("prepay", "limit", "unlimited")
LAST_DAYS = ("temporary_limit_until", "credit_limit_until")


def is_raise(name: str, before, after) -> bool:
    """Return whether a term changes in the customer's favour.

    >>> is_raise("credit_policy", "prepay", "limit")
    True
    >>> is_raise("credit_policy", "unlimited", "limit")
    False
    >>> is_raise("guarantee_amount", 100.0, 100.0), is_raise("temporary_limit", 0, 5)
    (False, True)

    A last day counts as raised when it is later or goes away:

    >>> from datetime import date
    >>> day, later = date(2026, 3, 1), date(2026, 4, 1)
    >>> [is_raise("credit_limit_until", *days)
    ...  for days in ((day, later), (day, False), (later, day), (False, day))]
    [True, True, False, False]

    A limit of 0 on the customer is none:

    >>> [is_raise("credit_limit", *limits) for limits in ((500, 0), (500, 400))]
    [True, False]
    >>> is_raise("excluded", False, True), is_raise("excluded", True, False)
    (True, False)
    """
    if name == "credit_policy":
        return bool(after) and POLICIES.index(after) > POLICIES.index(before)
    if name in LAST_DAYS:
        return bool(before) and (not after or after > before)
    if name == "credit_limit" and before and not after:
        return True
    return (after or 0) > (before or 0)
