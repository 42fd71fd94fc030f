"""Two sessions at once on promises.

Run as ``python -m tests.races.promise DATABASE ROUNDS``; prints one JSON line for each
race: {"race": name, "rounds": n, "wrong": rounds after which the promises were wrong}.
"""

import json
import sys
from datetime import timedelta

from odoo.modules.registry import Registry
from odoo.tools import config, mute_logger

from .ledger import Sessions, create_invoice, pay


def create_promise(env, invoice_id, amount):
    """Return a confirmed promise for next week, on the customer's invoice."""
    invoice = env["account.move"].browse(invoice_id)
    company = invoice.company_id
    profile = env["sale.collection.profile"].with_company(company)
    promise = env["sale.collection.promise"].create(
        {
            "profile_id": profile._for(invoice.partner_id).id,
            "amount": amount,
            "date": company._collection_today() + timedelta(7),
        }
    )
    promise.action_open()
    return promise


def promises_of(env, invoice_id):
    invoice = env["account.move"].browse(invoice_id)
    return env["sale.collection.promise"].search(
        [("partner_id", "=", invoice.partner_id.id)]
    )


def race_two_promises(sessions):
    """Two collectors promise the same instalment: one claims it."""
    invoice = sessions.alone(lambda env: create_invoice(env).id)
    sessions.alone(
        lambda env: env["sale.collection.profile"]._for(
            env["account.move"].browse(invoice).partner_id
        )
    )
    sessions.race(
        lambda env: create_promise(env, invoice, 600),
        lambda env: create_promise(env, invoice, 300),
    )

    def wrong(env):
        promises = promises_of(env, invoice)
        live = promises.allocation_ids.filtered("is_live")
        opened = promises.filtered(lambda promise: promise.state == "open")
        return len(live) != 1 or len(opened) != 1

    return wrong


def race_promise_and_payment(sessions):
    """Money comes while the promise is being made: it counts once."""
    invoice = sessions.alone(lambda env: create_invoice(env).id)
    sessions.race(
        lambda env: create_promise(env, invoice, 600),
        lambda env: pay(env, invoice, 400),
    )

    def wrong(env):
        promises = promises_of(env, invoice)
        promises._evaluate()
        counted = promises.amount_received + 1000 - promises.allocation_ids.amount_open
        return len(promises) != 1 or round(counted, 2) != 400

    return wrong


def race_cancel_and_judge(sessions):
    """A promise is cancelled while the queue finds it kept: one of the two."""
    invoice = sessions.alone(lambda env: create_invoice(env).id)
    promise = sessions.alone(lambda env: create_promise(env, invoice, 600).id)
    sessions.alone(lambda env: pay(env, invoice, 600).id)
    sessions.race(
        lambda env: env["sale.collection.promise"].browse(promise).action_cancel(),
        lambda env: env["sale.collection.promise"].browse(promise)._evaluate(),
    )

    def wrong(env):
        found = env["sale.collection.promise"].browse(promise)
        settled = found.state == ("cancelled" if found.cancelled_by_id else "kept")
        return not settled or any(found.allocation_ids.mapped("is_live"))

    return wrong


RACES = (race_two_promises, race_promise_and_payment, race_cancel_and_judge)


def main(database, rounds):
    config.parse_config(["-d", database, "--no-http", "--log-level=warn"])
    sessions = Sessions(Registry(database))
    # A session that loses a race says so; the test asks only who is right after.
    with mute_logger(
        "odoo.sql_db",
        "odoo.service.model",
        "odoo.addons.sale_collection.models.ledger.account_move_line",
    ):
        for race in RACES:
            wrong = [
                number for number in range(rounds) if sessions.alone(race(sessions))
            ]
            print(json.dumps({"race": race.__name__, "rounds": rounds, "wrong": wrong}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
