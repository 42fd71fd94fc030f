"""Reminder ladders: which step an instalment has reached, and what is still asked for.

Days count from the start date of an instalment: its due date, or the later end of a
promise or of a snooze. Amounts of debts and credits are in their own currency.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from odoo.addons.sale_collection.tools.period import (
    IsWorking,
    is_weekday,
    next_working_day,
)

# Less than half a cent is nothing.
CENT = 0.005


class Step(NamedTuple):
    """A step of a ladder: ``days`` after the start date, negative before it.

    ``repeat_days`` 0 means never; ``repeat_max`` counts the repeats, not the first.
    """

    id: int
    days: int
    repeat_days: int = 0
    repeat_max: int = 0


class Progress(NamedTuple):
    """How far an instalment has come.

    ``step`` and its ``days`` are the furthest step of the current cycle, None when
    none yet; ``sent`` the day of its last message, ``times`` how often it went out;
    ``start`` what it was counted from.
    """

    step: int | None = None
    days: int | None = None
    sent: date | None = None
    times: int = 0
    start: date | None = None
    cycle: int = 0


NEW = Progress()


class Due(NamedTuple):
    """A step that is due: counted from ``start``, in which ``cycle``."""

    step: Step
    start: date
    cycle: int


class Credit(NamedTuple):
    """Money or a credit note not matched yet; ``move`` is the invoice it is for.

    ``amount`` is in ``currency``; ``rate`` the company currency one of it is worth.
    """

    amount: float
    move: int | None = None
    currency: int | None = None
    rate: float = 1.0


class Debt(NamedTuple):
    """An instalment and what is to be asked for of it, in its ``currency``.

    ``rate`` is the company currency one of it stands for in the books.
    """

    id: int
    move: int
    amount: float
    currency: int | None = None
    rate: float = 1.0


class BankLine(NamedTuple):
    """Money on the bank account that is not matched yet."""

    amount: float
    partner: int | None = None
    text: str = ""


# === WHICH STEP === #


def start_date(due: date, *ends: date | None) -> date:
    """The day the ladder counts from: the latest of due date and known ends.

    >>> start_date(date(2026, 1, 31), None, date(2026, 2, 20)).isoformat()
    '2026-02-20'
    """
    return max(day for day in (due, *ends) if day)


def open_steps(steps: Sequence[Step], due: date, start: date) -> Sequence[Step]:
    """The steps of a debt counted from ``start``.

    One that a promise or a snooze has put off past its due date is overdue all the
    same: nothing announces it any more.

    >>> ladder = [Step(1, -3), Step(2, 0), Step(3, 5)]
    >>> due = date(2026, 1, 31)
    >>> [step.id for step in open_steps(ladder, due, date(2026, 2, 20))]
    [3]
    >>> open_steps(ladder, due, due) is ladder
    True
    """
    if start <= due:
        return steps
    return [step for step in steps if step.days > 0]


def pick_step(
    steps: Sequence[Step],
    start: date,
    today: date,
    progress: Progress = NEW,
    entry: int | None = None,
    is_working: IsWorking = is_weekday,
) -> Due | None:
    """The step due ``today`` for an instalment, None when none is.

    ``steps`` by their days, maybe none. Steps missed in the meantime are caught up
    with one message, at the highest of them. A debt without overdue notice so far
    begins at the step ``entry`` (an id; None the first), however late it is, and the
    ladder then counts from there. Due today is not overdue.

    >>> ladder = [Step(1, 5), Step(2, 20), Step(3, 40)]
    >>> due = date(2026, 1, 31)
    >>> pick_step(ladder, due, date(2026, 2, 4)) is None
    True
    >>> pick_step(ladder, due, date(2026, 2, 5)).step.id
    1
    >>> first = Progress(1, 5, date(2026, 2, 5), 1, due, 1)
    >>> pick_step(ladder, due, date(2026, 2, 19), first) is None
    True
    >>> pick_step(ladder, due, date(2026, 2, 23), first).step.id
    2
    >>> late = pick_step(ladder, date(2023, 5, 1), date(2026, 2, 5))
    >>> late.step.id, late.start.isoformat()
    (1, '2026-01-31')
    """
    elapsed = (today - start).days
    if not steps or elapsed < steps[0].days:
        return None
    top = _find_top(steps, start, today, progress, entry, is_working)
    if top and (progress.days is None or top.days > progress.days):
        forced = _is_passed(steps, top, elapsed)
        begin = today - timedelta(top.days) if forced else start
        cycle = progress.cycle + 1 if progress.step is None else progress.cycle
        return Due(top, begin, cycle)
    return _repeat(steps, start, today, progress)


def _find_top(steps, start, today, progress, entry, is_working) -> Step | None:
    """The highest step reached that the debt may be at."""
    elapsed = (today - start).days
    limit = elapsed
    if elapsed > 0 and (progress.days or 0) <= 0:
        limit = min(elapsed, _find_entry(steps, entry, elapsed))
    for step in reversed(steps):
        if step.days <= limit and not _is_over(step, start, today, is_working):
            return step
    return None


def _is_over(step: Step, start: date, today: date, is_working: IsWorking) -> bool:
    """Whether it is too late to announce a due date, or to say it is today.

    >>> _is_over(Step(1, -3), date(2026, 1, 30), date(2026, 1, 31), is_weekday)
    True
    >>> sunday = date(2026, 2, 1)
    >>> _is_over(Step(1, 0), sunday, date(2026, 2, 2), is_weekday)
    False
    """
    if step.days > 0:
        return False
    if step.days < 0:
        return today > start
    return today > next_working_day(start, is_working)


def _find_entry(steps: Sequence[Step], entry: int | None, elapsed: int) -> int:
    """Days of the step at which an overdue debt enters: an overdue one itself.

    >>> _find_entry([Step(1, -3), Step(2, 3), Step(3, 10)], 1, 50)
    3
    """
    wanted, found = 1, elapsed
    for step in steps:
        if step.id == entry:
            wanted = max(step.days, 1)
    for step in steps:
        if step.days > 0:
            found = step.days
            if found >= wanted:
                break
    return found


def _is_passed(steps: Sequence[Step], top: Step, elapsed: int) -> bool:
    """Whether by the days alone the debt would be further than ``top``."""
    last = max(top.days, 0)
    for step in steps:
        if elapsed >= step.days > last:
            return True
    return False


def _repeat(steps, start: date, today: date, progress: Progress) -> Due | None:
    """The last step once more, when it is to be repeated by now.

    >>> final = [Step(9, 30, repeat_days=7, repeat_max=2)]
    >>> sent = Progress(9, 30, date(2026, 3, 2), 2, date(2026, 1, 31), 2)
    >>> _repeat(final, date(2026, 1, 31), date(2026, 3, 9), sent).cycle
    3
    >>> _repeat(final, date(2026, 1, 31), date(2026, 3, 9), sent._replace(times=3))
    """
    day = _get_repeat_day(steps, start, progress)
    if day is None or day > today:
        return None
    [step] = [step for step in steps if step.id == progress.step]
    return Due(step, start, progress.cycle + 1)


def _get_repeat_day(steps, start: date, progress: Progress) -> date | None:
    if progress.step is None:
        return None
    for step in steps:
        if step.id == progress.step and step.repeat_days:
            if progress.times <= step.repeat_max:
                return max(progress.sent, start) + timedelta(step.repeat_days)
    return None


def next_step(
    steps: Sequence[Step],
    start: date,
    today: date,
    progress: Progress = NEW,
    entry: int | None = None,
    is_working: IsWorking = is_weekday,
) -> tuple[date, Step] | None:
    """When the next message is due, today or later, and its step.

    A day off moves it to the next working day. None when the ladder is at its end.

    >>> ladder = [Step(1, 5), Step(2, 20)]
    >>> day, step = next_step(ladder, date(2026, 2, 2), date(2026, 2, 3))
    >>> day.isoformat(), step.id
    ('2026-02-09', 1)
    """
    elapsed, done = (today - start).days, progress.days
    waits = [step.days for step in steps if done is None or step.days > done]
    days = [start + timedelta(wait) if wait > elapsed else today for wait in waits]
    repeat = _get_repeat_day(steps, start, progress)
    if repeat:
        days = sorted([*days, max(repeat, today)])
    for day in days:
        moved = next_working_day(day, is_working)
        due = pick_step(steps, start, moved, progress, entry, is_working)
        if due:
            return moved, due.step
    return None


def advance(progress: Progress, due: Due, day: date) -> Progress:
    """What is known of an instalment after the message of ``due``.

    >>> advance(NEW, Due(Step(1, 5), date(2026, 1, 31), 1), date(2026, 2, 5)).times
    1
    """
    again = progress.step == due.step.id
    times = progress.times + 1 if again else 1
    return Progress(due.step.id, due.step.days, day, times, due.start, due.cycle)


# === HOW MUCH === #


def net(debts: Sequence[Debt], credits: Iterable[Credit]) -> dict[int, float]:
    """What is left of debts in their currency, after credits not matched yet.

    A credit pays debts of its own currency, whatever the rates of the days: its own
    invoice, else the debt of exactly its amount (it is most likely meant for that
    one), else the oldest. What is over goes by its worth to the oldest debts of
    other currencies.

    >>> debts = [Debt(1, 10, 100.0), Debt(2, 20, 60.0), Debt(3, 30, 50.0)]
    >>> net(debts, [Credit(60.0), Credit(20.0, 30), Credit(40.0)])
    {1: 60.0, 2: 0.0, 3: 30.0}
    >>> euro, dollar = Debt(1, 10, 1000.0, 978, 1.25), Debt(2, 20, 500.0, 840)
    >>> net([euro, dollar], [Credit(1100.0, None, 978, 1.2)])
    {1: 0.0, 2: 380.0}
    """
    left = {debt.id: debt.amount for debt in debts}
    rest, groups = 0.0, {}
    for credit in credits:
        groups.setdefault(credit.currency, []).append(credit)
    for currency, own in groups.items():
        rest += _net_currency(left, [d for d in debts if d.currency == currency], own)
    for debt in debts:
        used = min(rest, left[debt.id] * debt.rate)
        if used > 0:
            left[debt.id] = round(left[debt.id] - used / debt.rate, 6)
            rest = round(rest - used, 6)
    return left


def _net_currency(left: dict[int, float], debts: Sequence[Debt], credits) -> float:
    """Net debts and credits of one currency; return the worth of what is over."""
    free = []
    for credit in credits:
        own = [debt for debt in debts if credit.move and debt.move == credit.move]
        free.append((_use(left, own, credit.amount), credit.rate))
    rests = []
    for amount, rate in free:
        exact = [debt for debt in debts if abs(left[debt.id] - amount) < CENT]
        rests.append((_use(left, exact[:1], amount), rate))
    return sum(_use(left, debts, amount) * rate for amount, rate in rests)


def _use(left: dict[int, float], debts: Iterable[Debt], amount: float) -> float:
    """Take ``amount`` off debts in their order; return what of it is left over."""
    for debt in debts:
        used = min(amount, left[debt.id])
        left[debt.id] = round(left[debt.id] - used, 6)
        amount = round(amount - used, 6)
    return amount


# === WHO HAS PAID ALREADY, AS FAR AS THE BANK KNOWS === #


class BankIndex(NamedTuple):
    """Unmatched bank lines by what could tell whose they are."""

    partners: frozenset[int]
    amounts: frozenset[int]
    words: frozenset[str]


def index_bank_lines(lines: Iterable[BankLine]) -> BankIndex:
    """Sort unmatched bank lines by partner; those without by amount and by text.

    >>> sorted(index_bank_lines([BankLine(99.5, text="INV/2026/7 thanks")]).words)
    ['INV/2026/7', 'THANKS']
    """
    known = [line for line in lines if line.partner]
    unknown = [line for line in lines if not line.partner]
    return BankIndex(
        frozenset(line.partner for line in known),
        frozenset(_to_cents(line.amount) for line in unknown),
        frozenset(word for line in unknown for word in get_words(line.text)),
    )


def get_words(text: str) -> list[str]:
    """Words of a payment text long enough to name a document.

    >>> get_words("inv/2026/00012, for me")
    ['INV/2026/00012']
    """
    return [word for word in re.findall(r"[\w/.-]+", text.upper()) if len(word) > 5]


def fits_bank(
    index: BankIndex, partner: int, amounts: Iterable[float], names: Iterable[str]
) -> bool:
    """Whether an unmatched bank line may be the customer's payment.

    ``amounts`` are its open instalments and their total, ``names`` their documents.

    >>> index = index_bank_lines([BankLine(99.5), BankLine(5.0, 7)])
    >>> fits_bank(index, 7, [], []), fits_bank(index, 8, [99.5], [])
    (True, True)
    >>> fits_bank(index, 8, [12.0], ["INV/2026/00012"])
    False
    """
    return (
        partner in index.partners
        or any(_to_cents(amount) in index.amounts for amount in amounts)
        or any(name.upper() in index.words for name in names if name)
    )


def _to_cents(amount: float) -> int:
    return round(amount * 100)


# === HOW === #


def next_channel(channel: str, order: Sequence[str], tried: Iterable[str] = ()):
    """The channel after one that failed; None when none is left.

    >>> next_channel("mail", ["mail", "letter", "call"])
    'letter'
    >>> next_channel("call", ["mail", "letter", "call"]) is None
    True
    """
    later = order[order.index(channel) + 1 :] if channel in order else order
    return next((code for code in later if code not in tried), None)


def group_by_message(
    dues: Mapping[int, Due], move_of: Callable[[int], int]
) -> dict[int | None, list[int]]:
    """Instalments of a customer by message: announcements per invoice, all else in one.

    >>> soon, late = Due(Step(1, -3), date(2026, 1, 1), 1), Due(Step(2, 3), None, 1)
    >>> group_by_message({5: soon, 6: late, 7: late}, {5: 50, 6: 60, 7: 70}.get)
    {50: [5], None: [6, 7]}
    """
    groups: dict[int | None, list[int]] = {}
    for line, due in dues.items():
        key = move_of(line) if due.step.days < 0 else None
        groups.setdefault(key, []).append(line)
    return groups
