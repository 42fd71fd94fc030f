"""Asks a database whose addons came back what is wrong with their figures.

Run as ``python -m tests.lifecycle.check DATABASE``; prints a JSON list of sentences.
"""

import json
import sys

from dev.inside.session import environment


def find_wrong(env):
    """Return what is not as the nightly run would have it."""
    profiles = env["sale.collection.profile"].search([])
    entries = env["sale.collection.commission.entry"]
    found = {
        "profiles without a hold state": profiles.filtered(
            lambda profile: not profile.hold_state
        ),
        "profiles with another hold state": profiles._refresh_hold_state(),
        "profiles with another stage": profiles._refresh_stage(),
        "differences of commission": entries._audit(),
        "entries not booked": entries._accrue(),
        "differences of the ledger": env["sale.collection.receipt"]._audit(),
    }
    wrong = [f"{what}: {rows}" for what, rows in found.items() if rows]
    return wrong if profiles else ["no profiles"]


if __name__ == "__main__":
    with environment(sys.argv[1]) as env:
        print(json.dumps(find_wrong(env)))
