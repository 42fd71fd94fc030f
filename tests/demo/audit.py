"""Asks a demo company what of its histories does not fit its ledger.

Run as ``python -m tests.demo.audit DATABASE``; prints a JSON object.
"""

import json
import sys

from dev.inside.session import environment


def find_wrong(env):
    """Return what must be empty, by what it is."""
    today = env["sale.collection.run"].search([], limit=1).date
    return {
        "differences of the ledger": env["sale.collection.receipt"]._audit(),
        "differences of commission": env[
            "sale.collection.commission.audit"
        ]._find_differences(today),
        "mails that would leave": env["mail.mail"]
        .search([("state", "in", ("outgoing", "exception"))])
        .mapped("subject"),
        "addresses that somebody may have": env["res.partner"]
        .with_context(active_test=False)
        .search([("email", "!=", False)])
        .filtered(lambda partner: not partner.email.endswith((".example", ".com")))
        .mapped("email"),
        "promises the night would judge otherwise": env[
            "sale.collection.promise"
        ]._evaluate(today),
    }


def count_states(env):
    """Return {model: {state: number of records}} of what a tour shows."""
    models = ("promise", "dispute", "reminder", "settlement", "hold", "write.off")
    models += ("review", "proposal")
    return {
        model: dict(
            env[f"sale.collection.{model}"]._read_group([], ["state"], ["__count"])
        )
        for model in models
    }


if __name__ == "__main__":
    with environment(sys.argv[1]) as env:
        print(
            json.dumps(
                {"wrong": find_wrong(env), "states": count_states(env)}, default=str
            )
        )
