"""Two sessions at once on the commission entries.

Run as ``python -m tests.races.commission DATABASE ROUNDS``; prints one JSON line for
each race: {"race": name, "rounds": n, "wrong": rounds after which entries were wrong}.
"""

import json
import sys

from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config, mute_logger

from .ledger import Sessions, create_invoice, pay


def entries(env):
    return env["sale.collection.commission.entry"]


def make_plan(env):
    """Make a plan that pays everyone 10 %, tiers and up to a cap."""
    plans = env["sale.collection.commission.plan"]
    plans.create(
        {
            "name": "Plan",
            "date_from": "2026-01-01",
            "rate_ids": [Command.create({"percent": 10})],
            "tier_ids": [Command.create({"lower": 0, "percent": 1})],
            "cap_amount": 250,
        }
    )


def race_two_accruals(sessions):
    """Two nightly runs book the same money: both end well, booked once."""
    invoice = sessions.alone(lambda env: create_invoice(env).id)
    sessions.alone(lambda env: pay(env, invoice, 1000).id)
    ended = []

    def accrue(env):
        entries(env)._accrue()
        env.cr.flush()
        ended.append(True)

    sessions.race(accrue, accrue)

    def check(env):
        booked = entries(env).search_count([("move_ref", "=", invoice)])
        # A tier or cap booked twice would be a difference to its rebuild.
        return booked != 1 or len(ended) != 2 or bool(entries(env)._audit())

    return check


def main(database, rounds):
    config.parse_config(["-d", database, "--no-http", "--log-level=warn"])
    sessions = Sessions(Registry(database))
    sessions.alone(make_plan)
    # A session that loses a race says so; the test asks only who is right after.
    with mute_logger("odoo.sql_db", "odoo.service.model"):
        wrong = [
            number
            for number in range(rounds)
            if sessions.alone(race_two_accruals(sessions))
        ]
    row = {"race": "race_two_accruals", "rounds": rounds, "wrong": wrong}
    print(json.dumps(row))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
