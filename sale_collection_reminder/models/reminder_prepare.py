import csv
import io
from datetime import timedelta
from operator import attrgetter
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

# Days for which a message kept back for one reason stays the same record.
STREAK_DAYS = 7

INSERT = """
    COPY sale_collection_reminder (
        id, company_id, profile_id, partner_id, recipient_id, user_id, lang, ladder_id,
        step_id, move_id, channel, date, prepared_on, state, reason, amount_total,
        amount_credit, attempt, is_first_run, create_date, write_date)
    FROM STDIN WITH (FORMAT csv)
"""
INSERT_LINES = """
    COPY sale_collection_reminder_line (
        reminder_id, line_id, line_name, step_id, state, cycle, start_date, due_date,
        amount_residual, amount, listed, settled)
    FROM STDIN WITH (FORMAT csv)
"""
INSERT_COPIES = """
    COPY sale_collection_reminder_copy_rel (
        sale_collection_reminder_id, res_partner_id)
    FROM STDIN WITH (FORMAT csv)
"""


class Waiting(NamedTuple):
    """A message of an earlier night nobody has acted on, or one kept back."""

    id: int
    partner: int
    step: int
    move: int | None
    reason: str | None
    state: str
    lines: list

    @property
    def key(self):
        return self.partner, self.step, self.move, self.reason


class SaleCollectionReminder(models.Model):
    """Bring the messages that wait in line with what the day calls for."""

    _inherit = "sale.collection.reminder"

    # === ENTRY POINT ===#

    @api.model
    def _prepare(self, today=None, on_error=None):
        """Make the messages of a day, and say of the others why they are kept back.

        Safe to run twice: what waits is compared with what is wanted. Nothing on
        quiet days, nor while no plan is live; the next working day catches up once.

        :param date today: the company's own today when left out
        :param on_error: see `_decide_night`
        :return: the reminders of that day: to confirm, ready, dropped with a reason
        """
        company = self.env.company.sudo().root_id
        today = today or company._collection_today()
        ladders = self.env["sale.collection.ladder"]._get_live(company)
        plans = ladders._filter_original()._make_plans()
        is_working = company._collection_get_working_days()
        if not plans or not is_working(today):
            return self.browse()
        # Two nights at once would each see none of the other's messages.
        self.env["sale.collection.lock"]._take(company, ["reminders"])
        engine = self.sudo().with_company(company)
        engine._mark_settled(company)
        night = engine._collect_for_plans(company, today, plans)
        wanted = engine._decide_night(company, night, plans, is_working, on_error)
        found = engine._apply_night(company, night, wanted)
        engine._note_next_actions(company, night, plans, is_working)
        return found.with_env(self.env)

    @api.model
    def _collect_for_plans(self, company, today, plans, partner_ids=None):
        first = min(plan.steps[0].days for plan in plans)
        until = today + timedelta(max(0, -first))
        return self._collect_night(company, today, until, partner_ids)

    # === APPLY ===#

    @api.model
    def _apply_night(self, company, night, wanted):
        """Write what is wanted and is not there yet; drop what is wanted no more.

        :return: the reminders of the day
        """
        waiting = self._read_waiting(company, night.today)
        profiles = self._get_profile_ids(company, night, wanted)
        wanted = self._address(company, night, wanted, waiting, profiles)
        candidates = {row.key: row for row in waiting if row.state == "candidate"}
        kept_back = {row.key: row for row in waiting if row.state == "dropped"}
        new, kept = [], []
        for message in wanted:
            key = message.wanted.key
            row = (kept_back if message.wanted.reason else candidates).pop(key, None)
            if row:
                kept.append((row, message))
            else:
                new.append(message)
        ids = self._insert(company, night, new, profiles)
        self._update(night, kept)
        self.invalidate_model()
        self.line_ids.invalidate_model()
        self._drop_vanished(candidates.values(), night)
        return self.browse(ids + [row.id for row, __ in kept])

    @api.model
    def _read_waiting(self, company, today):
        """Return messages still to confirm, and those kept back until just now."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT reminder.id, reminder.partner_id, reminder.step_id,
                       reminder.move_id, reminder.reason, reminder.state,
                       ARRAY_AGG(
                           ARRAY[part.line_id, part.step_id, part.cycle,
                                 ROUND(part.amount * 100)::int8,
                                 ROUND(part.amount_residual * 100)::int8]
                           ORDER BY part.line_id)
                  FROM sale_collection_reminder reminder
                  JOIN sale_collection_reminder_line part
                    ON part.reminder_id = reminder.id
                 WHERE reminder.company_id = %(company)s
                   AND reminder.date <= %(today)s
                   AND (reminder.state = 'candidate'
                        OR reminder.state = 'dropped'
                           AND reminder.dropped_by_id IS NULL
                           AND reminder.prepared_on >= %(since)s)
              GROUP BY reminder.id
              ORDER BY reminder.id
                """,
                company=company.id,
                today=today,
                since=today - timedelta(STREAK_DAYS),
            )
        )
        return [Waiting._make(row) for row in rows]

    @api.model
    def _get_profile_ids(self, company, night, wanted):
        """Return {customer: profile id}, profiles made where missing."""
        partner_ids = {message.partner for message in wanted}
        known = {
            partner_id: customer.profile
            for partner_id, customer in night.customers.items()
        }
        missing = partner_ids - known.keys()
        made = self.env["sale.collection.profile"]._make(company, sorted(missing))
        return known | {profile.partner_id.id: profile.id for profile in made}

    @api.model
    def _insert(self, company, night, messages, profiles):
        """Insert messages and their lines; return the ids."""
        if not messages:
            return []
        ids = self._reserve_ids(len(messages))
        now = self.env.cr.now().replace(microsecond=0)
        rows, parts, copies = [], [], []
        for reminder_id, message in zip(ids, messages, strict=True):
            wanted = message.wanted
            rows.append(
                (
                    reminder_id,
                    company.id,
                    profiles[wanted.partner],
                    wanted.partner,
                    message.recipient,
                    message.user,
                    message.lang,
                    wanted.plan.id,
                    wanted.step,
                    wanted.move,
                    message.channel,
                    night.today,
                    night.today,
                    message.state,
                    wanted.reason,
                    sum(part.amount for part in wanted.lines),
                    wanted.credit,
                    1,
                    wanted.plan.is_first_run,
                    now,
                    now,
                )
            )
            parts += _line_rows(reminder_id, message.state, wanted.lines)
            copies += [(reminder_id, partner_id) for partner_id in message.copies]
        self._insert_rows(INSERT, rows)
        self._insert_rows(INSERT_LINES, parts)
        self._insert_rows(INSERT_COPIES, copies)
        return ids

    @api.model
    def _reserve_ids(self, count):
        rows = self.env.execute_query(
            SQL(
                "SELECT NEXTVAL(%s::regclass) FROM GENERATE_SERIES(1, %s)",
                f"{self._table}_id_seq",
                count,
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _insert_rows(self, query, rows):
        """Write rows at once: a night may bring thousands."""
        if rows:
            buffer = io.StringIO()
            csv.writer(buffer).writerows(rows)
            buffer.seek(0)
            self.env.cr.copy_expert(query, buffer)

    @api.model
    def _update(self, night, kept):
        """Note that messages are still wanted; renew amounts and lines that moved."""
        self.env.cr.execute(
            SQL(
                "UPDATE sale_collection_reminder SET prepared_on = %s"
                " WHERE id = ANY(%s) AND prepared_on IS DISTINCT FROM %s",
                night.today,
                [row.id for row, __ in kept],
                night.today,
            )
        )
        moved = [
            (row, message)
            for row, message in kept
            if _signature(message.wanted.lines) != row.lines
            or message.state != row.state
        ]
        if not moved:
            return
        lines = self.env["sale.collection.reminder.line"]
        ids = [row.id for row, __ in moved]
        self.env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE reminder_id = ANY(%s)",
                SQL.identifier(lines._table),
                ids,
            )
        )
        parts = []
        for row, message in moved:
            parts += _line_rows(row.id, message.state, message.wanted.lines)
        self._insert_rows(INSERT_LINES, parts)
        self._update_totals([(row.id, message) for row, message in moved])

    @api.model
    def _update_totals(self, pairs):
        self.env.cr.execute_values(
            """
            UPDATE sale_collection_reminder reminder
               SET amount_total = wanted.total, amount_credit = wanted.credit,
                   state = wanted.state
              FROM (VALUES %s) wanted (id, total, credit, state)
             WHERE reminder.id = wanted.id
            """,
            [
                (
                    reminder_id,
                    sum(part.amount for part in message.wanted.lines),
                    message.wanted.credit,
                    message.state,
                )
                for reminder_id, message in pairs
            ],
        )

    @api.model
    def _drop_vanished(self, rows, night):
        """Drop messages to confirm that are wanted no more: paid, or overtaken."""
        still_open = {line.id for lines in night.lines.values() for line in lines}
        vanished = {"paid": [], "outdated": []}
        for row in rows:
            is_open = any(part[0] in still_open for part in row.lines)
            vanished["outdated" if is_open else "paid"].append(row.id)
        for reason, ids in vanished.items():
            if ids:
                self.browse(ids)._drop(reason)


def _signature(parts):
    """What the stored lines of a message are compared by."""
    return [
        [
            part.line,
            part.step,
            part.cycle,
            round(part.amount * 100),
            round(part.residual * 100),
        ]
        for part in sorted(parts, key=attrgetter("line"))
    ]


def _line_rows(reminder_id, state, parts):
    return [
        (
            reminder_id,
            part.line,
            part.name,
            part.step,
            state,
            part.cycle,
            part.start,
            part.due,
            part.residual,
            part.amount,
            part.listed,
            False,
        )
        for part in parts
    ]
