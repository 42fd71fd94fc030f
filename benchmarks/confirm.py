"""Measures confirming orders of storable goods beside core alone.

    python -m benchmarks.confirm DATABASE PLAIN_DATABASE FILE

DATABASE has the application, or a published peer, on the ledger PLAIN_DATABASE has
too. Orders are confirmed on both in turn, so that whatever else the machine does meets
both alike. Nothing is held: the same supply is launched everywhere.
"""

import json
import sys
from pathlib import Path
from statistics import median

from odoo.fields import Command
from odoo.tools import config

from .busy import BUSY, SETTLED
from .measure import middle, open_environment, seconds

ORDERS, WARM_UP = 40, 8
PLENTY = 1_000_000_000.0
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
        pairs = [(ours.confirm(), core.confirm()) for _turn in range(ORDERS)][WARM_UP:]
        core_time = median(theirs for _mine, theirs in pairs)
        figures[f"confirm_{name}_core"] = core_time
        figures[f"confirm_{name}_overhead"] = 100 * (
            median(mine / theirs for mine, theirs in pairs) - 1
        )
        figures |= measure_check(ours, name, core_time)
    return figures


def measure_check(clerk, name, core_time):
    """Time the check alone, and count its queries."""
    order = clerk.quote()
    check(order)
    clerk.env.invalidate_all()
    before = clerk.env.cr.sql_log_count
    check(order)
    queries = clerk.env.cr.sql_log_count - before

    def ask():
        clerk.env.invalidate_all()
        check(order)
        clerk.env.cr.commit()

    taken = middle(ask, 20)
    return {
        f"check_{name}": taken,
        f"check_{name}_share": 100 * taken / core_time,
        f"check_{name}_queries": queries,
    }


def check(order):
    """Ask whether an order fits the customer's credit, as confirming it does."""
    if "sale.collection.hold.rule" in order.env:
        return order._collection_verdict()
    return order.evaluate_risk_message(order.partner_invoice_id.commercial_partner_id)


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
        """Return the seconds of confirming a new order, which is cancelled then."""
        order = self.quote()
        taken = seconds(lambda: (order.action_confirm(), self.env.cr.commit()))
        order._action_cancel()
        self.env.cr.commit()
        return taken


if __name__ == "__main__":
    config.parse_config(["-d", sys.argv[1], "--no-http", "--log-level=warn"])
    ours, core = map(open_environment, sys.argv[1:3])
    Path(sys.argv[3]).write_text(json.dumps(measure_confirm(ours, core)))
    for env in (ours, core):
        env.cr.close()
