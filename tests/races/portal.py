"""Two people at once on the portal who pay the same invoice, or say when they do.

Run as ``python -m tests.races.portal DATABASE ROUNDS``; prints one JSON line for each
race: {"race": name, "rounds": n, "wrong": rounds after which more was being paid, or
promised, than is owed}.
"""

import json
import sys
from datetime import timedelta

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


def promise(env, invoice_id):
    """Promise an invoice for next week."""
    invoice = env["account.move"].browse(invoice_id)
    day = invoice.company_id._collection_today() + timedelta(7)
    receivable_lines(invoice)._collection_promise(invoice.partner_id, day)


def ask_for_plan(env, invoice_id, count):
    """Ask to pay an invoice in parts, from next week on."""
    invoice = env["account.move"].browse(invoice_id)
    day = invoice.company_id._collection_today() + timedelta(7)
    lines = receivable_lines(invoice)
    lines._collection_plan(invoice.partner_id, count, day, "weekly")


def create_debt(sessions):
    """Return the id of an invoice of a new customer with a profile."""
    invoice = sessions.alone(lambda env: create_invoice(env).id)
    sessions.alone(
        lambda env: env["sale.collection.profile"]._for(
            env["account.move"].browse(invoice).partner_id
        )
    )
    return invoice


def race_on_promises(sessions, one, two):
    """Have two sessions promise an invoice: it is promised once."""
    invoice = create_debt(sessions)
    sessions.race(lambda env: one(env, invoice), lambda env: two(env, invoice))

    def wrong(env):
        lines = receivable_lines(env["account.move"].browse(invoice))
        parts = env["sale.collection.promise.allocation"]
        return parts.search_count([("line_id", "in", lines.ids)]) != 1

    return wrong


def race_promise_and_plan(sessions):
    """One names a date while the other asks for a plan that has to be looked at."""
    return race_on_promises(
        sessions, promise, lambda env, invoice: ask_for_plan(env, invoice, 30)
    )


def race_promise_and_plan_at_once(sessions):
    """One names a date while the other gets a plan at once."""
    return race_on_promises(
        sessions, promise, lambda env, invoice: ask_for_plan(env, invoice, 2)
    )


def race_two_promises(sessions):
    """The button is pressed twice."""
    return race_on_promises(sessions, promise, promise)


def race_two_objections(sessions):
    """The button is pressed twice: the collector looks into it once."""
    invoice = create_debt(sessions)

    def object_to(env):
        lines = receivable_lines(env["account.move"].browse(invoice))
        lines._collection_object(lines.partner_id, "Two boxes were broken.")

    sessions.race(object_to, object_to)

    def wrong(env):
        lines = receivable_lines(env["account.move"].browse(invoice))
        disputes = env["sale.collection.dispute.line"]
        return disputes.search_count([("line_id", "in", lines.ids)]) != 1

    return wrong


RACES = (
    race_two_payers,
    race_promise_and_plan,
    race_promise_and_plan_at_once,
    race_two_promises,
    race_two_objections,
)


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
