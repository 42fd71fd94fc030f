from datetime import date, timedelta

from odoo import api, models
from odoo.tools import SQL

from ..tools.ladder import (
    NEW,
    advance,
    group_by_message,
    next_step,
    open_steps,
    pick_step,
    start_date,
)
from .reminder_decide import NO_PROFILE, PlanChoice

# Messages shown of what lies ahead of a customer.
MOST_MESSAGES = 50


class SaleCollectionReminder(models.Model):
    """What lies ahead: the next step of every debt, nothing of it written."""

    _inherit = "sale.collection.reminder"

    @api.model
    def _get_start(self, night, line, customer, progress, live_ends):
        """Return what an instalment is counted from, ends to come included."""
        ends = (
            night.ends.get(line.id),
            night.snoozed.get(line.id),
            live_ends.get(line.id),
            customer.snooze_until,
            progress.start,
        )
        return start_date(line.due, *ends) if any(ends) else line.due

    @api.model
    def _is_chased(self, night, plan, customer, line):
        """Tell whether an instalment is on the ladder, be it paused."""
        return (
            not customer.excluded
            and not line.bar
            and not self._is_before_entry(night, plan, line)
        )

    @api.model
    def _find_next(self, night, plan, lines, customer, is_working, live_ends):
        """Return {line id: (date, step)} after what is due today has been sent."""
        tomorrow = night.today + timedelta(1)
        found = {}
        for line in lines:
            if not self._is_chased(night, plan, customer, line):
                continue
            progress = night.progress.get(line.id, NEW)
            start = self._get_start(night, line, customer, progress, live_ends)
            options = (plan.entry_step, is_working)
            steps = open_steps(plan.steps, line.due, start)
            due = pick_step(steps, start, night.today, progress, *options)
            if due:
                progress = advance(progress, due, night.today)
                start = due.start
            step = next_step(steps, start, tomorrow, progress, *options)
            if step:
                found[line.id] = step
        return found

    @api.model
    def _collect_live_ends(self, company):
        """Return {line: day a live promise is for}: nothing is sent before."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT part.line_ref, MAX(COALESCE(promise.next_date, promise.date))
                  FROM sale_collection_promise_allocation part
                  JOIN sale_collection_promise promise ON promise.id = part.promise_id
                 WHERE part.is_live AND promise.company_id = %s
              GROUP BY part.line_ref
                """,
                company.id,
            )
        )
        return dict(rows)

    @api.model
    def _note_next_actions(self, company, night, plans, is_working):
        """Write the day of the next reminder on the profiles where it differs."""
        choice = PlanChoice(company, plans)
        live_ends = self._collect_live_ends(company)
        days = {}
        for partner_id, lines in night.lines.items():
            customer = night.customers.get(partner_id, NO_PROFILE)
            plan = choice.get(customer)
            if plan:
                found = self._find_next(
                    night, plan, lines, customer, is_working, live_ends
                )
                days[partner_id] = min(
                    (day for day, __ in found.values()), default=None
                )
        self._write_next_actions(company, days)

    @api.model
    def _write_next_actions(self, company, days):
        known = [(partner_id, day) for partner_id, day in days.items() if day]
        self.env.cr.execute(
            SQL(
                """
                UPDATE sale_collection_profile profile
                   SET next_action_date = wanted.day
                  FROM sale_collection_profile own
             LEFT JOIN UNNEST(%s::int[], %s::date[]) AS wanted (partner_id, day)
                    ON wanted.partner_id = own.partner_id
                 WHERE own.company_id = %s
                   AND profile.id = own.id
                   AND profile.next_action_date IS DISTINCT FROM wanted.day
                """,
                [partner_id for partner_id, __ in known],
                [day for __, day in known],
                company.id,
            )
        )
        self.profile_id.invalidate_model(["next_action_date"])

    # === ONE CUSTOMER ===#

    @api.model
    def _foresee(self, company, night, plan, lines, customer, is_working, live_ends):
        """Return the messages a customer lives through when it never pays.

        :return: list of (date, step, [line], amount), at most MOST_MESSAGES
        """
        state = {}
        for line in lines:
            if self._is_chased(night, plan, customer, line):
                progress = night.progress.get(line.id, NEW)
                state[line.id] = (
                    line,
                    self._get_start(night, line, customer, progress, live_ends),
                    progress,
                )
        messages, today = [], night.today
        while state and len(messages) < MOST_MESSAGES:
            dues, today = _find_first_day(plan, state, today, is_working)
            if not dues:
                break
            moves = {key: state[key][0].move for key in dues}
            for keys in group_by_message(dues, moves.get).values():
                top = max((dues[key].step for key in keys), key=lambda step: step.days)
                named = [state[key][0] for key in keys]
                amount = sum(line.residual for line in named)
                messages.append((today, top, named, amount))
            for key, due in dues.items():
                line, __, progress = state[key]
                state[key] = (line, due.start, advance(progress, due, today))
        return messages


def _find_first_day(plan, state, today, is_working):
    """Return {line: due} of the first day from today on that has any, and that day."""
    options = (plan.entry_step, is_working)
    steps = {
        key: open_steps(plan.steps, line.due, start)
        for key, (line, start, __) in state.items()
    }
    days = [
        found[0]
        for key, (__, start, progress) in state.items()
        if (found := next_step(steps[key], start, today, progress, *options))
    ]
    day = min(days, default=date.max)
    dues = {}
    if days:
        for key, (__, start, progress) in state.items():
            due = pick_step(steps[key], start, day, progress, *options)
            if due:
                dues[key] = due
    return dues, day
