"""The figures of a customer, put together from what was read of the ledger.

Amounts are in the company currency. What is not known is None, never 0.
"""

from collections.abc import Callable, Mapping
from operator import itemgetter

# Days of the latest money, which the trend compares with all money before them.
TREND_DAYS = 90

# Below half a cent there is nothing to divide by.
NOTHING = 0.005

DEBT_KEYS = (
    "amount_open",
    "amount_unapplied",
    "amount_overdue",
    "amount_not_due",
    "amount_1_30",
    "amount_31_60",
    "amount_61_90",
    "amount_over_90",
    "exposure",
    "oldest_due_date",
    "open_late_count",
    "overdue_days_weight",
    # by the judged due date, as the two before
    "amount_late",
    "judged_due_date",
)
NO_DEBTS = {
    **dict.fromkeys(DEBT_KEYS, 0),
    **{"oldest_due_date": None, "judged_due_date": None},
}

BEHAVIOUR_KEYS = (
    "paid_count",
    "paid_late_count",
    "short_paid_count",
    "median_days_late",
    "paid_amount",
    "paid_days_weight",
    "recent_amount",
    "recent_days_weight",
    "last_payment_date",
    # what risk and predicted date of an instalment are read from
    "after_due_count",
    "over_30_count",
    "day_off_paid_count",
    "day_off_after_due_count",
    "day_off_median_days_late",
    "weekday_paid",
    "weekday_after_due",
    "usual_amount",
    "recent_days_late",
)
# No payment on any weekday, as a profile keeps seven counts.
NO_COUNTS = ",".join("0" * 7)
NO_BEHAVIOUR = {
    **dict.fromkeys(BEHAVIOUR_KEYS, 0),
    "median_days_late": None,
    "last_payment_date": None,
    "day_off_median_days_late": None,
    "weekday_paid": NO_COUNTS,
    "weekday_after_due": NO_COUNTS,
    "recent_days_late": None,
}

TERM_KEYS = (
    "credit_policy",
    "credit_limit",
    "extra_limit",
    "bounced_count",
    "first_invoice_date",
    "amount_disputed",
    "amount_promised",
    "promise_kept_ratio",
    "broken_promise_count",
    "excluded",
)
# What is kept as it was read.
KEPT_DEBTS = tuple(name for name in DEBT_KEYS if name != "overdue_days_weight")
KEPT_TERMS = (
    "amount_disputed",
    "amount_promised",
    "bounced_count",
    "first_invoice_date",
    "promise_kept_ratio",
    "broken_promise_count",
)
_kept_debts, _kept_terms = itemgetter(*KEPT_DEBTS), itemgetter(*KEPT_TERMS)
_behaviour = itemgetter(*BEHAVIOUR_KEYS)


def divide(amount: float, by: float, digits: int) -> float | None:
    """The rounded quotient, None where there is nothing to divide by.

    >>> divide(1, 3, 2), divide(1, 0, 2)
    (0.33, None)
    """
    return round(amount / by, digits) if by > NOTHING else None


def compose(
    debts: Mapping,
    behaviour: Mapping,
    terms: Mapping,
    round_amount: Callable[[float], float],
) -> dict:
    """The projection of one customer from what was read.

    ``debts`` has the keys of `DEBT_KEYS`, ``behaviour`` those of `BEHAVIOUR_KEYS`,
    ``terms`` those of `TERM_KEYS`.

    >>> terms = dict.fromkeys(TERM_KEYS, 0) | {
    ...     "credit_policy": "limit", "credit_limit": 500, "amount_promised": 100}
    >>> debts = NO_DEBTS | {"amount_overdue": 300, "exposure": 350}
    >>> figures = compose(debts, NO_BEHAVIOUR, terms, round)
    >>> figures["amount_collectable"], figures["available_credit"]
    (200, 150)
    """
    figures = dict(zip(KEPT_DEBTS, _kept_debts(debts), strict=True))
    figures.update(zip(KEPT_TERMS, _kept_terms(terms), strict=True))
    figures |= behaviour_figures(debts, behaviour)
    claimed = (
        terms["amount_disputed"] + terms["amount_promised"] + debts["amount_unapplied"]
    )
    collectable = 0.0 if terms["excluded"] else debts["amount_overdue"]
    if collectable and claimed:
        collectable = max(0.0, round_amount(collectable - claimed))
    figures["amount_collectable"] = collectable
    available = available_credit(terms, debts["exposure"])
    figures["available_credit"] = available and round_amount(available)
    return figures


def available_credit(terms: Mapping, exposure: float) -> float | None:
    """Credit left of the terms: None without a limit, never above 0 on prepayment.

    >>> terms = {"credit_policy": "limit", "credit_limit": 500, "extra_limit": 100}
    >>> available_credit(terms, 450)
    150
    >>> available_credit(terms | {"credit_policy": "prepay"}, 450)
    -450
    >>> available_credit(terms | {"credit_policy": "unlimited"}, 450)
    """
    if terms["credit_policy"] == "unlimited":
        return None
    if terms["credit_policy"] == "prepay":
        return -exposure
    return terms["credit_limit"] + terms["extra_limit"] - exposure


def behaviour_figures(debts: Mapping, behaviour: Mapping) -> dict:
    """The part of the projection that says how the customer pays.

    What is overdue now counts as late with its age so far: a customer that does not
    pay must not look better than one that pays late.

    >>> paid = NO_BEHAVIOUR | {"paid_count": 3, "paid_late_count": 1}
    >>> behaviour_figures(NO_DEBTS | {"open_late_count": 1}, paid)["late_share"]
    0.5
    """
    paid_count = behaviour["paid_count"]
    open_late = debts["open_late_count"]
    late_count = behaviour["paid_late_count"] + open_late
    return {
        **dict(zip(BEHAVIOUR_KEYS, _behaviour(behaviour), strict=True)),
        "avg_days_late": average_days_late(debts, behaviour),
        "late_share": divide(late_count, paid_count + open_late, 4),
        "late_count": late_count,
        "short_pay_share": divide(behaviour["short_paid_count"], paid_count, 4),
        "days_late_trend": trend(behaviour),
        "recent_days_late": round(behaviour["recent_days_late"] or 0.0, 2),
        "usual_amount": round(behaviour["usual_amount"] or 0.0, 2),
    }


def average_days_late(debts: Mapping, behaviour: Mapping) -> float | None:
    """Average days late by amount, with what is overdue and its age so far.

    >>> average_days_late(
    ...     {"overdue_days_weight": 35000, "amount_late": 500},
    ...     {"paid_days_weight": 22000, "paid_amount": 1000})
    38.0
    """
    weight = behaviour["paid_days_weight"] + debts["overdue_days_weight"]
    amount = behaviour["paid_amount"] + debts["amount_late"]
    return divide(weight, amount, 2)


def trend(behaviour: Mapping) -> float | None:
    """Days by which the money of the last 90 days came later than that of before.

    >>> trend({"paid_amount": 300, "paid_days_weight": 3000,
    ...        "recent_amount": 100, "recent_days_weight": 2000})
    15.0
    """
    recent = divide(behaviour["recent_days_weight"], behaviour["recent_amount"], 6)
    before = divide(
        behaviour["paid_days_weight"] - behaviour["recent_days_weight"],
        behaviour["paid_amount"] - behaviour["recent_amount"],
        6,
    )
    if recent is None or before is None:
        return None
    return round(recent - before, 2)
