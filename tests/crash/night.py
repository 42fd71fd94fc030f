"""Kills the nightly run again and again, and asks what it has left behind.

Run as ``python -m tests.crash.night DATABASE``; prints one JSON object: the commit each
process was killed before, and everything that is wrong after the last one.

Every process is a fork, as the server's own workers are, and does what a worker of the
scheduler does. It stops before a commit, with all its work of that batch done, and is
killed there with signal 9.
"""

import importlib
import json
import os
import signal
import sys
import time
from collections import Counter
from datetime import date, timedelta
from unittest.mock import patch

import odoo
from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry
from odoo.tools import config

from ..races.ledger import create_invoice, pay, receivable_lines, wrong_lines

CUSTOMERS = 24
OVERDUE = timedelta(30)
# Small batches, that there is a middle to be killed in.
BATCH = 4
# The commits, counted in each process, before which it is killed.
CUTS = (4, 6, 9, 7, 5, 8, 6, 10, 7, 12, 5, 9, 6, 8)
MOST_TRIES = 20


def prepare(env):
    """Make customers who owe, and promised to pay some of it tomorrow."""
    env["ir.cron"].search([]).active = False
    jobs = env.ref("sale_collection.cron_run")
    jobs |= env.ref("sale_collection_reminder.cron_reminder_send")
    jobs.write({"active": True, "nextcall": "2020-01-01 00:00:00"})
    env.ref("sale_collection.grade_n").promise_confirm = "mail"
    go_live(env)
    profiles = env["sale.collection.profile"]
    company = env.company
    for number in range(CUSTOMERS):
        invoice = create_invoice(env)
        invoice.is_move_sent = True
        receivable_lines(invoice).date_maturity = company._collection_today() - OVERDUE
        invoice.partner_id.email = f"customer{number}@example.com"
        pay(env, invoice.id, 300)
        promise = env["sale.collection.promise"].create(
            {
                "profile_id": profiles._for(invoice.partner_id).id,
                "amount": 500,
                "date": company._get_next_working_day(
                    company._collection_today() + timedelta(1)
                ),
            }
        )
        promise.action_open()
    # Money the night must find missing and mirror.
    env.cr.execute("DELETE FROM sale_collection_receipt")


def go_live(env):
    """Remind every customer of what is overdue, at any hour of any day."""
    calendar = {"name": "Every day", "attendance_ids": [], "tz": "UTC"}
    env.company.write(
        {
            "resource_calendar_id": env["resource.calendar"].create(calendar).id,
            "collection_reminder_from_hour": 0,
            "collection_reminder_to_hour": 24,
        }
    )
    text = env.ref("sale_collection_reminder.mail_template_reminder_first")
    step = {"name": "First", "days": 5, "template_id": text.id}
    ladder = env["sale.collection.ladder"].create(
        {
            "name": "Plan",
            "company_id": env.company.id,
            "step_ids": [Command.create(step)],
        }
    )
    ladder._go_live(date(2020, 1, 1))
    ladder._confirm_first_run()


def work(database):
    """Do what a worker of the scheduler does when it is told of work."""
    registry = Registry(database)
    registry["ir.cron"]._process_jobs(database)


def work_until(database, cut, pipe):
    """Work, and say so and wait for the end before the commit number ``cut``."""
    commits = Counter()
    commit = odoo.sql_db.Cursor.commit

    def count_and_commit(cursor):
        commits["all"] += 1
        if commits["all"] == cut:
            os.write(pipe, b"!")
            time.sleep(600)
        commit(cursor)

    # Known only once the command line has told where the addons are.
    run_phase = importlib.import_module(
        "odoo.addons.sale_collection.models.night.run_phase"
    )
    run_phase.BATCH = BATCH
    with patch.object(odoo.sql_db.Cursor, "commit", count_and_commit):
        work(database)


def start(database, cut):
    """Fork a worker; return whether it came to the commit it is killed before."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.close(reader)
            work_until(database, cut, writer)
            code = 0
        finally:
            os._exit(code)
    os.close(writer)
    killed = os.read(reader, 1) == b"!"
    os.close(reader)
    if killed:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return killed


def find_wrong(env):
    """Return what is wrong after the night, as a list of sentences."""
    today = env.company._collection_today()
    wrong = []
    runs = env["sale.collection.run"].search([("date", "=", today)])
    if runs.mapped("state") != ["done"] or runs.error_ids:
        wrong.append(
            f"runs: {runs.mapped('state')}, {runs.error_ids.mapped('message')}"
        )
    promises = env["sale.collection.promise"].search([("state", "=", "open")])
    if len(promises) != CUSTOMERS:
        wrong.append(f"{len(promises)} promises open")
    asked = Counter(
        mail.mail_message_id.res_id
        for mail in env["mail.mail"].search([("model", "=", promises._name)])
    )
    wrong += [f"{len(promises - promises.browse(asked))} customers forgotten"] * (
        set(asked) != set(promises.ids)
    )
    wrong += [f"promise {key} asked {n} times" for key, n in asked.items() if n > 1]
    wrong += find_wrong_reminders(env)
    counts = {phase.code: phase.counts for phase in runs.phase_ids}
    if counts["promise_follow_up"]["confirmed"] != CUSTOMERS:
        wrong.append(f"counted {counts['promise_follow_up']}")
    if wrong_lines(env):
        wrong.append(f"{wrong_lines(env)} lines not mirrored")
    profiles = env["sale.collection.profile"].search([])
    live = profiles._get_live_facts(today)
    wrong += [
        f"profile {profile.id}: {profile.amount_open}"
        for profile in profiles
        if profile.amount_open != live[profile.partner_id.id]["amount_open"]
    ]
    return wrong


def find_wrong_reminders(env):
    """Return which customers have not exactly one reminder, and one mail of it."""
    reminders = env["sale.collection.reminder"].search([("state", "!=", "dropped")])
    sent = Counter(
        reminder.partner_id.email
        for reminder in reminders
        if reminder.state in ("queued", "sent")
    )
    everybody = {f"customer{number}@example.com" for number in range(CUSTOMERS)}
    wrong = [f"{email} reminded {n} times" for email, n in sent.items() if n > 1]
    wrong += [f"{email} not reminded" for email in sorted(everybody - set(sent))]
    mails = env["mail.mail"].search(
        [("mail_message_id", "in", reminders.message_id.ids)]
    )
    if len(mails | reminders.mail_id) != CUSTOMERS:
        wrong.append(f"{len(mails | reminders.mail_id)} mails of reminders")
    return wrong


def is_done(env):
    runs = env["sale.collection.run"].search([("scheduled", "=", True)])
    waiting = env["sale.collection.reminder"].search_count([("state", "=", "ready")])
    return bool(runs) and not waiting and set(runs.mapped("state")) == {"done"}


def alone(database, action):
    """Do something in a transaction of its own; leave no connection to fork with."""
    with Registry(database).cursor() as cr:
        result = action(api.Environment(cr, SUPERUSER_ID, {}))
    odoo.sql_db.close_all()
    return result


def main(database):
    config.parse_config(["-d", database, "--no-http", "--log-level=error"])
    alone(database, prepare)
    cuts = [cut for cut in CUTS if start(database, cut)]
    for _try in range(MOST_TRIES):
        if alone(database, is_done):
            break
        start(database, 0)
        time.sleep(0.2)  # the database may still be undoing what was killed
    print(json.dumps({"killed": cuts, "wrong": alone(database, find_wrong)}))


if __name__ == "__main__":
    main(sys.argv[1])
