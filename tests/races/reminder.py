"""Two sessions at once on reminders.

Run as ``python -m tests.races.reminder DATABASE ROUNDS``; prints one JSON line for each
race: {"race": name, "rounds": n, "wrong": rounds after which reminders were wrong}.
"""

import json
import sys
from datetime import date

from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config, mute_logger

from .ledger import Sessions, create_invoice, pay, receivable_lines

NIGHT = date(2026, 2, 4)


def reminders(env):
    return env["sale.collection.reminder"]


def make_plan(env):
    """Make a live plan with one mail five days after the due date."""
    template = env.ref("sale_collection_reminder.mail_template_reminder_first")
    step = {"name": "Day 5", "days": 5, "template_id": template.id}
    ladder = env["sale.collection.ladder"].create(
        {
            "name": "Race",
            "company_id": env.company.id,
            "step_ids": [Command.create(step)],
        }
    )
    ladder._go_live(date(2020, 1, 1))
    ladder._confirm_first_run()


def make_debt(env):
    """Return an overdue invoice the customer has had by mail."""
    invoice = create_invoice(env)
    receivable_lines(invoice).date_maturity = date(2026, 1, 1)
    invoice.is_move_sent = True
    invoice.partner_id.email = f"race{invoice.id}@example.com"
    return invoice.id


def about(env, invoice_id):
    parts = env["sale.collection.reminder.line"].search(
        [("line_id.move_id", "=", invoice_id)]
    )
    return parts.reminder_id


def mails_of(env, invoice_id):
    profiles = about(env, invoice_id).profile_id
    return env["mail.mail"].search_count(
        [("model", "=", profiles._name), ("res_id", "in", profiles.ids)]
    )


def race_two_senders(sessions):
    """Two people send the same list: one mail goes out."""
    invoice = sessions.alone(make_debt)
    sessions.alone(lambda env: reminders(env)._prepare(NIGHT))

    def send(env):
        about(env, invoice)._send(NIGHT)
        env.cr.flush()

    sessions.race(send, send)

    def wrong(env):
        states = about(env, invoice).mapped("state")
        return states != ["queued"] or mails_of(env, invoice) != 1

    return wrong


def race_two_nights(sessions):
    """Two nights prepare at once: the debt is claimed once."""
    invoice = sessions.alone(make_debt)

    def prepare(env):
        reminders(env)._prepare(NIGHT)
        env.cr.flush()

    sessions.race(prepare, prepare)

    def wrong(env):
        found = about(env, invoice)
        found._send(NIGHT)
        return len(found) != 1 or mails_of(env, invoice) != 1

    return wrong


def race_sender_and_payer(sessions):
    """The customer pays while the reminder goes out: none asks for what is paid.

    Whoever comes first: the mail is queued before the money is booked, or it is
    dropped, or it waits for the next round.
    """
    invoice = sessions.alone(make_debt)
    sessions.alone(lambda env: reminders(env)._prepare(NIGHT))

    def send(env):
        about(env, invoice)._send(NIGHT)
        env.cr.flush()

    def settle(env):
        pay(env, invoice, 1000)
        env.cr.flush()

    sessions.race(send, settle)

    def wrong(env):
        found = about(env, invoice)
        found.filtered(lambda row: row.state == "ready")._send(NIGHT)
        mailed = mails_of(env, invoice)
        paid = not receivable_lines(env["account.move"].browse(invoice)).amount_residual
        # a mail only ever from before the money: sent after it, it would be dropped
        right = ("queued", 1) if mailed else ("dropped", 0)
        return not paid or (found.state, mailed) != right

    return wrong


RACES = (race_two_senders, race_two_nights, race_sender_and_payer)


def main(database, rounds):
    config.parse_config(["-d", database, "--no-http", "--log-level=warn"])
    sessions = Sessions(Registry(database))
    sessions.alone(make_plan)
    for race in RACES:
        # A session that loses a race says so; the test asks only who is right after.
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            wrong = [
                number for number in range(rounds) if sessions.alone(race(sessions))
            ]
        row = {"race": race.__name__, "rounds": rounds, "wrong": wrong}
        print(json.dumps(row))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
