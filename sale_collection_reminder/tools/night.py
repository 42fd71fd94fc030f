"""Which reminders a day calls for, decided on plain values: nothing is read or written.

Amounts are in company currency unless their name says otherwise.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

from odoo.addons.sale_collection.tools.period import IsWorking, is_weekday

from .asked import (
    Asked,
    Part,
    ask_all,
    find_pause,
    make_debt,
    make_listed_part,
    make_part,
)
from .facts import DEFAULT_PACE, Customer, Facts, Line, Plan
from .ladder import (
    CENT,
    NEW,
    Due,
    Progress,
    Step,
    advance,
    fits_bank,
    group_by_message,
    net,
    next_step,
    open_steps,
    pick_step,
    start_date,
)
from .manual_reminder import pick_manual_step

# Messages shown of what lies ahead of a customer.
MOST_MESSAGES = 50


# === WHAT IS DECIDED === #


class Message(NamedTuple):
    """A message the facts call for, or with ``reason`` what keeps it back.

    ``move`` is the invoice that is announced before its due date; ``credit`` what was
    taken off.
    """

    partner: int
    plan: Plan
    step: int
    move: int | None
    reason: str | None
    credit: float
    parts: Sequence[Part]

    @property
    def key(self):
        return self.partner, self.step, self.move, self.reason

    @property
    def amount(self):
        return sum(part.amount for part in self.parts)


class Named(NamedTuple):
    """An instalment of a message that waits to be sent."""

    line: int
    due: date | None
    listed: bool = False


class Recheck(NamedTuple):
    """What became of a message that waited to be sent.

    ``asked`` and ``left_out`` (reasons) by line id; both empty where nothing of the
    message is left.
    """

    reason: str | None  # why it must not go out; None when it may
    asked: Mapping[int, Asked] = {}
    left_out: Mapping[int, str] = {}


class Ahead(NamedTuple):
    """A message that lies ahead of a customer that pays nothing."""

    date: date
    step: Step
    lines: Sequence[Line]

    @property
    def amount(self):
        return sum(line.residual for line in self.lines)


# === ALL CUSTOMERS === #


class Night:
    """The reminders of one day: each customer by its own plan.

    :param plans: those that are live
    :param default_plan: id of the company's plan; that of normal pace when left out
    """

    def __init__(
        self,
        facts: Facts,
        plans: Sequence[Plan],
        default_plan: int | None = None,
        is_working: IsWorking = is_weekday,
    ):
        self.facts, self.is_working = facts, is_working
        #: customers that could not be decided on
        self.failed: set[int] = set()
        self._by_id = {plan.id: plan for plan in plans}
        self._by_pace = {plan.pace: plan for plan in reversed(plans)}
        self._default = self._by_id.get(default_plan) or self._by_pace.get(DEFAULT_PACE)
        #: what follows for instalments alike, by plan: found once for all customers
        self._next = defaultdict(dict)

    def get_case(self, partner: int, plan: Plan | None = None) -> "Case | None":
        """Return a customer with its plan, or another one; None without debts or plan.

        The plan of a customer is its own, else that of its grade, else the company's.
        """
        customer = self.facts.customers.get(partner)
        if not customer:
            return None
        plan = (
            plan
            or self._by_id.get(customer.ladder)
            or self._by_pace.get(customer.pace)
            or self._default
        )
        if not plan:
            return None
        found = self._next[plan.id] if plan is self._by_id.get(plan.id) else {}
        return Case(self.facts, customer, plan, self.is_working, found)

    def _get_cases(self) -> "Iterator[Case]":
        for partner in self.facts.customers:
            case = partner not in self.failed and self.get_case(partner)
            if case:
                yield case

    def decide(
        self, on_error: Callable[[int, Exception], None] | None = None
    ) -> list[Message]:
        """Return the messages of the day, and those kept back with their reason.

        :param on_error: called with the id and the error of each customer that cannot
            be decided on; the others go on. Without it the error is raised
        """
        messages = []
        for case in self._get_cases():
            try:
                messages += case.decide(case.find_due_steps())
            except Exception as error:
                if not on_error:
                    raise
                self.failed.add(case.customer.id)
                on_error(case.customer.id, error)
        return messages

    def decide_by_hand(
        self, chosen: Collection[int], again: bool = False
    ) -> list[Message]:
        """Return the messages about chosen line ids, whatever the day of their step.

        :param again: with the step reached once more, instead of the next one
        """
        return [
            message
            for case in self._get_cases()
            for message in case.decide(
                case.find_manual_steps(chosen, again), keeps_gap=False
            )
        ]

    def find_next_days(self) -> dict[int, date | None]:
        """Return {partner: day of its next message after those of today}."""
        return {case.customer.id: case.find_next_day() for case in self._get_cases()}


# === ONE CUSTOMER === #


class Case:
    """One customer on one day, under one plan."""

    def __init__(
        self,
        facts: Facts,
        customer: Customer,
        plan: Plan,
        is_working: IsWorking = is_weekday,
        found: dict | None = None,
    ):
        self.facts, self.customer, self.plan = facts, customer, plan
        self._next = {} if found is None else found
        self._options = (plan.entry_step, is_working)
        self._days = {step.id: step.days for step in plan.steps}

    def _get_progress(self, line: Line) -> Progress:
        """Return how far a line has come, on the day its step has in this plan."""
        progress = line.progress or NEW
        days = self._days.get(progress.step, progress.days)
        return progress if days == progress.days else progress._replace(days=days)

    @cached_property
    def _lines(self) -> dict[int, Line]:
        return {line.id: line for line in self.customer.lines}

    # === STEPS === #

    def find_due_steps(self) -> dict[int, Due]:
        """Return {line id: step due today}."""
        today, steps = self.facts.today, self.plan.steps
        first_day, snooze = timedelta(steps[0].days), self.customer.snooze_until
        snooze = snooze if snooze and snooze < today else None
        dues = {}
        for line in self.customer.lines:
            if line.due + first_day > today or line.is_small(line.residual):
                continue
            progress = self._get_progress(line)
            start = start_date(line.due, line.pause_end, snooze, progress.start)
            own = open_steps(steps, line.due, start)
            due = pick_step(own, start, today, progress, *self._options)
            if due:
                dues[line.id] = due
        return dues

    def find_manual_steps(self, chosen: Collection[int], again: bool) -> dict[int, Due]:
        """Return {line id: step} of chosen lines; later steps count from today."""
        today, dues = self.facts.today, {}
        for line in self.customer.lines:
            picked = line.id in chosen and pick_manual_step(
                self.plan.steps,
                self._get_progress(line),
                line.due < today,
                again,
                self.plan.entry_step,
            )
            if picked:
                step, cycle = picked
                dues[line.id] = Due(step, today - timedelta(step.days), cycle)
        return dues

    # === MESSAGES === #

    def decide(self, dues: Mapping[int, Due], keeps_gap: bool = True) -> list[Message]:
        """Return the messages about lines at their steps, with what is kept back.

        :param dues: {line id: step}
        :param keeps_gap: whether the days between messages are kept
        """
        if not dues:
            return []
        asked, bars = self._weigh_debts()
        good = {key: due for key, due in dues.items() if key not in bars}
        messages = []
        groups = group_by_message(good, lambda key: self._lines[key].move)
        for move, keys in groups.items():
            message = self._make_message(asked, good, keys, move)
            reason = self._find_bar(message, keeps_gap)
            messages.append(message._replace(reason=reason))
        barred = {key: bars[key] for key in bars if key in dues}
        return messages + self._make_barred(dues, barred)

    def _make_message(self, asked, dues, keys, move) -> Message:
        """Return the message about lines ``keys``, at the highest of their steps.

        An overdue notice lists the other overdue instalments as well.
        """
        top, parts = _get_top_step(dues, keys), []
        for line in self.customer.lines:
            if line.id in keys:
                due = dues[line.id]
                parts.append(make_part(line, due, asked[line.id]))
            elif top.days > 0 and self._is_listed(line, asked):
                parts.append(make_listed_part(line, asked[line.id]))
        credit = sum(part.credit * self._lines[part.line].rate for part in parts)
        return Message(self.customer.id, self.plan, top.id, move, None, credit, parts)

    def _is_listed(self, line: Line, asked) -> bool:
        return bool(
            line.due < self.facts.today
            and line.id in asked
            and not line.is_small(asked[line.id].amount)
            and line.progress
            and line.progress.step
        )

    def _make_barred(self, dues, bars) -> list[Message]:
        """Return the lines kept back: one message for each reason."""
        groups = {}
        for key, reason in bars.items():
            groups.setdefault(reason, []).append(key)
        messages = []
        for reason, keys in groups.items():
            lines = [self._lines[key] for key in keys]
            parts = [make_part(line, dues[line.id], ask_all(line)) for line in lines]
            top = _get_top_step(dues, keys)
            messages.append(
                Message(self.customer.id, self.plan, top.id, None, reason, 0.0, parts)
            )
        return messages

    # === HOW MUCH === #

    def _weigh_debts(self) -> tuple[dict[int, Asked], dict[int, str]]:
        """Return what is asked of each line, and why nothing is asked of others.

        :return: {line id: amounts}, {line id: reason}; one that credits cover is in
            both
        """
        bars, debts = {}, []
        for line in self.customer.lines:
            reason = self._find_line_bar(line) or find_pause(line)
            if reason:
                bars[line.id] = reason
            else:
                debts.append(make_debt(line))
        netted = net(debts, self.customer.credits)
        standing, asked = self.customer.standing, {}
        for debt in debts:
            line, left = self._lines[debt.id], netted[debt.id]
            if left < line.least <= debt.amount:
                bars[debt.id] = "covered"
            used = min(standing, left * debt.rate)
            standing, left = standing - used, left - used / debt.rate
            if used and left < line.least:
                bars[debt.id] = "promised"
            credit = debt.amount - left
            asked[debt.id] = Asked(line.residual, left * debt.rate, left, credit)
        return asked, bars

    # === WHAT KEEPS THEM BACK === #

    def _find_line_bar(self, line: Line) -> str | None:
        """Return why nobody is to be reminded of a line, None when fine."""
        until = self.customer.snooze_until
        if self.customer.excluded:
            return "excluded"
        if self._is_before_entry(line):
            return "before_entry"
        if line.bar:
            return line.bar
        if line.is_paying:
            return "paying"
        if line.snoozed_until or (until and until >= self.facts.today):
            return "snoozed"
        return None

    def _is_before_entry(self, line: Line) -> bool:
        entry = self.plan.entry_date
        is_old = bool(entry) and line.due < entry
        return is_old and not line.is_entered and line.progress is None

    def _find_bar(self, message: Message, keeps_gap: bool) -> str | None:
        """Return why a new message as a whole is kept back, None when it may go."""
        reason = self._find_customer_bar()
        if not reason and keeps_gap and self._is_too_soon(message):
            reason = "gap"
        return reason or self._find_minimum_bar(message.step, message.amount)

    def _find_customer_bar(self) -> str | None:
        """Return why the customer gets no message at all today."""
        if self.customer.has_reply:
            return "reply"
        if self.facts.bank_is_stale:
            return "bank_stale"
        return "bank_line" if self._fits_bank() else None

    def _find_minimum_bar(self, step: int, amount: float) -> str | None:
        is_small = amount < self.plan.minimum.get(step, 0.0) - CENT
        return "below_minimum" if is_small else None

    def _fits_bank(self) -> bool:
        """Tell whether money on the bank may be the payment of this customer."""
        lines, today = self.customer.lines, self.facts.today
        if not any(self.facts.bank):
            return False
        amounts = [line.residual for line in lines]
        amounts += [line.residual_currency for line in lines]
        amounts.append(sum(line.residual for line in lines if line.due < today))
        names = [name for line in lines for name in (line.name, line.reference)]
        return fits_bank(self.facts.bank, self.customer.id, amounts, names)

    def _is_too_soon(self, message: Message) -> bool:
        """Tell whether the customer has had an overdue notice just before."""
        last = self.customer.last_notice
        gap = timedelta(self.plan.gap_days)
        is_notice = message.move is None
        return is_notice and last is not None and self.facts.today < last + gap

    # === ONCE MORE, BEFORE IT GOES OUT === #

    def recheck(
        self,
        step: int,
        move: int | None,
        named: Sequence[Named],
        gone: Mapping[int, str] | None = None,
    ) -> Recheck:
        """Check a message that waited, by the facts of today.

        :param step: id of its step
        :param move: the invoice it announces
        :param gone: {line id: why} of instalments that are open no more, or only
            within the tolerance; `paid` where left out
        """
        if move and any(one.due < self.facts.today for one in named):
            return Recheck("outdated")  # announced too late is not announced
        asked, bars = self._weigh_debts()
        gone = gone or {}
        left = {key: why for key, why in gone.items() if key not in self._lines}
        bars = {**left, **bars, **self._find_redated(step, move, named)}
        stay = {
            one.line: asked[one.line]
            for one in named
            if one.line in asked
            and one.line not in bars
            and not self._lines[one.line].is_small(asked[one.line].amount)
        }
        due = sorted(one.line for one in named if not one.listed)
        if not stay.keys() & set(due):
            found = (why[key] for why in (bars, gone) for key in due if key in why)
            return Recheck(next(found, "paid"))
        why = {**gone, **bars}
        left_out = {
            one.line: why.get(one.line, "paid") for one in named if one.line not in stay
        }
        total = sum(amounts.amount for amounts in stay.values())
        reason = self._find_customer_bar() or self._find_minimum_bar(step, total)
        return Recheck(reason, stay, left_out)

    def _find_redated(self, step, move, named: Sequence[Named]) -> dict[int, str]:
        """Return {line id: reason} of lines whose due date has moved, wrong for a step.

        One that fell due earlier after all is as late as its notice says, or later.
        """
        days = next((one.days for one in self.plan.steps if one.id == step), 1)
        announces, found = bool(move) or days <= 0, {}
        for one in named:
            line = self._lines.get(one.line)
            if not line:
                continue
            is_early = not announces and line.due >= self.facts.today
            is_other = line.due != one.due if announces else line.due > one.due
            if is_early or is_other:
                found[line.id] = "redated"
        return found

    # === WHAT LIES AHEAD === #

    def find_next(self) -> dict[int, tuple[date, Step]]:
        """Return {line id: (day, step)} of what follows the messages of today."""
        tomorrow, found = self.facts.today + timedelta(1), {}
        for line, start, progress in self._get_chased():
            first = line.get_uncovered_day(tomorrow)
            alike = (start, start > line.due, progress, first)
            if alike not in self._next:
                steps = open_steps(self.plan.steps, line.due, start)
                self._next[alike] = self._find_step(steps, start, progress, first)
            if self._next[alike]:
                found[line.id] = self._next[alike]
        return found

    def _find_step(self, steps, start, progress, first) -> tuple[date, Step] | None:
        """Return the day and step, ``first`` or later, after the message of today."""
        due = pick_step(steps, start, self.facts.today, progress, *self._options)
        if due:
            progress, start = advance(progress, due, self.facts.today), due.start
        return next_step(steps, start, first, progress, *self._options)

    def find_next_day(self) -> date | None:
        """Return the day of the next message after those of today."""
        return min((day for day, _step in self.find_next().values()), default=None)

    def foresee(self) -> list[Ahead]:
        """Return the messages of a customer that never pays, MOST_MESSAGES at most."""
        state = {
            line.id: (start, progress) for line, start, progress in self._get_chased()
        }
        messages, today = [], self.facts.today
        while state and len(messages) < MOST_MESSAGES:
            dues, today = self._find_first_day(state, today)
            if not dues:
                break
            groups = group_by_message(dues, lambda key: self._lines[key].move)
            for keys in groups.values():
                lines = [self._lines[key] for key in keys]
                messages.append(Ahead(today, _get_top_step(dues, keys), lines))
            for key, due in dues.items():
                state[key] = (due.start, advance(state[key][1], due, today))
        return messages

    def _get_chased(self) -> Iterator[tuple[Line, date, Progress]]:
        """Yield the lines on the ladder, paused ones too: (line, start, progress).

        Promises and snoozes that last are taken to be over on their day.
        """
        if self.customer.excluded:
            return
        for line in self.customer.lines:
            if line.is_small(line.residual):
                continue
            if not line.bar and not self._is_before_entry(line):
                progress = self._get_progress(line)
                ends = (
                    line.pause_end,
                    line.snoozed_until,
                    line.promised_for,
                    self.customer.snooze_until,
                    progress.start,
                )
                yield line, start_date(line.due, *ends), progress

    def _find_first_day(self, state, today: date) -> tuple[dict[int, Due], date]:
        """Return {line id: step} of the first day from ``today`` on, and that day."""
        steps = {
            key: open_steps(self.plan.steps, self._lines[key].due, start)
            for key, (start, _progress) in state.items()
        }
        firsts = {key: self._lines[key].get_uncovered_day(today) for key in state}
        found = (
            next_step(steps[key], start, firsts[key], progress, *self._options)
            for key, (start, progress) in state.items()
        )
        days = [step[0] for step in found if step]
        dues, day = {}, min(days, default=date.max)
        for key, (start, progress) in state.items() if days else ():
            due = pick_step(steps[key], start, day, progress, *self._options)
            if due and firsts[key] <= day:
                dues[key] = due
        return dues, day


def _get_top_step(dues: Mapping[int, Due], keys: Iterable[int]) -> Step:
    return max((dues[key].step for key in keys), key=lambda step: step.days)
