"""The entries that money makes: base x rate x factor x share, cents cumulated.

Amounts are in the currency of the invoice, ``cent`` is its rounding. Percentages run
from 0 to 100, factors and shares from 0 to 1.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from odoo.addons.sale_collection.tools import scorecard

from . import commission
from .commission_plan import (
    Customer,
    Line,
    Plan,
    Receipt,
    covers,
    customer_kind,
    is_cleared,
    rank_plans,
    split_claims,
)

NONE = MappingProxyType({})


class Weight(NamedTuple):
    """What an earner has at a rate of a plan; ``own`` is the base times the share."""

    plan: Plan | None
    rate: commission.Rate
    base: float
    own: float


class Entry(NamedTuple):
    """One entry to book; in the order of the columns it is written to."""

    company_id: int
    receipt_id: int | None
    move_id: int | None
    move_ref: int | None
    partner_id: int | None
    user_id: int | None
    agent_id: int | None
    plan_id: int
    rate_id: int | None
    kind: str
    date: date
    days_late: int
    currency_id: int
    base_amount: float
    rate: float
    factor: float
    share: float
    advanced: float
    exact: float
    amount: float
    amount_company: float
    occurrence: int
    detail: str | None = None


class Gap(NamedTuple):
    """Money on which somebody earns nothing, and why."""

    company_id: int
    receipt_id: int
    move_id: int
    partner_id: int | None
    user_id: int | None
    agent_id: int | None
    date: date
    amount: float
    reason: str


class Facts(NamedTuple):
    """What was read for a batch of invoices.

    Deciding writes to two of them: ``booked`` goes along with each entry, ``cache``
    keeps what was worked out for an invoice.
    """

    plans: dict  # company: its plans, the closest first
    lines: dict  # invoice: lines
    today: dict  # company: date
    grace: dict  # company: days
    booked: dict  # (invoice, rep, agent, plan, rate, kind): (exact, amount)
    cache: dict  # what was found out on the way, start with {}
    claims: Mapping = NONE  # invoice line: claims
    costs: Mapping = NONE  # invoice line: cost
    customers: Mapping = NONE  # (company, customer): Customer
    fault_days: Mapping = NONE  # receivable line: days
    leaders: Mapping = NONE  # team: its leader
    originals: Mapping = NONE  # credit note: Receipts that paid its invoice
    advances: Mapping = NONE  # invoice: {(rep, agent, plan, rate): amount advanced}
    have: frozenset = frozenset()  # (receipt, rep, agent, kind) that are booked


# === ENTRIES === #


def decide(receipts: Iterable[Receipt], facts: Facts) -> tuple[list[Entry], list[Gap]]:
    """Return the entries that rows of money make, and on what nobody earns.

    Give the rows of an invoice in the order they came: cents are cumulated.
    """
    entries, gaps = [], []
    for receipt in receipts:
        found, missing = _decide_receipt(receipt, facts)
        entries += found
        gaps += missing
        if not (found or missing):
            gaps.append(_gap(receipt, None, None, "nothing"))
    return entries, gaps


def _decide_receipt(receipt, facts):
    if not receipt.invoice_total:
        return [], []  # instalments that cancel out: nothing was sold
    weights, missing = weigh(receipt, facts)
    if receipt.kind == "write_off":
        return _decide_losses(receipt, weights, facts), []
    judged = _judge(receipt, facts)
    today = facts.today[receipt.company_id]
    ready = {}
    for earner, weight in weights.items():
        missing.pop(earner[:2], None)
        if is_cleared(weight.plan, receipt, today):
            ready[earner] = weight
        else:
            missing[earner[:2]] = "not_cleared"
    gaps = [_gap(receipt, *earner, reason) for earner, reason in missing.items()]
    entries = _decide_accruals(receipt, ready, judged, facts)
    entries += _decide_overrides(receipt, ready, judged, facts)
    entries += _decide_bounty(receipt, weights, judged, facts)
    return entries, gaps


def _judge(receipt, facts):
    return scorecard.judged_days_late(
        receipt.days_late,
        facts.grace[receipt.company_id],
        facts.fault_days.get(receipt.line_id, 0),
    )


def weigh(receipt: Receipt, facts: Facts) -> tuple[dict, dict]:
    """Return what each earner has of a whole invoice, and why others have nothing.

    :return: {(rep, agent, plan, rate): Weight} and {(rep, agent): reason}
    """
    key = (receipt.move_id, receipt.user_id, receipt.team_id, receipt.date)
    if key not in facts.cache:
        facts.cache[key] = _weigh(receipt, facts)
    weights, missing = facts.cache[key]
    return weights, dict(missing)


def _weigh(receipt, facts):
    weights, missing = {}, {}
    for line in _get_lines(receipt, facts):
        claims = split_claims(facts.claims.get(line.id, ()), receipt.user_id)
        if not claims:
            missing[None, None] = "no_earner"
        for user_id, agent_id, share in claims:
            plan = _get_plan(receipt, user_id, agent_id, receipt.team_id, facts)
            rate = plan and _get_rate(receipt, line, plan, facts)
            if not rate:
                missing[user_id, agent_id] = "no_rate" if plan else "no_plan"
                continue
            amount = _get_base(line, plan, facts)
            weight = Weight(plan, rate, amount, amount * share)
            _add(weights, (user_id, agent_id, plan.key, rate.key), weight)
    return weights, missing


def _add(weights, key, weight):
    """Add a weight to those of the same key."""
    if key in weights:
        before = weights[key]
        weight = weight._replace(
            base=before.base + weight.base, own=before.own + weight.own
        )
    weights[key] = weight


def _get_lines(receipt, facts):
    # An opening balance knows no products and no taxes.
    total = receipt.invoice_total
    return facts.lines.get(receipt.move_id) or [
        Line(None, receipt.move_id, total, total)
    ]


def _get_plan(receipt, user_id, agent_id, team_id, facts):
    key = (receipt.company_id, user_id, agent_id, team_id)
    if key not in facts.cache:
        facts.cache[key] = rank_plans(facts.plans[receipt.company_id], *key[1:])
    for plan in facts.cache[key]:
        if covers(plan, receipt.invoice_date, receipt.date):
            return plan
    return None


def _get_rate(receipt, line, plan, facts):
    customer = facts.customers.get((receipt.company_id, receipt.partner_id), Customer())
    kind = "existing"
    if plan.asks_customer:
        kind = customer_kind(line, receipt.invoice_date, customer, plan.new_days)
    sale = commission.Sale(
        day=receipt.date if plan.by_money_date else receipt.invoice_date,
        product=line.product_id,
        category_path=line.category_path,
        tags=customer.tags,
        grade=customer.grade,
        team=receipt.team_id,
        customer=kind,
    )
    rate = commission.pick_rate(plan.rates, sale)
    # Tiers pay on what was collected at any rate, also at none.
    return rate or (commission.Rate(None, 0.0) if plan.has_tiers else None)


def _get_base(line, plan, facts):
    """Return what a line counts for, in the currency of the invoice."""
    if plan.base == "tax_included":
        return line.tax_included
    if plan.base == "margin" and line.id:
        return line.tax_free - facts.costs.get(line.id, 0.0)
    return line.tax_free


def _get_factor(plan, receipt, judged, facts):
    """Return the factor of money; a refund's is that its invoice earned by.

    So that what was earned is taken back, however late it came and we refund.
    """
    paid = facts.originals.get(receipt.move_id, ())
    total = sum(row.amount for row in paid)
    if total <= 0:
        return _get_own_factor(plan, receipt, judged)
    earned = sum(
        row.amount * _get_own_factor(plan, row, _judge(row, facts)) for row in paid
    )
    return earned / total


def _get_own_factor(plan, receipt, judged):
    form = plan.forms.get(receipt.journal_id)
    timely = commission.pick_step(plan.lateness, judged)
    return timely * form.factor if form else timely


def _get_part(receipt):
    return receipt.amount_currency / receipt.invoice_total


def _decide_accruals(receipt, ready, judged, facts):
    part = _get_part(receipt)
    advanced = dict(facts.advances.get(receipt.move_id, ()))
    entries = []
    for earner, weight in ready.items():
        setoff = advanced.pop(earner, 0.0) * part
        entries += _book(receipt, facts, "accrual", earner, judged, weight, setoff)
    # What was advanced to somebody who does not earn on this money any more.
    nothing = Weight(None, commission.Rate(None, 0.0), 0.0, 0.0)
    for earner, amount in advanced.items() if ready else ():
        setoff = amount * part
        entries += _book(receipt, facts, "accrual", earner, judged, nothing, setoff)
    return entries


def _decide_overrides(receipt, ready, judged, facts):
    """Return what managers earn on the money of others, once for each rate."""
    managed = {}
    for (user_id, _agent, _plan, _rate), weight in ready.items():
        for override in weight.plan.overrides:
            manager = override.user or facts.leaders.get(receipt.team_id)
            if manager and manager != user_id:
                percent = override.percent
                if override.of_commission:
                    percent *= weight.rate.percent / 100
                key = (manager, None, weight.plan.key, weight.rate.key)
                paid = weight._replace(rate=weight.rate._replace(percent=percent))
                _add(managed, key, paid)
    return [
        entry
        for earner, weight in managed.items()
        for entry in _book(receipt, facts, "override", earner, judged, weight)
    ]


def _decide_bounty(receipt, weights, judged, facts):
    """Return what the collector earns on old debt that others sold."""
    customer = facts.customers.get((receipt.company_id, receipt.partner_id))
    collector = customer and customer.collector
    if not collector or collector in {key[0] for key in weights} | {receipt.user_id}:
        return []
    plan = _get_plan(receipt, collector, None, customer.collector_team, facts)
    if not (plan and plan.bounty_percent) or judged < plan.bounty_days:
        return []
    if not is_cleared(plan, receipt, facts.today[receipt.company_id]):
        return []
    base = sum(_get_base(line, plan, facts) for line in _get_lines(receipt, facts))
    weight = Weight(plan, commission.Rate(None, plan.bounty_percent), base, base)
    earner = (collector, None, plan.key, None)
    return _book(receipt, facts, "bounty", earner, judged, weight)


def _decide_losses(receipt, weights, facts):
    """Return what a write-off costs those who would have earned on the money."""
    charged = {}
    for (user_id, agent_id, plan_id, _rate), weight in weights.items():
        plan = weight.plan
        if plan.loss_percent and receipt.amount >= plan.loss_from:
            rate = commission.Rate(None, plan.loss_percent)
            cost = Weight(plan, rate, -weight.base, -weight.own)
            _add(charged, (user_id, agent_id, plan_id, None), cost)
    judged = _judge(receipt, facts)
    return [
        entry
        for earner, weight in charged.items()
        for entry in _book(receipt, facts, "loss", earner, judged, weight)
    ]


def _book(receipt, facts, kind, earner, judged, weight, setoff=0.0):
    """Return the entry of an earner in a list, cents cumulated over the invoice.

    Lateness counts for what is earned by the rate, not for bounties and losses.
    """
    user_id, agent_id, plan_id, rate_id = earner
    if (receipt.id, user_id, agent_id, kind) in facts.have:
        return []
    part = _get_part(receipt)
    factor = 1.0
    if kind in ("accrual", "override") and weight.plan:
        factor = _get_factor(weight.plan, receipt, judged, facts)
    percent = weight.rate.percent
    group = (receipt.move_id, *earner, kind)
    exact_before, booked_before = facts.booked.get(group, (0.0, 0.0))
    exact = weight.own * part * percent / 100 * factor - setoff
    amount = commission.rounding_gap(exact_before + exact, booked_before, receipt.cent)
    facts.booked[group] = (exact_before + exact, booked_before + amount)
    return [
        Entry(
            receipt.company_id,
            receipt.id,
            receipt.move_id,
            receipt.move_id,
            receipt.partner_id,
            user_id,
            agent_id,
            plan_id,
            rate_id,
            kind,
            receipt.date,
            judged,
            receipt.currency_id,
            commission.round_cent(weight.base * part, receipt.cent),
            percent,
            factor,
            weight.own / weight.base if weight.base else 1.0,
            commission.round_cent(setoff, receipt.cent),
            exact,
            amount,
            get_company_amount(receipt, amount),
            receipt.occurrence,
        )
    ]


def get_company_amount(receipt: Receipt, amount: float) -> float:
    """Return an amount in company currency, at the rate of its money."""
    if not receipt.amount_currency or receipt.amount == receipt.amount_currency:
        return amount
    worth = amount * receipt.amount / receipt.amount_currency
    return commission.round_cent(worth, receipt.company_cent)


def _gap(receipt, user_id, agent_id, reason):
    return Gap(
        receipt.company_id,
        receipt.id,
        receipt.move_id,
        receipt.partner_id,
        user_id,
        agent_id,
        receipt.date,
        receipt.amount,
        reason,
    )


# === ADVANCES === #


def decide_advances(invoice: Receipt, facts: Facts) -> list[Entry]:
    """Return the advances on an open invoice, given as the money it waits for."""
    weights, _missing = weigh(invoice, facts)
    entries = []
    for earner, weight in weights.items():
        percent, rate = weight.plan.advance_percent, weight.rate.percent
        amount = commission.advance_of(weight.own, rate, percent, invoice.cent)
        if amount:
            entries.append(_get_advance(invoice, earner, weight, amount))
    return entries


def _get_advance(invoice, earner, weight, amount):
    user_id, agent_id, plan_id, rate_id = earner
    return Entry(
        company_id=invoice.company_id,
        receipt_id=None,
        move_id=invoice.move_id,
        move_ref=invoice.move_id,
        partner_id=invoice.partner_id,
        user_id=user_id,
        agent_id=agent_id,
        plan_id=plan_id,
        rate_id=rate_id,
        kind="advance",
        date=invoice.date,
        days_late=0,
        currency_id=invoice.currency_id,
        base_amount=weight.base,
        rate=weight.rate.percent,
        factor=weight.plan.advance_percent / 100,
        share=weight.own / weight.base,
        advanced=0.0,
        exact=amount,
        amount=amount,
        amount_company=get_company_amount(invoice, amount),
        occurrence=invoice.occurrence,
    )
