from datetime import timedelta

from markupsafe import escape

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ...tools.promise import (
    HORIZON_DAYS,
    Instalment,
    Rules,
    dates_through,
    expected,
    judge,
    judge_standing,
)
from ..core.sql import update_rows
from ..core.transaction import commit_batch
from ..profile.projection import BATCH
from .promise import JUDGED_STATES

# The columns of a promise the ledger decides on, and their types.
JUDGEMENT = {
    "state": "varchar",
    "amount_received": "numeric",
    "fulfilment": "float8",
    "days_late": "numeric",
    "expected_amount": "numeric",
    "next_date": "date",
    "next_amount": "numeric",
}
LINE_JUDGEMENT = {
    "state": "varchar",
    "amount_received": "numeric",
    "fulfilment": "float8",
    "days_late": "numeric",
}


class SaleCollectionPromise(models.Model):
    """Judging promises by the receipt ledger, all of them at once.

    The states follow from the promises, the ledger and the day alone: judging
    again gives the same, and undone money leads back to where it was.
    """

    _inherit = "sale.collection.promise"

    # === ENTRY POINTS ===#

    def _evaluate(self, today=None):
        """Judge promises and write what changed, with a constant number of queries.

        On no record: those of the company that are open or may still change with
        the days. Older ones change when their customer is touched.

        :param date today: the company's own today when left out
        :return: number of promises whose state changed
        """
        if self:
            groups = self.sudo().grouped("company_id")
        else:
            company = self.env.company.sudo().root_id
            day = today or company._collection_today()
            groups = {company: self.sudo().search(self._get_pending_domain(day))}
        return sum(
            promises._evaluate_company(company, today or company._collection_today())
            for company, promises in groups.items()
        )

    @api.model
    def _evaluate_customers(self, partners, today=None):
        """Judge all promises of customers whose money has moved."""
        company = self.env.company.sudo().root_id
        found = self.sudo().search(
            [("partner_id", "in", partners.ids), ("company_id", "=", company.id)]
        )
        return found._evaluate(today) if found else 0

    @api.model
    def _get_pending_domain(self, today):
        """Return the promises the days alone may change: late money fades."""
        company = self.env.company.root_id
        return [
            ("company_id", "=", company.id),
            "|",
            ("state", "=", "open"),
            "&",
            ("state", "in", JUDGED_STATES),
            ("date", ">=", today - timedelta(2 * HORIZON_DAYS)),
        ]

    def _evaluate_company(self, company, today):
        self.env["account.move.line"]._collection_mirror()
        self.env.flush_all()
        stored = self._read_stored()
        self._extend_standing(stored, today)
        facts = self._collect_judgement(company, stored)
        trust = self.env["sale.collection.profile"]._collect_promise_trust(
            company, today, sorted({row["partner_id"] for row in stored})
        )
        wanted, wanted_lines = {}, {}
        for row in stored:
            verdict, lines = self._decide(row, facts[row["id"]], today)
            wanted[row["id"]] = self._get_judgement(
                row, verdict, lines, trust.get(row["partner_id"], {})
            )
            wanted_lines |= lines
        self._write_lines(facts, wanted_lines)
        return self._write_judgement(stored, wanted)

    # === DECIDE ===#

    @api.model
    def _decide(self, row, facts, today):
        """Judge one promise on plain values.

        :return: its verdict, and {line id: verdict of that payment}
        """
        rules = Rules(
            row["grace_days"],
            row["threshold_percent"],
            row["breach_action"] == "accelerate",
        )
        parts = [Instalment(line["date"], line["amount"]) for line in facts["lines"]]
        if row["kind"] == "standing":
            verdicts = judge_standing(
                parts, facts["money"], today, rules, facts["owed"]
            )
            return self._decide_standing(row, verdicts, today), {
                line["id"]: _line_judgement(verdict)
                for line, verdict in zip(facts["lines"], verdicts, strict=True)
            }
        parts = parts or [Instalment(row["date"], row["amount"])]
        verdict = judge(parts, facts["money"], today, rules, facts["payable"])
        states = zip(facts["lines"], verdict.instalments, strict=False)
        return verdict, {
            line["id"]: (state, *_money_until(facts["money"], line["date"], rules))
            for line, state in states
        }

    @api.model
    def _decide_standing(self, row, verdicts, today):
        """A standing promise is open until its last date has been judged."""
        ended = row["until_date"] and row["until_date"] < today
        states = {verdict.state for verdict in verdicts}
        received = sum(verdict.received for verdict in verdicts)
        last = verdicts[-1]
        if not ended or "open" in states:
            state = "open"
        elif states <= {"kept", "cancelled"}:
            state = "kept"
        else:
            state = "partial" if received else "broken"
        judged = [part for part in verdicts if part.state in JUDGED_STATES] or [last]
        mean = sum(part.fulfilment for part in judged) / len(judged)
        return last._replace(state=state, received=received, fulfilment=mean)

    @api.model
    def _get_judgement(self, row, verdict, lines, trust):
        """Return the values of JUDGEMENT, in its order."""
        coming = self._get_coming(row, lines) if verdict.state == "open" else None
        share = expected(row["amount"], trust.get("reliability"))
        still_expected = share if verdict.state == "open" else row["expected_amount"]
        return (
            verdict.state,
            round(verdict.received, 6),
            round(verdict.fulfilment, 6),
            None if verdict.days_late is None else round(verdict.days_late, 1),
            round(float(still_expected or 0.0), row["decimals"]),
            *(coming or (None, None)),
        )

    @api.model
    def _get_coming(self, row, lines):
        """Return date and amount of the next payment to wait for."""
        for line in row["lines"]:
            if lines[line["id"]][0] == "open":
                return line["date"], line["amount"]
        return row["date"], row["amount"]

    # === STANDING PROMISES ===#

    @api.model
    def _extend_standing(self, stored, today):
        """Give standing promises their dates up to the next one."""
        rows = [
            (row["id"], day, row["amount"])
            for row in stored
            if row["kind"] == "standing"
            for day in self._get_missing_dates(row, today)
        ]
        if not rows:
            return
        ids, days, amounts = map(list, zip(*rows, strict=True))
        self.env.execute_query(
            SQL(
                """
                INSERT INTO sale_collection_promise_line (
                    promise_id, date, amount, state, create_uid, create_date,
                    write_uid, write_date)
                SELECT id, date, amount, 'open', %(uid)s, now() AT TIME ZONE 'UTC',
                       %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM UNNEST(%(ids)s::int[], %(days)s::date[], %(amounts)s::numeric[])
                       AS wanted (id, date, amount)
                    ON CONFLICT (promise_id, date) DO NOTHING
                RETURNING id
                """,
                uid=self.env.uid,
                ids=ids,
                days=days,
                amounts=amounts,
            )
        )
        self.plan_line_ids.invalidate_model(flush=False)
        self.invalidate_model(["plan_line_ids"], flush=False)

    @api.model
    def _get_missing_dates(self, row, today):
        if row["state"] != "open":
            return []
        until = row["until_date"] or today + timedelta(366)
        days = dates_through(row["first_date"], row["frequency"], today)
        return [
            day
            for day in days
            if day <= until and (not row["last_line"] or day > row["last_line"])
        ]

    # === APPLY ===#

    @api.model
    def _write_judgement(self, stored, wanted):
        """Write the promises that differ, log and hand on changes of state.

        The nightly run keeps them batch by batch.

        :return: number of changes of state
        """
        changed = [row for row in stored if _stored_values(row) != wanted[row["id"]]]
        moved = 0
        for batch in split_every(BATCH, changed, list):
            moved += self._write_batch(batch, wanted)
            commit_batch(self.env)
        return moved

    @api.model
    def _write_batch(self, changed, wanted):
        update_rows(
            self.env,
            self._table,
            JUDGEMENT,
            [(row["id"], *wanted[row["id"]]) for row in changed],
        )
        self.invalidate_model(list(JUDGEMENT), flush=False)
        moved = {
            row["id"]: wanted[row["id"]][0]
            for row in changed
            if row["state"] != wanted[row["id"]][0]
        }
        if moved:
            self._update_claims(list(moved))
            self.browse(moved)._on_state_changed()
        return len(moved)

    @api.model
    def _write_lines(self, facts, wanted):
        rows = [
            (line["id"], *wanted[line["id"]])
            for fact in facts.values()
            for line in fact["lines"]
            if _line_values(line) != wanted[line["id"]]
        ]
        if rows:
            update_rows(self.env, self.plan_line_ids._table, LINE_JUDGEMENT, rows)
            self.plan_line_ids.invalidate_model(list(LINE_JUDGEMENT), flush=False)

    @api.model
    def _update_claims(self, promise_ids):
        """Let judged promises go of their instalments, re-opened ones claim them.

        An instalment promised anew in the meantime stays with the new promise.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE sale_collection_promise_allocation part
                   SET is_live = promise.state = 'open'
                  FROM sale_collection_promise promise
                 WHERE promise.id = part.promise_id
                   AND promise.id = ANY(%s)
                   AND part.is_live IS DISTINCT FROM (promise.state = 'open')
                   AND (promise.state <> 'open' OR NOT EXISTS (
                       SELECT FROM sale_collection_promise_allocation other
                        WHERE other.line_ref = part.line_ref AND other.is_live))
                """,
                promise_ids,
            )
        )
        self.allocation_ids.invalidate_model(["is_live"], flush=False)

    def _on_state_changed(self):
        """Log new states and drop the activities they answer."""
        self._log_states()
        settled = self.filtered(lambda promise: promise.state not in JUDGED_STATES[1:])
        settled.filtered("followed_up").write({"followed_up": False})
        settled.activity_unlink(["sale_collection.mail_activity_promise_broken"])
        closed = self.filtered(lambda promise: promise.state != "open")
        closed.activity_unlink(["sale_collection.mail_activity_promise_due"])

    def _log_states(self):
        """Log the new states in the chatter.

        By one statement: on a night that judges thousands of promises, messages
        made one by one would take longer than all the judging.
        """
        note = self.env.ref("mail.mt_note")
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO mail_message (
                    model, res_id, body, message_type, subtype_id, is_internal,
                    author_id, date, create_uid, create_date, write_uid, write_date)
                SELECT %(model)s, id, body, 'notification', %(note)s, TRUE,
                       %(author)s, %(now)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM UNNEST(%(ids)s, %(bodies)s) AS log (id, body)
                """,
                model=self._name,
                note=note.id,
                author=self.env.user.partner_id.id,
                now=fields.Datetime.now(),
                uid=self.env.uid,
                ids=self.ids,
                bodies=[str(escape(promise._get_state_log())) for promise in self],
            )
        )
        self.invalidate_model(["message_ids"], flush=False)

    def _get_state_log(self):
        received = self.currency_id.format(self.amount_received)
        texts = {
            "kept": self.env._("Promise kept: %(amount)s received.", amount=received),
            "partial": self.env._(
                "Promise partly kept: only %(amount)s received in time.",
                amount=received,
            ),
            "broken": self.env._("Promise broken: nothing received in time."),
            "open": self.env._("Open again: money has been undone."),
            "cancelled": self.env._("Cancelled: nothing is left to pay."),
        }
        return texts[self.state]


def _money_until(money, day, rules):
    """Return money in time for a payment of a plan, and no delay of its own."""
    deadline = day + timedelta(rules.grace)
    received = sum(paid for paid_on, paid in money if paid_on <= deadline)
    return round(max(received, 0.0), 6), 0.0, None


def _line_judgement(verdict):
    delay = None if verdict.days_late is None else round(verdict.days_late, 1)
    return verdict.state, round(verdict.received, 6), verdict.fulfilment, delay


def _stored_values(row):
    return tuple(row[name] for name in JUDGEMENT)


def _line_values(line):
    return tuple(line[name] for name in LINE_JUDGEMENT)
