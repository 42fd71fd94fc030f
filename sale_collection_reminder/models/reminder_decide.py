from datetime import timedelta
from typing import NamedTuple

from odoo import api, models

from ..tools.ladder import (
    CENT,
    NEW,
    Debt,
    Step,
    fits_bank,
    group_by_message,
    net,
    open_steps,
    pick_step,
    start_date,
)
from .reminder_facts import NO_PROFILE

# Wanted on the ladder of a customer without a grade.
DEFAULT_PACE = "normal"


class Plan(NamedTuple):
    """A live ladder as plain values; ``steps`` by days, ``minimum`` by step."""

    id: int
    pace: str
    steps: tuple
    entry_step: int | None
    entry_date: object
    gap_days: int
    minimum: dict
    is_first_run: bool


class WantedLine(NamedTuple):
    """An instalment a message is to name; ``listed`` ones were reminded before."""

    line: int
    move: int
    name: str
    step: int
    cycle: int
    start: object
    due: object
    residual: float
    amount: float
    listed: bool = False


class Wanted(NamedTuple):
    """A message the facts call for, or what keeps it back.

    ``move`` is the invoice an announcement before its due date is about.
    """

    partner: int
    plan: Plan
    step: int
    move: int | None
    reason: str | None
    credit: float
    lines: list

    @property
    def key(self):
        return self.partner, self.step, self.move, self.reason


class SaleCollectionReminder(models.Model):
    """Which messages a day calls for, decided on plain values."""

    _inherit = "sale.collection.reminder"

    @api.model
    def _decide_night(self, company, night, plans, is_working, on_error=None):
        """Return the messages wanted for all customers with open debts.

        :param plans: live ladders as `Plan`
        :param on_error: takes the id of a customer that cannot be decided on and the
            error; he is left out and the others go on. Raised when left out
        :return: list of `Wanted`
        """
        chosen = PlanChoice(company, plans)
        wanted = []
        for partner_id in list(night.lines):
            try:
                wanted += self._decide_whole(night, chosen, partner_id, is_working)
            except Exception as error:
                if not on_error:
                    raise
                del night.lines[partner_id]
                on_error(partner_id, error)
        return wanted

    @api.model
    def _decide_whole(self, night, chosen, partner_id, is_working):
        """Return the messages of one customer by the plan that is his."""
        lines = night.lines[partner_id]
        customer = night.customers.get(partner_id, NO_PROFILE)
        plan = chosen.get(customer)
        if not plan:
            return []
        dues = self._find_due_steps(night, plan, lines, customer, is_working)
        if not dues:
            return []
        return self._decide_customer(night, plan, lines, customer, dues)

    @api.model
    def _find_due_steps(self, night, plan, lines, customer, is_working):
        """Return {line id: step due today} of a customer's open instalments."""
        first, last = plan.steps[0].days, night.today
        snooze = customer.snooze_until
        snooze = snooze if snooze and snooze < night.today else None
        dues = {}
        for line in lines:
            if line.due + timedelta(first) > last:
                continue
            progress = night.progress.get(line.id, NEW)
            end = night.ends.get(line.id)
            start = start_date(line.due, end, snooze, progress.start)
            steps = open_steps(plan.steps, line.due, start)
            due = pick_step(
                steps, start, night.today, progress, plan.entry_step, is_working
            )
            if due:
                dues[line.id] = due
        return dues

    # === ONE CUSTOMER ===#

    @api.model
    def _decide_customer(self, night, plan, lines, customer, dues):
        """Return the messages of one customer, and what is kept back with a reason."""
        asked, bars = self._weigh_debts(night, plan, lines, customer, dues)
        by_id = {line.id: line for line in lines}
        good = {key: due for key, due in dues.items() if key not in bars}
        wanted = []
        for move, keys in group_by_message(good, lambda key: by_id[key].move).items():
            message = self._build_message(night, plan, lines, asked, good, keys, move)
            reason = self._find_bar(night, plan, customer, lines, message)
            wanted.append(message._replace(reason=reason))
        return wanted + self._build_barred(plan, by_id, dues, bars)

    @api.model
    def _weigh_debts(self, night, plan, lines, customer, dues):
        """Return what is to be asked of each instalment, and why of some nothing.

        :return: {line id: (amount before credits, amount)}, {line id: reason}
        """
        bars, debts, pauses = {}, [], {}
        for line in lines:
            bar = self._find_line_bar(night, plan, customer, line)
            amount = line.residual - night.disputed.get(line.id, 0.0)
            if amount < CENT:
                pauses[line.id] = "disputed"
            else:
                amount -= night.promised.get(line.id, 0.0)
                if amount < CENT:
                    pauses[line.id] = "promised"
            if bar or line.id in pauses:
                bars[line.id] = bar or pauses[line.id]
            else:
                debts.append(Debt(line.id, line.move, amount))
        asked = self._net_debts(night, lines[0].partner, debts, bars)
        return asked, {key: reason for key, reason in bars.items() if key in dues}

    @api.model
    def _net_debts(self, night, partner_id, debts, bars):
        """Take credits off the debts, then what a standing promise brings next."""
        credits = night.credits.get(partner_id)
        if credits:
            left = net(debts, credits)
            bars.update((key, "covered") for key in left if left[key] < CENT)
        else:
            left = {debt.id: debt.amount for debt in debts}
        standing = night.standing.get(partner_id, 0.0)
        for debt in debts:
            used = min(standing, left[debt.id])
            standing, left[debt.id] = standing - used, left[debt.id] - used
            if used and left[debt.id] < CENT:
                bars[debt.id] = "promised"
        return {debt.id: (debt.amount, left[debt.id]) for debt in debts}

    @api.model
    def _find_line_bar(self, night, plan, customer, line):
        """Return why nobody is to be reminded of an instalment, None when fine."""
        if customer.excluded:
            return "excluded"
        if self._is_before_entry(night, plan, line):
            return "before_entry"
        if line.bar:
            return line.bar
        if line.move in night.paying:
            return "paying"
        until = customer.snooze_until
        if line.id in night.snoozed or until and until >= night.today:
            return "snoozed"
        return None

    @api.model
    def _is_before_entry(self, night, plan, line):
        return (
            plan.entry_date
            and line.due < plan.entry_date
            and line.id not in night.entered
            and line.id not in night.progress
        )

    @api.model
    def _build_message(self, night, plan, lines, asked, dues, keys, move):
        """Return the message about instalments `keys`, at the highest of their steps.

        An overdue notice lists the other overdue instalments as well.
        """
        top = max((dues[key].step for key in keys), key=lambda step: step.days)
        parts = []
        for line in lines:
            if line.id in keys:
                due = dues[line.id]
                parts.append(_wanted_line(line, asked, due.step.id, due))
            elif top.days > 0 and self._is_listed(night, line, asked):
                parts.append(
                    _wanted_line(line, asked, night.progress[line.id].step, None)
                )
        credit = sum(asked[part.line][0] - part.amount for part in parts)
        return Wanted(lines[0].partner, plan, top.id, move, None, credit, parts)

    @api.model
    def _is_listed(self, night, line, asked):
        progress = night.progress.get(line.id)
        return (
            line.due < night.today
            and line.id in asked
            and asked[line.id][1] >= CENT
            and progress
            and progress.step
        )

    @api.model
    def _find_bar(self, night, plan, customer, lines, message):
        """Return why a message as a whole is kept back, None when it may go."""
        partner_id = message.partner
        if partner_id in night.replies:
            return "reply"
        if night.bank_is_stale:
            return "bank_stale"
        if self._fits_bank(night, partner_id, lines):
            return "bank_line"
        if self._is_too_soon(night, plan, message):
            return "gap"
        total = sum(part.amount for part in message.lines)
        if total < plan.minimum[message.step] - CENT:
            return "below_minimum"
        return None

    @api.model
    def _fits_bank(self, night, partner_id, lines):
        amounts = [line.residual for line in lines]
        amounts += [line.residual_currency for line in lines]
        amounts.append(sum(line.residual for line in lines if line.due < night.today))
        names = [name for line in lines for name in (line.name, line.reference)]
        return fits_bank(night.bank, partner_id, amounts, names)

    @api.model
    def _is_too_soon(self, night, plan, message):
        """Tell whether the customer has had an overdue notice just before."""
        last = night.last_notice.get(message.partner)
        return (
            message.move is None
            and last is not None
            and night.today < last + timedelta(plan.gap_days)
        )

    @api.model
    def _build_barred(self, plan, by_id, dues, bars):
        """Return the instalments kept back: one record for each reason."""
        groups = {}
        for key, reason in bars.items():
            groups.setdefault(reason, []).append(key)
        wanted = []
        for reason, keys in groups.items():
            parts = [
                _wanted_line(by_id[key], {}, dues[key].step.id, dues[key])
                for key in keys
            ]
            top = max((dues[key].step for key in keys), key=lambda step: step.days)
            partner_id = by_id[keys[0]].partner
            wanted.append(Wanted(partner_id, plan, top.id, None, reason, 0.0, parts))
        return wanted


class PlanChoice:
    """The ladder of a customer: its own, that of its grade, that of the company."""

    def __init__(self, company, plans):
        self.by_id = {plan.id: plan for plan in plans}
        self.by_pace = {}
        for plan in plans:
            self.by_pace.setdefault(plan.pace, plan)
        default = self.by_id.get(company.sudo().collection_ladder_id.id)
        self.default = default or self.by_pace.get(DEFAULT_PACE)

    def get(self, customer):
        """Return the plan of a `Customer`, None when nobody reminds it."""
        return (
            self.by_id.get(customer.ladder)
            or self.by_pace.get(customer.pace)
            or self.default
        )


def _wanted_line(line, asked, step_id, due):
    amount = asked[line.id][1] if line.id in asked else line.residual
    cycle, start = (due.cycle, due.start) if due else (0, None)
    return WantedLine(
        line.id,
        line.move,
        line.name,
        step_id,
        cycle,
        start,
        line.due,
        line.residual,
        round(amount, 6),
        due is None,
    )


def make_plan(ladder, first_run):
    """Return a ladder as plain values."""
    steps = ladder.step_ids.sorted("days")
    return Plan(
        ladder.id,
        ladder.pace,
        tuple(Step(s.id, s.days, s.repeat_days, s.repeat_max) for s in steps),
        ladder.entry_step_id.id,
        ladder.entry_date,
        ladder.gap_days,
        {step.id: step.min_amount for step in steps},
        first_run,
    )
