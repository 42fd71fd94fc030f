"""Measures a published peer on the same ledger: OCA's financial risk of customers.

    python -m benchmarks.peers DATABASE FILE

Its total risk is what our rules on the limit read: what is owed and what is ordered.
"""

import json
import sys
from pathlib import Path

from dev.inside.session import environment

from .measure import CUSTOMERS_AT_ONCE
from .timer import seconds


def measure_risk(env):
    """Return the seconds the peer takes for many customers, and for one."""
    customers = env["res.partner"].search(
        [("ref", "=like", "C%")], limit=CUSTOMERS_AT_ONCE
    )
    return {
        "peer_many": min(read_risk(env, customers) for _round in range(2)),
        "peer_one": min(read_risk(env, customers[:1]) for _round in range(3)),
    }


def read_risk(env, customers):
    env.invalidate_all()
    return seconds(lambda: customers.mapped("risk_total"))


if __name__ == "__main__":
    with environment(sys.argv[1]) as env:
        Path(sys.argv[2]).write_text(json.dumps(measure_risk(env)))
