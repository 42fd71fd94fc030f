"""Two sessions at once on the credit profiles.

Run as ``python -m tests.races.profile DATABASE ROUNDS``; prints one JSON line for each
race: {"race": name, "rounds": n, "wrong": rounds after which a profile was wrong}.
"""

import json
import sys

from odoo.modules.registry import Registry
from odoo.tools import config, mute_logger

from .ledger import Sessions, create_invoice, pay, settle_queue


def profiles(env):
    return env["sale.collection.profile"]


def refresh_everyone(env):
    profiles(env)._refresh()


def refresh_touched(partner):
    def refresh(env):
        profiles(env)._refresh_touched(env["res.partner"].browse(partner))

    return refresh


def new_debt(sessions):
    """Return the ids of a new invoice and its customer."""

    def create(env):
        invoice = create_invoice(env)
        return invoice.id, invoice.partner_id.id

    return sessions.alone(create)


def differs(partner):
    """Return the check whether the customer's profile is not what the ledger says."""

    def check(env):
        settle_queue(env)
        found = profiles(env).search([("partner_id", "=", partner)])
        live = found._get_live_facts()[partner]
        return len(found) != 1 or any(
            (found[name] or 0) != (live[name] or 0)
            for name in ("amount_open", "paid_count", "paid_amount", "exposure")
        )

    return check


def race_two_makers(sessions):
    """Two sessions make the profile of one customer."""
    _invoice, partner = new_debt(sessions)
    refresh = refresh_touched(partner)
    sessions.race(refresh, refresh)
    return differs(partner)


def race_night_and_touched(sessions):
    """The nightly refresh meets the refresh of a customer who has just paid."""
    invoice, partner = new_debt(sessions)
    sessions.alone(refresh_everyone)
    sessions.alone(lambda env: pay(env, invoice, 600).id)
    sessions.race(refresh_everyone, refresh_touched(partner))
    return differs(partner)


def race_night_and_late_payment(sessions):
    """A payment under way while the night reads is seen by the next night."""
    invoice, partner = new_debt(sessions)
    sessions.alone(refresh_everyone)

    def pay_slowly(env):
        pay(env, invoice, 1000)
        env.cr.flush()
        sessions.alone(refresh_everyone)

    sessions.alone(pay_slowly)
    sessions.alone(refresh_everyone)
    return differs(partner)


RACES = (race_two_makers, race_night_and_touched, race_night_and_late_payment)


def main(database, rounds):
    config.parse_config(["-d", database, "--no-http", "--log-level=warn"])
    sessions = Sessions(Registry(database))
    # A session that loses a race says so; the test asks only who is right after.
    with mute_logger("odoo.sql_db", "odoo.service.model"):
        for race in RACES:
            wrong = [
                number for number in range(rounds) if sessions.alone(race(sessions))
            ]
            print(json.dumps({"race": race.__name__, "rounds": rounds, "wrong": wrong}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
