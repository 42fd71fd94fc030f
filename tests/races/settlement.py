"""Two sessions at once on commission settlements.

Run as ``python -m tests.races.settlement DATABASE ROUNDS``; prints one JSON line for
each race: {"race": name, "rounds": n, "wrong": rounds after which it was wrong}.
"""

import json
import sys

from odoo.modules.registry import Registry
from odoo.tools import config, mute_logger

from .commission import entries
from .ledger import Sessions, create_invoice, pay

PERIOD = ("2026-01-01", "2026-02-28")
HALF = ("2026-02-01", "2026-02-28")


def settlements(env):
    return env["sale.collection.settlement"]


def make_plan(env):
    """Make a plan that pays everyone 10 %, and nothing besides."""
    plans = env["sale.collection.commission.plan"]
    plans.search([]).active = False  # another race's
    plan = plans.create({"name": "Plan", "date_from": "2026-01-01"})
    rates = env["sale.collection.commission.rate"]
    rates.create({"plan_id": plan.id, "percent": 10})


def create_rep(sessions):
    """Return a new rep with 100 of commission to be settled."""

    def create(env):
        rep = env["res.users"].create(
            {"name": "Rep", "login": f"race {env['res.users'].search_count([])}"}
        )
        invoice = create_invoice(env)
        invoice.invoice_user_id = rep
        return rep.id, invoice.id

    rep, invoice = sessions.alone(create)
    sessions.alone(lambda env: pay(env, invoice, 1000).id)
    sessions.alone(lambda env: entries(env)._accrue())
    return rep


def prepare(env, rep, period=PERIOD):
    return settlements(env)._prepare(env["res.users"].browse(rep), *period)


def read_settled(env, rep):
    """Return the confirmed settlements of a rep."""
    return settlements(env).search(
        [("user_id", "=", rep), ("state", "=", "confirmed")], order="id"
    )


def settled_once(env, rep):
    """Tell whether the 100 are settled once, in all and by entry."""
    done = read_settled(env, rep)
    owned = entries(env).search([("user_id", "=", rep)]).settlement_id
    return sum(done.mapped("amount_payable")) == 100 and len(owned) == 1


def race_two_confirm_one_draft(sessions):
    """Two managers confirm the same draft: it is numbered once."""
    rep = create_rep(sessions)
    draft = sessions.alone(lambda env: prepare(env, rep).id)

    def confirm(env):
        settlements(env).browse(draft).action_confirm()

    sessions.race(confirm, confirm)
    return lambda env: not settled_once(env, rep)


def race_two_drafts_of_the_same_money(sessions):
    """Two managers settle different periods with the same money in them."""
    rep = create_rep(sessions)
    drafts = [
        sessions.alone(lambda env, period=period: prepare(env, rep, period).id)
        for period in (PERIOD, HALF)
    ]
    sessions.race(
        lambda env: settlements(env).browse(drafts[0]).action_confirm(),
        lambda env: settlements(env).browse(drafts[1]).action_confirm(),
    )
    return lambda env: not settled_once(env, rep)


def race_two_settle_from_the_start(sessions):
    """Two managers prepare and confirm at once: one settlement."""
    rep = create_rep(sessions)

    def settle(env):
        prepare(env, rep).action_confirm()

    sessions.race(settle, settle)
    return lambda env: not settled_once(env, rep)


def race_confirm_and_money(sessions):
    """The payment is taken back while its commission is confirmed: both count."""
    rep = create_rep(sessions)
    draft = sessions.alone(lambda env: prepare(env, rep).id)

    def take_back(env):
        payment = entries(env).search([("user_id", "=", rep)], limit=1)
        payment.receipt_id.counterpart_line_id.move_id.origin_payment_id.action_draft()
        env.cr.flush()
        entries(env)._accrue()

    sessions.race(
        lambda env: settlements(env).browse(draft).action_confirm(), take_back
    )

    def wrong(env):
        entries(env)._accrue()
        later = prepare(env, rep, ("2026-03-01", "2026-03-31"))
        later.action_confirm()
        done = settlements(env).search([("user_id", "=", rep)])
        return sum(done.mapped("amount_earned")) != 0

    return wrong


def race_two_reopen(sessions):
    """Two managers re-open one settlement: it is reversed once."""
    rep = create_rep(sessions)
    done = sessions.alone(lambda env: prepare(env, rep).id)
    sessions.alone(lambda env: settlements(env).browse(done).action_confirm())

    def reopen(env):
        settlements(env).browse(done)._reopen("Race")

    sessions.race(reopen, reopen)

    def wrong(env):
        own = settlements(env).search([("user_id", "=", rep)])
        return len(own) != 2 or sum(own.mapped("amount_total")) != 0

    return wrong


RACES = (
    race_two_confirm_one_draft,
    race_two_drafts_of_the_same_money,
    race_two_settle_from_the_start,
    race_confirm_and_money,
    race_two_reopen,
)


def main(database, rounds):
    config.parse_config(["-d", database, "--no-http", "--log-level=warn"])
    sessions = Sessions(Registry(database))
    sessions.alone(make_plan)
    # A session that loses a race says so; the test asks only who is right after.
    with mute_logger("odoo.sql_db", "odoo.service.model"):
        for race in RACES:
            wrong = [
                number for number in range(rounds) if sessions.alone(race(sessions))
            ]
            print(json.dumps({"race": race.__name__, "rounds": rounds, "wrong": wrong}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
