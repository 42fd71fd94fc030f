"""Two sessions at once on the receipt ledger.

Run as ``python -m tests.races.ledger DATABASE ROUNDS``; prints one JSON line for each
race: {"race": name, "rounds": n, "wrong": rounds after which the ledger differed}.
"""

import json
import sys
import threading
from contextlib import suppress

import psycopg2

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import config, mute_logger


class Sessions:
    """Two threads, each with a cursor of its own, meeting at a barrier."""

    def __init__(self, registry):
        self.registry = registry

    def alone(self, action):
        with self.registry.cursor() as cr:
            return action(api.Environment(cr, SUPERUSER_ID, {}))

    def race(self, *actions):
        """Run the actions at once; each has its snapshot before any begins."""
        barrier = threading.Barrier(len(actions))
        threads = [
            threading.Thread(target=self._run, args=(action, barrier))
            for action in actions
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _run(self, action, barrier):
        # Who loses a race gets an error and may try again.
        with suppress(psycopg2.Error, UserError), self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["res.partner"].search_count([])
            barrier.wait()
            retrying(lambda: action(env), env)


def create_invoice(env, amount=1000.0):
    """Return a posted invoice of a new customer."""
    invoice = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": env["res.partner"].create({"name": "Race"}).id,
            "invoice_date": "2026-01-01",
            "invoice_line_ids": [
                Command.create({"name": "Goods", "price_unit": amount, "tax_ids": []})
            ],
        }
    )
    invoice.action_post()
    return invoice


def receivable_lines(move):
    return move.line_ids.filtered(lambda line: line.account_type == "asset_receivable")


def pay(env, invoice_id, amount):
    register = env["account.payment.register"].with_context(
        active_model="account.move", active_ids=[invoice_id]
    )
    values = {"amount": amount, "payment_date": "2026-02-01"}
    return register.create(values)._create_payments()


def wrong_lines(env):
    """Return how many receivable lines the ledger has got wrong."""
    env.cr.execute(
        """
        SELECT COUNT(*) FROM (
            SELECT line.id
              FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
              JOIN account_move move ON move.id = line.move_id
              LEFT JOIN sale_collection_receipt receipt ON receipt.line_ref = line.id
             WHERE account.account_type = 'asset_receivable'
               AND move.move_type = 'out_invoice' AND move.state = 'posted'
             GROUP BY line.id
            HAVING line.balance - line.amount_residual
                   <> COALESCE(SUM(receipt.amount), 0)
        ) wrong
        """
    )
    return env.cr.fetchone()[0]


def settle_queue(env):
    """Work off what a race has left queued, as the scheduled action does."""
    env.cr.execute("SELECT ref FROM sale_collection_queue WHERE kind = 'line'")
    lines = env["account.move.line"].browse({row[0] for row in env.cr.fetchall()})
    env["sale.collection.receipt"]._sync(lines)
    env.cr.execute("DELETE FROM sale_collection_queue WHERE kind = 'line'")


def race_two_payments(sessions):
    """Two clerks register a part payment of the same invoice."""
    invoice = sessions.alone(lambda env: create_invoice(env).id)
    sessions.race(
        lambda env: pay(env, invoice, 600), lambda env: pay(env, invoice, 300)
    )


def race_payment_and_undo(sessions):
    """One clerk undoes a matching while another registers the rest."""
    invoice = sessions.alone(lambda env: create_invoice(env).id)
    sessions.alone(lambda env: pay(env, invoice, 600).id)

    def undo(env):
        receivable_lines(env["account.move"].browse(invoice)).remove_move_reconcile()

    sessions.race(undo, lambda env: pay(env, invoice, 300))


def race_sync_and_audit(sessions):
    """A late `_sync` and the nightly `_audit` find the same missing rows."""
    invoice = sessions.alone(lambda env: create_invoice(env).id)
    sessions.alone(lambda env: pay(env, invoice, 600).id)
    sessions.alone(
        lambda env: env.cr.execute(
            "DELETE FROM sale_collection_receipt WHERE move_ref = %s", [invoice]
        )
    )

    def sync(env):
        lines = receivable_lines(env["account.move"].browse(invoice))
        env["sale.collection.receipt"]._sync(lines)

    sessions.race(sync, lambda env: env["sale.collection.receipt"]._audit())


RACES = (race_two_payments, race_payment_and_undo, race_sync_and_audit)


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
            wrong = []
            for number in range(rounds):
                race(sessions)
                sessions.alone(settle_queue)
                if sessions.alone(wrong_lines):
                    wrong.append(number)
            print(json.dumps({"race": race.__name__, "rounds": rounds, "wrong": wrong}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
