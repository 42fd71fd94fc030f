"""Measures OCA's credit control preparing reminders on the same ledger.

python -m benchmarks.peer_reminders DATABASE FILE
"""

import json
import sys
from pathlib import Path

from odoo.fields import Command

from dev.inside.session import environment

from .generate import TODAY
from .measure import seconds


def measure_reminders(env):
    """Return the seconds the peer takes for the lines of one run.

    Its usual policy of three levels, for every customer of the company.
    """
    policy = env.ref("account_credit_control.credit_control_3_time")
    accounts = env["account.account"].search(
        [("account_type", "=", "asset_receivable")]
    )
    policy.account_ids = [Command.set(accounts.ids)]
    env.company.credit_policy_id = policy
    run = env["credit.control.run"].create(
        {"date": TODAY, "policy_ids": [Command.set(policy.ids)]}
    )
    env.flush_all()
    env.invalidate_all()
    taken = seconds(lambda: (run.generate_credit_lines(), env.cr.commit()))
    lines = env["credit.control.line"].search_count([])
    return {"peer_reminded": lines, "peer_reminder_per_line": taken / lines}


if __name__ == "__main__":
    with environment(sys.argv[1]) as env:
        Path(sys.argv[2]).write_text(json.dumps(measure_reminders(env)))
