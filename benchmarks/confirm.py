"""Measures confirming orders of storable goods beside core alone.

    python -m benchmarks.confirm DATABASE PLAIN_DATABASE FILE

DATABASE has the application, or a published peer, on the ledger PLAIN_DATABASE has
too. Orders are confirmed on both in turn, so that whatever else the machine does meets
both alike. Nothing is held: the same supply is launched everywhere.
"""

import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple
from unittest.mock import patch

from odoo.fields import Command
from odoo.tools import config

from .busy import BUSY, SETTLED
from .measure import open_environment, seconds

ORDERS, WARM_UP = 40, 8
PLENTY = 1_000_000_000.0
#: What asks whether an order fits the customer's credit: ours, and the peer's.
CHECKS = (
    ("sale.order", "_collection_judge_now"),
    ("sale.order", "_collection_apply"),
    ("sale.order.line", "_collection_note_held"),
    ("sale.order", "evaluate_risk_message"),
)
#: What the rules of the measure ask, each far from being hit.
CODES = (
    *("overdue_days", "overdue_amount", "over_limit", "limit_used"),
    *("broken_promises", "bounced", "order_amount"),
)


def measure_confirm(env, plain):
    """Return the figures of both busy customers; times in seconds."""
    prepare(env)
    figures = {}
    for name, ref in (("busy", BUSY), ("settled", SETTLED)):
        ours, core = Clerk(env, ref), Clerk(plain, ref)
        runs = [(ours.confirm(), core.confirm()) for _turn in range(ORDERS)][WARM_UP:]
        figures |= {
            f"confirm_{name}_core": median(theirs.taken for _mine, theirs in runs),
            f"confirm_{name}_overhead": 100
            * (median(mine.taken / theirs.taken for mine, theirs in runs) - 1),
            f"check_{name}": median(mine.check for mine, _theirs in runs),
            f"check_{name}_share": 100
            * median(mine.check / (mine.taken - mine.check) for mine, _theirs in runs),
            f"check_{name}_queries": median(mine.queries for mine, _theirs in runs),
        }
    return figures


class Run(NamedTuple):
    """One confirmation: all of it, and of that the check of the customer's credit."""

    taken: float
    check: float
    queries: int


class Watch:
    """Adds up the seconds and queries of methods while it is on."""

    def __init__(self, env):
        self.env = env
        self.seconds = 0.0
        self.queries = 0
        self.patches = [
            patch.object(type(env[model]), name, self._watched(env[model], name))
            for model, name in CHECKS
            if hasattr(env[model], name)
        ]

    def __enter__(self):
        for one in self.patches:
            one.start()
        return self

    def __exit__(self, *error):
        for one in self.patches:
            one.stop()

    def _watched(self, records, name):
        method = getattr(type(records), name)

        def watched(records, *args, **kwargs):
            before, start = self.env.cr.sql_log_count, time.perf_counter()
            try:
                return method(records, *args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - start
                self.queries += self.env.cr.sql_log_count - before

        return watched


def prepare(env):
    """Have everything judged that can be, and nothing held."""
    customers = env["res.partner"].search([("ref", "in", (BUSY, SETTLED))])
    customers.write({"use_partner_credit_limit": True, "credit_limit": PLENTY})
    if "sale.collection.hold.rule" in env:
        env["sale.collection.profile"]._for(customers).credit_policy = "limit"
        env["sale.collection.hold.rule"].create(
            [
                {
                    "name": code,
                    "strength": "hold",
                    "condition_ids": [
                        Command.create({"code": code, "threshold": PLENTY})
                    ],
                }
                for code in CODES
            ]
        )
    if "risk_total" in customers:
        included = ("sale_order", "invoice_draft", "invoice_open", "invoice_unpaid")
        customers.write(
            {f"risk_{name}_include": True for name in included}
            | {f"risk_{name}_limit": PLENTY for name in included}
        )
    env.cr.commit()


class Clerk:
    """Confirms one order after another of one customer on one database."""

    def __init__(self, env, ref):
        self.env = env
        self.customer = env["res.partner"].search([("ref", "=", ref)])
        self.goods = env["product.product"].search(
            [("default_code", "=like", "BENCH%")]
        )

    def quote(self):
        """Return a quotation, written and forgotten."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create({"product_id": product.id}) for product in self.goods
                ],
            }
        )
        self.env.cr.commit()
        self.env.invalidate_all()
        return order

    def confirm(self):
        """Return what confirming a new order takes; it is cancelled then."""
        order = self.quote()
        with Watch(self.env) as watch:
            taken = seconds(lambda: (order.action_confirm(), self.env.cr.commit()))
        order._action_cancel()
        self.env.cr.commit()
        return Run(taken, watch.seconds, watch.queries)


if __name__ == "__main__":
    config.parse_config(["-d", sys.argv[1], "--no-http", "--log-level=warn"])
    ours, core = map(open_environment, sys.argv[1:3])
    Path(sys.argv[3]).write_text(json.dumps(measure_confirm(ours, core)))
    for env in (ours, core):
        env.cr.close()
