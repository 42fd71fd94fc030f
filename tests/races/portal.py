"""Two people at once who pay the same invoice online.

Run as ``python -m tests.races.portal DATABASE ROUNDS``; prints one JSON line for each
race: {"race": name, "rounds": n, "wrong": rounds after which more was being paid}.
"""

import json
import sys

from odoo.modules.registry import Registry
from odoo.tools import config, mute_logger

from .ledger import Sessions, create_invoice, receivable_lines


def begin(env, invoice_id, who):
    """Begin to pay an invoice on the portal: return the transaction."""
    lines = receivable_lines(env["account.move"].browse(invoice_id))
    payments = env["payment.transaction"]
    payments._collection_reserve(lines, 1000.0)
    provider = env["payment.provider"].search([], limit=1)
    methods = env["payment.method"].with_context(active_test=False)
    return payments.create(
        {
            "provider_id": provider.id,
            "payment_method_id": methods.search([], limit=1).id,
            "reference": f"race-{invoice_id}-{who}",
            "amount": 1000.0,
            "currency_id": lines.currency_id.id,
            "partner_id": lines.partner_id.id,
            **payments._collection_prepare_values(lines),
        }
    )


def race_two_payers(sessions):
    """The customer and its branch press Pay together: one of them pays."""
    invoice = sessions.alone(lambda env: create_invoice(env).id)
    sessions.race(
        lambda env: begin(env, invoice, "one"), lambda env: begin(env, invoice, "two")
    )

    def wrong(env):
        return len(env["account.move"].browse(invoice).transaction_ids) != 1

    return wrong


RACES = (race_two_payers,)


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
