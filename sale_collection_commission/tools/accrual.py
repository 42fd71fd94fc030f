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
from .pieces import Piece, follow_booked, merge_pieces

NONE = MappingProxyType({})
NOBODY = Customer()

# What a refund takes over from a row of money it gives back.
JUDGED_BY = (
    *("user_id", "team_id", "line_id", "journal_id"),
    *("date", "days_late", "invoice_date"),
)


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

    Deciding writes to three of them: ``booked`` and ``earned`` go along with each
    entry, ``cache`` keeps what was worked out for an invoice.
    """

    plans: dict  # company: its plans, the closest first
    lines: dict  # invoice: lines
    today: dict  # company: date
    grace: dict  # company: days
    booked: dict  # (invoice, rep, agent, plan, rate, kind): (exact, amount)
    cache: dict  # what was found out on the way, start with {}
    claims: Mapping = NONE  # invoice line, or (it, order line of its part): claims
    costs: Mapping = NONE  # the same: cost
    customers: Mapping = NONE  # (company, customer): Customer
    fault_days: Mapping = NONE  # receivable line: days
    leaders: Mapping = NONE  # team: its leader
    originals: Mapping = NONE  # credit note: Receipts that paid its invoice
    earned: dict | None = None  # of that money: Pieces that are booked
    advances: Mapping = NONE  # invoice: {(rep, agent, plan, rate): amount advanced}
    have: frozenset = frozenset()  # (receipt, rep, agent, kind) that are booked
    pays_renamed: bool = False  # a manager has said that it is to earn


# === ENTRIES === #


def decide(receipts: Iterable[Receipt], facts: Facts) -> tuple[list[Entry], list[Gap]]:
    """Return the entries that rows of money make, and on what nobody earns.

    Give the rows of an invoice in the order they came: cents are cumulated. Refunds
    are decided last, they take back what the others have earned.
    """
    facts = facts if facts.earned is not None else facts._replace(earned={})
    entries, gaps = [], []
    for receipt in sorted(receipts, key=lambda row: row.move_id in facts.originals):
        found, missing = _decide_receipt(receipt, facts)
        entries += found
        gaps += missing
        if not (found or missing):
            gaps.append(_gap(receipt, None, None, "nothing"))
    return entries, gaps


def _decide_receipt(receipt, facts):
    if not receipt.invoice_total:
        return [], []  # instalments that cancel out: nothing was sold
    if receipt.is_renamed and not facts.pays_renamed:
        facts.earned[receipt.id] = []
        return [], [_gap(receipt, receipt.user_id, None, "renamed")]
    judged = _judge(receipt, facts)
    if receipt.kind == "write_off":
        weights, _missing = weigh(receipt, facts)
        pieces, missing = _find_losses(receipt, weights), {}
    elif receipt.move_id in facts.originals:
        pieces, missing = _take_back(receipt, facts)
    else:
        pieces, missing = _find_pieces(receipt, judged, facts)
    if "not_cleared" not in missing.values():
        facts.earned[receipt.id] = pieces
    entries = [
        _book(receipt, facts, judged, piece)
        for piece in pieces
        if (receipt.id, *piece.earner[:2], piece.kind) not in facts.have
    ]
    return entries, [_gap(receipt, *earner, why) for earner, why in missing.items()]


def _find_pieces(receipt, judged, facts):
    """Return what money makes by the plans that are for it, and who has nothing."""
    weights, missing = weigh(receipt, facts)
    today = facts.today[receipt.company_id]
    ready = {}
    for earner, weight in weights.items():
        missing.pop(earner[:2], None)
        if is_cleared(weight.plan, receipt, today):
            ready[earner] = weight
        else:
            missing[earner[:2]] = "not_cleared"
    pieces = _find_accruals(receipt, ready, judged, facts)
    pieces += _find_overrides(receipt, ready, judged, facts)
    pieces += _find_bounty(receipt, weights, judged, facts)
    return pieces, missing


def _judge(receipt, facts):
    return scorecard.judged_days_late(
        receipt.days_late,
        facts.grace[receipt.company_id],
        facts.fault_days.get(receipt.line_id, 0),
    )


# === REFUNDS === #


def _take_back(receipt, facts):
    """Return what a refund takes back: what the money of its invoice has earned.

    By the plan, rate, rep and lateness of each row of that money, in proportion.
    """
    paid = facts.originals[receipt.move_id]
    total = sum(row.amount_currency for row in paid)
    pieces, missing = [], {}
    for row in paid if total > 0 else ():
        part = row.amount_currency / total
        like = receipt._replace(
            **{name: getattr(row, name) for name in JUDGED_BY},
            amount=receipt.amount * part,
            amount_currency=receipt.amount_currency * part,
        )
        found, why = _find_pieces(like, _judge(like, facts), facts)
        earned = facts.earned.get(row.id)
        if "not_cleared" in why.values() or earned is None:
            missing |= why
        else:
            size = like.amount_currency / row.amount_currency
            found = follow_booked(found, earned, size)
        pieces += found
    return merge_pieces(pieces), missing


# === WEIGHTS === #


def weigh(receipt: Receipt, facts: Facts) -> tuple[dict, dict]:
    """Return what each earner has of a whole invoice, and why others have nothing.

    :return: {(rep, agent, plan, rate): Weight} and {(rep, agent): reason}
    """
    key = (receipt.move_id, receipt.user_id, receipt.team_id, receipt.date)
    key += (receipt.invoice_date,)
    if key not in facts.cache:
        facts.cache[key] = _weigh(receipt, facts)
    weights, missing = facts.cache[key]
    return weights, dict(missing)


def _weigh(receipt, facts):
    weights, missing = {}, {}
    for line in _get_lines(receipt, facts):
        own = line.part and facts.claims.get((line.id, line.part))
        own = own or facts.claims.get(line.id, ())
        claims = split_claims(own, receipt.user_id)
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
    customer = facts.customers.get((receipt.company_id, receipt.partner_id), NOBODY)
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
    # Many lines are alike: sold on one day, of one category, to one kind of customer.
    if (plan.key, sale) not in facts.cache:
        facts.cache[plan.key, sale] = commission.pick_rate(plan.rates, sale)
    rate = facts.cache[plan.key, sale]
    # Tiers pay on what was collected at any rate, also at none.
    return rate or (commission.Rate(None, 0.0) if plan.has_tiers else None)


def _get_base(line, plan, facts):
    """Return what a line counts for, in the currency of the invoice."""
    if plan.base == "tax_included":
        return line.tax_included
    if plan.base == "margin" and line.id:
        key = (line.id, line.part) if line.part else line.id
        return line.tax_free - facts.costs.get(key, 0.0)
    return line.tax_free


def _get_factor(plan, receipt, judged):
    timely = commission.pick_step(plan.lateness, judged)
    form = plan.forms.get(receipt.journal_id)
    return timely * form.factor if form else timely


def _get_part(receipt):
    return receipt.amount_currency / receipt.invoice_total


def _find_accruals(receipt, ready, judged, facts):
    part = _get_part(receipt)
    advanced = dict(facts.advances.get(receipt.move_id, ()))
    pieces = []
    for earner, weight in ready.items():
        piece = _get_piece("accrual", earner, receipt, weight, judged)
        setoff = advanced.pop(earner, 0.0) * part
        pieces.append(piece._replace(setoff=setoff) if setoff else piece)
    # What was advanced to somebody who does not earn on this money any more.
    for earner, amount in advanced.items() if ready else ():
        pieces.append(Piece("accrual", earner, 0.0, 0.0, 0.0, 1.0, amount * part))
    return pieces


def _find_overrides(receipt, ready, judged, facts):
    """Return what managers earn on the money of others, once for each rate.

    Their base is the reps' parts of it: two reps of a line do not count it twice.
    """
    managed = {}
    for (user_id, _agent, _plan, _rate), weight in ready.items():
        for override in weight.plan.overrides:
            manager = override.user or facts.leaders.get(receipt.team_id)
            if manager and manager != user_id:
                percent = override.percent
                if override.of_commission:
                    percent *= weight.rate.percent / 100
                key = (manager, None, weight.plan.key, weight.rate.key)
                rate = weight.rate._replace(percent=percent)
                _add(managed, key, weight._replace(rate=rate, base=weight.own))
    return [
        _get_piece("override", earner, receipt, weight, judged)
        for earner, weight in managed.items()
    ]


def _find_bounty(receipt, weights, judged, facts):
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
    return [_get_piece("bounty", earner, receipt, weight, judged)]


def _find_losses(receipt, weights):
    """Return what a write-off costs those who would have earned on the money."""
    charged = {}
    for (user_id, agent_id, plan_id, _rate), weight in weights.items():
        plan = weight.plan
        if plan.loss_percent and receipt.amount >= plan.loss_from:
            rate = commission.Rate(None, plan.loss_percent)
            cost = Weight(plan, rate, -weight.base, -weight.own)
            _add(charged, (user_id, agent_id, plan_id, None), cost)
    return [
        _get_piece("loss", earner, receipt, weight, 0)
        for earner, weight in charged.items()
    ]


def _get_piece(kind, earner, receipt, weight, judged):
    """Return what money makes of a weight.

    Lateness counts for what is earned by the rate, not for bounties and losses.
    """
    part = _get_part(receipt)
    by_rate = kind in ("accrual", "override")
    factor = _get_factor(weight.plan, receipt, judged) if by_rate else 1.0
    percent = weight.rate.percent
    return Piece(kind, earner, weight.base * part, weight.own * part, percent, factor)


def _book(receipt, facts, judged, piece):
    """Return the entry of a piece, its cents cumulated over the invoice."""
    user_id, agent_id, plan_id, rate_id = piece.earner
    group = (receipt.move_id, *piece.earner, piece.kind)
    exact_before, booked_before = facts.booked.get(group, (0.0, 0.0))
    exact = piece.own * piece.percent / 100 * piece.factor - piece.setoff
    amount = commission.rounding_gap(exact_before + exact, booked_before, receipt.cent)
    facts.booked[group] = (exact_before + exact, booked_before + amount)
    return Entry(
        receipt.company_id,
        receipt.id,
        receipt.move_id,
        receipt.move_id,
        receipt.partner_id,
        user_id,
        agent_id,
        plan_id,
        rate_id,
        piece.kind,
        receipt.date,
        judged,
        receipt.currency_id,
        commission.round_cent(piece.base, receipt.cent),
        piece.percent,
        piece.factor,
        piece.own / piece.base if piece.base else 1.0,
        commission.round_cent(piece.setoff, receipt.cent),
        exact,
        amount,
        get_company_amount(receipt, amount),
        receipt.occurrence,
    )


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
