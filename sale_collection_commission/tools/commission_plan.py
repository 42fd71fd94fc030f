"""Commission plans as values: who is paid by which plan, on what, from when.

Amounts are in the currency of the invoice, ``cent`` is its rounding. Percentages run
from 0 to 100, factors and shares from 0 to 1.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import NamedTuple

from . import commission


class Override(NamedTuple):
    """What a manager earns on others' money; ``user`` None: leader of the team.

    ``of_commission``: ``percent`` is of what the rep earns, else of the base.
    """

    user: int | None
    percent: float
    of_commission: bool = False


class Form(NamedTuple):
    """How money of one journal counts, and when it is there without a bank line."""

    factor: float = 1.0
    term_days: int | None = None


class Plan(NamedTuple):
    """A commission plan as values; ids in sets, rates in the order they are tried.

    ``asks_customer``: some rate is for new customers or for others.
    """

    key: int
    rates: tuple = ()
    lateness: tuple = ()
    forms: Mapping = MappingProxyType({})
    overrides: tuple = ()
    users: frozenset = frozenset()
    agents: frozenset = frozenset()
    teams: frozenset = frozenset()
    date_from: date = date.min
    date_to: date | None = None
    by_money_date: bool = False
    base: str = "tax_free"
    new_days: int = 365
    when_cleared: bool = False
    safety_days: int = 0
    advance_percent: float = 0.0
    bounty_percent: float = 0.0
    bounty_days: int = 0
    loss_percent: float = 0.0
    loss_from: float = 0.0
    has_tiers: bool = False
    asks_customer: bool = False


class Receipt(NamedTuple):
    """A row of money and what of its invoice decides about commission.

    ``is_banked``: seen by the bank; ``matures_on``: day of maturity, before the days
    of the payment form; ``is_renamed``: known for long, as money only since now;
    ``is_opening``: settles an opening balance.
    """

    id: int
    company_id: int
    move_id: int
    partner_id: int
    user_id: int | None
    team_id: int | None
    line_id: int
    kind: str
    date: date
    days_late: int
    amount: float
    amount_currency: float
    currency_id: int
    cent: float
    company_cent: float
    journal_id: int | None
    invoice_date: date
    invoice_total: float
    occurrence: int
    is_banked: bool = True
    matures_on: date | None = None
    is_renamed: bool = False
    is_opening: bool = False


class Line(NamedTuple):
    """A product line of an invoice; amounts in its currency.

    ``part``: the order line that this part of a down payment stands for.
    """

    id: int | None
    move_id: int
    tax_free: float
    tax_included: float
    product_id: int | None = None
    category_path: str = ""
    order_id: int | None = None
    part: int | None = None


class Claim(NamedTuple):
    """An earner, a rep or an agent, and the share (0-1) of a line."""

    user_id: int | None
    agent_id: int | None
    share: float


class Customer(NamedTuple):
    """What rates match on; ``first_date``: first invoice, ours or imported."""

    tags: frozenset = frozenset()
    grade: int | None = None
    first_date: date | None = None
    first_order: int | None = None
    collector: int | None = None
    collector_team: int | None = None


# === WHO, BY WHICH PLAN AND RATE === #


def rank_plans(
    plans: Iterable[Plan], user: int | None, agent: int | None, team: int | None
) -> list[Plan]:
    """Return the plans that are for an earner at all, the closest first.

    A rep's own plan goes before that of the team, that before everyone's. Agents are
    paid by plans that name them.

    >>> all_, own = Plan(1), Plan(2, users=frozenset([7]))
    >>> [plan.key for plan in rank_plans([all_, own], 7, None, None)]
    [2, 1]
    >>> [plan.key for plan in rank_plans([all_, own], 8, None, None)]
    [1]
    >>> rank_plans([all_, own], None, 9, None)
    []
    """
    plans = list(plans)
    if agent:
        return [plan for plan in plans if agent in plan.agents]
    named = [plan for plan in plans if user in plan.users]
    others = [plan for plan in plans if not (plan.users or plan.agents)]
    of_team = [plan for plan in others if team in plan.teams]
    return named + of_team + [plan for plan in others if not plan.teams]


def covers(plan: Plan, invoice_date: date, money_date: date) -> bool:
    """Return whether a plan is valid for money of an invoice."""
    day = money_date if plan.by_money_date else invoice_date
    return plan.date_from <= day and (plan.date_to is None or day <= plan.date_to)


def customer_kind(line: Line, invoice_date: date, customer: Customer, days: int) -> str:
    """Return whether a line is of the first order, of a new customer or another.

    The first order with all its invoices counts; without orders the first invoice.

    >>> new = Customer(first_date=date(2026, 1, 1), first_order=3)
    >>> first = Line(1, 1, 0, 0, order_id=3)
    >>> customer_kind(first, date(2026, 3, 1), new, 365)
    'first'
    >>> customer_kind(first._replace(order_id=4), date(2026, 3, 1), new, 365)
    'new'
    >>> customer_kind(first._replace(order_id=4), date(2027, 3, 1), new, 365)
    'existing'
    """
    since = customer.first_date
    is_earliest = not since or invoice_date <= since
    if line.order_id and customer.first_order:
        is_first = line.order_id == customer.first_order
    else:
        is_first = is_earliest
    if is_first:
        return "first"
    return "new" if is_earliest or (invoice_date - since).days < days else "existing"


def split_claims(claims: Collection[Claim], user: int | None) -> list[Claim]:
    """Return the earners of a line: the claims, and the salesperson for the rest.

    Each earner stands there once. Claims over 100 % are cut in proportion: merged
    customers bring shares of both.

    >>> [tuple(claim) for claim in split_claims([Claim(7, None, 0.4)], 9)]
    [(7, None, 0.4), (9, None, 0.6)]
    >>> twice = [Claim(7, None, 1.0), Claim(8, None, 1.0)]
    >>> [tuple(claim) for claim in split_claims(twice, 9)]
    [(7, None, 0.5), (8, None, 0.5)]
    """
    if not claims:
        return [Claim(user, None, 1.0)] if user else []
    shares = defaultdict(float)
    for user_id, agent_id, share in claims:
        shares[user_id, agent_id] += share
    total = max(sum(shares.values()), 1.0)
    shares.update({earner: share / total for earner, share in shares.items()})
    rest = 1.0 - sum(shares.values())
    if rest > commission.NOTHING and user:
        shares[user, None] += rest
    return [Claim(*earner, share) for earner, share in shares.items()]


def is_cleared(plan: Plan, receipt: Receipt, today: date) -> bool:
    """Return whether money counts as there: seen by the bank, or matured long enough.

    >>> forms = {5: Form(term_days=90)}
    >>> plan = Plan(1, forms=forms, when_cleared=True, safety_days=10)
    >>> day = date(2026, 1, 1)
    >>> bill = Receipt(*range(8), day, 0, 0, 0, 0, 0, 0, 5, day, 0, 1, False, day)
    >>> [is_cleared(plan, bill, date(2026, 4, number)) for number in (10, 11)]
    [False, True]
    """
    if not plan.when_cleared or receipt.is_banked:
        return True
    form = plan.forms.get(receipt.journal_id)
    if form is None or form.term_days is None or receipt.matures_on is None:
        return False
    return receipt.matures_on + timedelta(form.term_days + plan.safety_days) <= today
