"""What open invoices will earn, by the day they are paid on.

Amounts are in the currency of the invoice, factors from 0 to 1.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from . import accrual, commission


class Band(NamedTuple):
    """A value that holds up to a last day, for good where that is None."""

    until: date | None
    value: float


class Prospect(NamedTuple):
    """What one earner has of an open instalment: amounts by last day, the next first.

    ``full``: what it would be in time; ``open_company`` in company currency.
    """

    line_id: int
    move_id: int
    user_id: int | None
    agent_id: int | None
    currency_id: int
    open: float
    open_company: float
    full: float
    factor: float
    worth: tuple[Band, ...]

    @property
    def now(self) -> float:
        return self.worth[0].value

    @property
    def until(self) -> date | None:
        return self.worth[0].until

    @property
    def then(self) -> float:
        return self.worth[1].value if len(self.worth) > 1 else self.now

    @property
    def company_rate(self) -> float:
        return self.open_company / self.open


def factor_bands(
    steps: Sequence[commission.Step], due: date, allowed: int, today: date
) -> list[Band]:
    """Return the timeliness factors from today on.

    :param due: the due date, moved to a working day
    :param int allowed: days of grace and of our own fault

    Due on 31 May with 3 days of grace, seen on the due day and 40 days later:

    >>> late = [commission.Step(*s) for s in ((0, 1.0), (1, 0.8), (31, 0.5), (61, 0))]
    >>> for band in factor_bands(late, date(2026, 5, 31), 3, date(2026, 5, 31)):
    ...     print(band.until, band.value)
    2026-06-03 1.0
    2026-07-03 0.8
    2026-08-02 0.5
    None 0
    >>> july = date(2026, 7, 9)
    >>> [band.value for band in factor_bands(late, date(2026, 5, 31), 3, july)]
    [0.5, 0]
    >>> factor_bands([], date(2026, 5, 31), 3, july)
    [Band(until=None, value=1.0)]
    """
    in_time = due + timedelta(allowed)
    judged = max(0, (today - in_time).days)
    coming = sorted({step.lower for step in steps if step.lower > judged})
    ends = [in_time + timedelta(lower - 1) for lower in coming]
    bands = [
        Band(until, commission.pick_step(steps, lower))
        for lower, until in zip([judged, *coming], [*ends, None], strict=True)
    ]
    return _join(bands)


def add_up(parts: Iterable[tuple[float, Sequence[Band]]], cent: float) -> list[Band]:
    """Return what amounts with bands of factors are worth together, by last day.

    >>> may, june = date(2026, 5, 31), date(2026, 6, 30)
    >>> own = (26.0, [Band(june, 1.0), Band(None, 0.5)])
    >>> for band in add_up([own, (10.0, [Band(may, 1), Band(None, 0)])], 0.01):
    ...     print(band.until, band.value)
    2026-05-31 36.0
    2026-06-30 26.0
    None 13.0
    """
    parts = list(parts)
    ends = sorted({band.until for _, bands in parts for band in bands if band.until})
    return _join(
        Band(
            until,
            commission.round_cent(
                sum(amount * _value_on(bands, until) for amount, bands in parts), cent
            ),
        )
        for until in [*ends, None]
    )


def _value_on(bands, day):
    if day is None:
        return bands[-1].value
    return next(band.value for band in bands if band.until is None or band.until >= day)


def _join(bands):
    """Return bands with neighbours of one value as one."""
    joined = []
    for band in bands:
        if joined and joined[-1].value == band.value:
            joined.pop()
        joined.append(band)
    return joined


# === OPEN INSTALMENTS === #


def look_ahead(
    instalments: Iterable, dues: dict[int, date], facts: accrual.Facts
) -> list[Prospect]:
    """Return what each earner has of open instalments, given as the money they await.

    :param dues: {receivable line: due date, moved to a working day}
    """
    found = []
    for money in instalments:
        found += _look_at(money, dues[money.line_id], facts)
    return found


def _look_at(money, due, facts):
    weights, _missing = accrual.weigh(money, facts)
    part = money.amount_currency / money.invoice_total
    allowed = facts.grace[money.company_id] + facts.fault_days.get(money.line_id, 0)
    today = facts.today[money.company_id]
    advanced = facts.advances.get(money.move_id, {})
    shares = {}
    for earner, weight in weights.items():
        bands = factor_bands(weight.plan.lateness, due, allowed, today)
        full = weight.own * part * weight.rate.percent / 100
        own = shares.setdefault(earner[:2], [])
        own.append((full, bands))
        if earner in advanced:
            own.append((-advanced[earner] * part, [Band(None, 1.0)]))
    return [_get_prospect(money, earner, parts) for earner, parts in shares.items()]


def _get_prospect(money, earner, parts):
    earning = [(full, bands) for full, bands in parts if full > 0]
    return Prospect(
        money.line_id,
        money.move_id,
        *earner,
        money.currency_id,
        money.amount_currency,
        money.amount,
        sum(full for full, _bands in earning),
        earning[0][1][0].value if earning else 0.0,
        tuple(add_up(parts, money.cent)),
    )


def chase_order(prospects: Iterable[Prospect], soon: date) -> list[Prospect]:
    """Return prospects in the order to collect in to earn most.

    First what loses most up to a day, then what is worth most.

    >>> def item(line, *bands):
    ...     return Prospect(line, 1, 7, None, 1, 9.0, 9.0, 9.0, 1.0, bands)
    >>> june, july = date(2026, 6, 30), date(2026, 7, 31)
    >>> items = [item(1, Band(None, 9.0)), item(2, Band(july, 8.0), Band(None, 0.0)),
    ...          item(3, Band(june, 5.0), Band(None, 4.0))]
    >>> [found.line_id for found in chase_order(items, june)]
    [3, 1, 2]
    """

    def key(item):
        drops = item.until is not None and item.until <= soon
        lost = (item.now - item.then) * item.company_rate if drops else 0.0
        return -lost, -item.now * item.company_rate, item.line_id

    return sorted(prospects, key=key)
