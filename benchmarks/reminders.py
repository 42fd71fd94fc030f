"""Measures a night of reminders on the generated ledger.

    python -m benchmarks.reminders DATABASE FILE

Every customer can be reached and every invoice counts as sent, so that selection and
rows are what is measured: which debts have reached a step, who gets what, written.
"""

import json
import sys
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from odoo.fields import Command
from odoo.tools import SQL

from dev.inside.session import environment

from .generate import TODAY
from .measure import OPEN_ITEMS, seconds

#: Days after the due date, one more than the peer's three levels has.
STEPS = (5, 20, 40, 60)
ENTRY = date(2000, 1, 1)


def prepare_ledger(env):
    """Make every customer reachable and every invoice one that was sent."""
    env.execute_query(
        SQL(
            "UPDATE res_partner SET email = 'c' || id || '@example.com',"
            " email_normalized = 'c' || id || '@example.com'"
            " WHERE ref LIKE 'C%%' RETURNING id"
        )
    )
    env.execute_query(
        SQL(
            "UPDATE account_move SET is_move_sent = TRUE"
            " WHERE move_type = 'out_invoice' RETURNING id"
        )
    )
    env["sale.collection.profile"]._refresh(TODAY)
    env.invalidate_all()


def make_plan(env):
    """Return a live plan past its first run."""
    template = env.ref("sale_collection_reminder.mail_template_reminder_second")
    ladder = env["sale.collection.ladder"].create(
        {
            "name": "Bench",
            "company_id": env.company.id,
            "step_ids": [
                Command.create(
                    {"name": f"Day {days}", "days": days, "template_id": template.id}
                )
                for days in STEPS
            ],
        }
    )
    ladder._go_live(ENTRY)
    ladder._confirm_first_run()


def measure_reminders(env):
    """Return {figure: value}; times in seconds."""
    prepare_ledger(env)
    make_plan(env)
    [[overdue]] = env.execute_query(
        SQL(
            """
            SELECT COUNT(*) FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
             WHERE account.account_type = 'asset_receivable'
               AND line.parent_state = 'posted' AND line.reconciled IS NOT TRUE
               AND line.amount_residual > 0 AND line.date_maturity < %s
            """,
            TODAY,
        )
    )
    first = seconds(lambda: night(env, TODAY))
    env.cr.execute("ANALYZE sale_collection_reminder, sale_collection_reminder_line")
    later = (TODAY + timedelta(days) for days in (1, 2, 3))
    steady = min(seconds(partial(night, env, day)) for day in later)
    bare = seconds(lambda: env.execute_query(SQL(OPEN_ITEMS, TODAY)))
    return {
        "overdue_lines": overdue,
        "reminders": env["sale.collection.reminder"].search_count([]),
        "reminders_first": first,
        "reminders_steady": steady,
        "reminders_per_line": first / overdue,
        "reminders_steady_per_line": steady / overdue,
        "reminders_bare": bare,
    }


def night(env, day):
    env["sale.collection.reminder"]._prepare(day)
    env.cr.commit()
    env.invalidate_all()


if __name__ == "__main__":
    with environment(sys.argv[1]) as env:
        Path(sys.argv[2]).write_text(json.dumps(measure_reminders(env)))
