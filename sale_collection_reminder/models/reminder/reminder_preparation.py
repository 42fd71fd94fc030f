import csv
import io
from datetime import date, timedelta
from operator import attrgetter
from typing import NamedTuple

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.sql import update_rows

from .reminder_facts import AHEAD_DAYS

# Days for which a message kept back for one reason stays the same record.
STREAK_DAYS = 7
NO_ADDRESS = "sale_collection_reminder.activity_no_address"
# Due dates are compared as days since then, as `_read_waiting` counts them.
EPOCH = date(2000, 1, 1)

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
        amount_residual, amount, amount_currency, credit_currency, listed, settled)
    FROM STDIN WITH (FORMAT csv)
"""
INSERT_COPIES = """
    COPY sale_collection_reminder_copy_rel (
        sale_collection_reminder_id, res_partner_id)
    FROM STDIN WITH (FORMAT csv)
"""


class Waiting(NamedTuple):
    """A message of an earlier night that waits to be confirmed, or was kept back."""

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


class SaleCollectionReminderPreparation(models.AbstractModel):
    """Bring the reminders in line with the messages a day calls for.

    Collected by `sale.collection.reminder.facts`, decided by `Night`, written here:
    in bulk, for a night may bring thousands.
    """

    _name = "sale.collection.reminder.preparation"
    _description = "Preparation of reminders"

    # === ENTRY POINTS ===#

    def _make_night(self, company, today, on_error=None):
        """Make the reminders of a day: see `_prepare` of the reminder."""
        plans = self.env["sale.collection.ladder"]._get_live_plans(company)
        if not plans or not company._collection_get_working_days()(today):
            return self.env["sale.collection.reminder"]
        # Two nights at once would each see none of the other's messages.
        self.env["sale.collection.lock"]._take(company, ["reminders"])
        self.env["sale.collection.reminder.line"].sudo()._mark_settled(company)
        facts = self.env["sale.collection.reminder.facts"]
        night = facts._collect_night(company, today, plans)
        messages = night.decide(on_error)
        writer = self.sudo().with_company(company)
        reminders = writer._write_night(company, night, messages)
        writer._write_next_days(company, night.find_next_days())
        return reminders.with_env(self.env)

    def _make_by_hand(self, lines, again=False, today=None):
        """Make the reminders about chosen instalments of one company.

        Whatever keeps an automatic reminder back keeps these back as well, but the
        days between messages. What waits about the same instalments gives way.

        :param lines: open receivable lines
        :param bool again: the step reached once more, instead of the next one
        :param date today: the company's own today when left out
        :return: the reminders to confirm, and those kept back with a reason
        :raise UserError: while no plan is live
        """
        company = lines.company_id.root_id
        plans = self.env["sale.collection.ladder"]._get_live_plans(company)
        if not plans:
            raise UserError(
                self.env._(
                    "No reminder plan is live. A manager can go live with one under "
                    "Configuration, Reminder plans."
                )
            )
        self.env["sale.collection.lock"]._take(company, ["reminders"])
        # Credit controllers put old debts on the ladder by choosing them.
        may_enter = self.env.user.has_group("sale_collection.group_credit_controller")
        night = self.env["sale.collection.reminder.facts"]._collect_night(
            company,
            today or company._collection_today(),
            plans,
            lines.partner_id.commercial_partner_id.ids,
            ahead=AHEAD_DAYS,
            entered=lines.ids if may_enter else (),
        )
        messages = night.decide_by_hand(set(lines.ids), again)
        writer = self.sudo().with_company(company)
        writer._search_waiting(lines)._drop("outdated")
        reminders = writer._write_by_hand(company, night, messages)
        return reminders.with_env(self.env)

    def _search_waiting(self, lines):
        """Return the reminders about instalments that have not gone out yet."""
        parts = self.env["sale.collection.reminder.line"].search(
            [("line_id", "in", lines.ids), ("state", "in", ("candidate", "ready"))]
        )
        return parts.reminder_id

    # === WRITE ===#

    def _write_night(self, company, night, messages):
        """Write messages that are not there yet; drop those wanted no more.

        Customers that could not be decided on keep what waits for them.

        :param company: root company
        :param night: the `Night` the messages were decided on
        :return: the reminders of the day
        """
        today = night.facts.today
        waiting = [
            row
            for row in self._read_waiting(company, today)
            if row.partner not in night.failed
        ]
        candidates = {row.key: row for row in waiting if row.state == "candidate"}
        kept_back = {row.key: row for row in waiting if row.state == "dropped"}
        profiles = self._get_profile_ids(company, night, messages)
        book = self.env["sale.collection.reminder.address.book"]
        new, kept = [], []
        for one in book._address(company, night, messages, profiles, candidates.keys()):
            rows = kept_back if one.message.reason else candidates
            row = rows.pop(one.message.key, None)
            if row:
                kept.append((row, one))
            else:
                new.append(one)
        ids = self._insert(company, today, new, profiles)
        pairs = zip(ids, new, strict=True)
        self._ask_for_addresses(
            [id_ for id_, one in pairs if one.message.reason == "no_address"]
        )
        self._note_addresses(
            [profiles[one.message.partner] for one in new if not one.message.reason]
        )
        self._update(today, kept)
        self._drop_vanished(company, today, candidates.values())
        return self._browse(ids + [row.id for row, __ in kept])

    def _write_by_hand(self, company, night, messages):
        """Write messages asked for by hand; all of them wait to be confirmed.

        :return: the reminders
        """
        profiles = self._get_profile_ids(company, night, messages)
        book = self.env["sale.collection.reminder.address.book"]
        addressed = [
            one._replace(state="candidate") if one.state == "ready" else one
            for one in book._address(company, night, messages, profiles)
        ]
        ids = self._insert(company, night.facts.today, addressed, profiles)
        return self._browse(ids)

    def _browse(self, ids):
        """Return reminders just written past the cache."""
        reminders = self.env["sale.collection.reminder"]
        reminders.invalidate_model()
        reminders.line_ids.invalidate_model()
        return reminders.browse(ids)

    # === READ ===#

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
                                 ROUND(part.amount_residual * 100)::int8,
                                 part.due_date - DATE '2000-01-01']
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

    def _get_profile_ids(self, company, night, messages):
        """Return {customer: profile id}; profiles that are missing are made."""
        customers = night.facts.customers
        found = {
            message.partner: customers[message.partner].profile for message in messages
        }
        missing = sorted(partner_id for partner_id in found if not found[partner_id])
        made = self.env["sale.collection.profile"]._make(company, missing)
        return found | {profile.partner_id.id: profile.id for profile in made}

    # === INSERT ===#

    def _insert(self, company, today, addressed, profiles):
        """Insert messages with their lines and copies; return the ids."""
        if not addressed:
            return []
        ids = self._reserve_ids(len(addressed))
        rows, parts, copies = [], [], []
        for reminder_id, one in zip(ids, addressed, strict=True):
            profile_id = profiles[one.message.partner]
            row = self._prepare_row(reminder_id, company, profile_id, today, one)
            rows.append(row)
            parts += _prepare_lines(reminder_id, one)
            copies += [(reminder_id, partner_id) for partner_id in one.copies]
        self._copy_in(INSERT, rows)
        self._copy_in(INSERT_LINES, parts)
        self._copy_in(INSERT_COPIES, copies)
        return ids

    def _ask_for_addresses(self, reminder_ids):
        """Have the collectors find addresses of customers that cannot be reached.

        In their systray, without an e-mail for each customer: at first many have none.
        """
        lost = self._browse(reminder_ids)
        asked = set(lost.profile_id.activity_search([NO_ADDRESS]).mapped("res_id"))
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                self._prepare_address_task(reminders[0])
                for profile, reminders in lost.grouped("profile_id").items()
                if profile.id not in asked
            ]
        )

    def _prepare_address_task(self, reminder):
        kind = self.env.ref(NO_ADDRESS)
        recipient = reminder.recipient_id or reminder.partner_id
        sender = self.env["sale.collection.reminder.sender"]
        return {
            "activity_type_id": kind.id,
            "res_model_id": self.env["ir.model"]._get_id("sale.collection.profile"),
            "res_id": reminder.profile_id.id,
            "summary": kind.summary,
            "note": recipient._get_html_link(),
            "date_deadline": reminder.date,
            "user_id": sender._get_activity_user(reminder).id,
            "automated": True,
        }

    def _note_addresses(self, profile_ids):
        """Take back the tasks about customers that can be reached by now."""
        profiles = self.env["sale.collection.profile"].browse(profile_ids)
        profiles.activity_unlink([NO_ADDRESS])

    def _reserve_ids(self, count):
        rows = self.env.execute_query(
            SQL(
                "SELECT NEXTVAL('sale_collection_reminder_id_seq')"
                " FROM GENERATE_SERIES(1, %s)",
                count,
            )
        )
        return [row[0] for row in rows]

    def _prepare_row(self, reminder_id, company, profile_id, today, addressed):
        """Return the values of a reminder in the order of INSERT."""
        message, now = addressed.message, self.env.cr.now().replace(microsecond=0)
        return (
            *(reminder_id, company.id, profile_id, message.partner),
            *(addressed.recipient, addressed.user, addressed.lang),
            *(message.plan.id, message.step, message.move, addressed.channel),
            *(today, today, addressed.state, message.reason),
            *(message.amount, message.credit, 1, message.plan.is_first_run, now, now),
        )

    def _copy_in(self, query, rows):
        """Write rows by one COPY."""
        if rows:
            buffer = io.StringIO()
            csv.writer(buffer).writerows(rows)
            buffer.seek(0)
            self.env.cr.copy_expert(query, buffer)

    # === UPDATE ===#

    def _update(self, today, kept):
        """Note that messages are still wanted; renew amounts and lines that changed.

        :param kept: pairs of `Waiting` and `Addressed`
        """
        self.env.cr.execute(
            SQL(
                "UPDATE sale_collection_reminder SET prepared_on = %s"
                " WHERE id = ANY(%s) AND prepared_on IS DISTINCT FROM %s",
                today,
                [row.id for row, __ in kept],
                today,
            )
        )
        changed = [
            (row.id, one)
            for row, one in kept
            if _get_signature(one.message.parts) != row.lines or one.state != row.state
        ]
        if not changed:
            return
        self.env.cr.execute(
            SQL(
                "DELETE FROM sale_collection_reminder_line WHERE reminder_id = ANY(%s)",
                [reminder_id for reminder_id, __ in changed],
            )
        )
        parts = []
        for reminder_id, one in changed:
            parts += _prepare_lines(reminder_id, one)
        self._copy_in(INSERT_LINES, parts)
        self._update_totals(changed)

    def _update_totals(self, pairs):
        columns = {
            "amount_total": "numeric",
            "amount_credit": "numeric",
            "state": "varchar",
        }
        update_rows(
            self.env,
            "sale_collection_reminder",
            columns,
            [
                (reminder_id, one.message.amount, one.message.credit, one.state)
                for reminder_id, one in pairs
            ],
        )

    def _drop_vanished(self, company, today, rows):
        """Drop messages to confirm that are wanted no more, each with its reason.

        Paid, cancelled or re-dated where that is true of all their instalments.
        """
        dues = {
            part[0]: EPOCH + timedelta(part[5])
            for row in rows
            for part in row.lines
            if part[0] and part[5] is not None
        }
        facts = self.env["sale.collection.reminder.facts"]
        gone = facts._explain_gone(company, today, dues)
        vanished = {}
        for row in rows:
            found = {gone.get(part[0], "outdated") for part in row.lines if part[0]}
            reason = found.pop() if len(found) == 1 else "outdated"
            vanished.setdefault(reason, []).append(row.id)
        for reason, ids in vanished.items():
            self._browse(ids)._drop(reason)

    # === PROFILES ===#

    def _write_next_days(self, company, days):
        """Write the day of the next reminder on the profiles where it differs.

        :param dict days: by partner id; all others have none
        """
        known = [(partner_id, day) for partner_id, day in days.items() if day]
        self.env.cr.execute(
            SQL(
                """
                UPDATE sale_collection_profile profile
                   SET next_reminder_date = wanted.day
                  FROM sale_collection_profile own
             LEFT JOIN UNNEST(%s::int[], %s::date[]) AS wanted (partner_id, day)
                    ON wanted.partner_id = own.partner_id
                 WHERE own.company_id = %s
                   AND profile.id = own.id
                   AND profile.next_reminder_date IS DISTINCT FROM wanted.day
                """,
                [partner_id for partner_id, __ in known],
                [day for __, day in known],
                company.id,
            )
        )
        profiles = self.env["sale.collection.profile"]
        profiles.invalidate_model(["next_reminder_date"])


def _get_signature(parts):
    """Return what the stored lines of a message are compared by."""
    return [
        [
            part.line,
            part.step,
            part.cycle,
            round(part.amount * 100),
            round(part.residual * 100),
            (part.due - EPOCH).days,
        ]
        for part in sorted(parts, key=attrgetter("line"))
    ]


def _prepare_lines(reminder_id, addressed):
    """Return the values of the lines of a message in the order of INSERT_LINES."""
    return [
        (
            *(reminder_id, part.line, part.name, part.step, addressed.state),
            *(part.cycle, part.start, part.due, part.residual, part.amount),
            *(part.amount_currency, part.credit, part.listed, False),
        )
        for part in addressed.message.parts
    ]
