"""Measures settling 20,000 entries of commission on the generated ledger.

python -m benchmarks.settlement DATABASE FILE
"""

import json
import sys
from pathlib import Path
from statistics import median

from odoo.fields import Command
from odoo.tools import SQL

from dev.inside.session import environment

from .generate import TODAY
from .timer import seconds

ENTRIES = 20000
TURNS = 3


def measure_settlement(env):
    """Return the seconds and queries of preparing and confirming."""
    last = make_entries(env)
    rep = env.user
    settlements = env["sale.collection.settlement"]
    period = last.replace(month=1, day=1), last
    prepare, prepare_queries = timed(
        env, lambda: settlements._prepare(rep, *period).ids
    )
    drafts = settlements.search([("state", "=", "draft")])
    confirm, confirm_queries = timed(env, drafts.action_confirm)
    settled = sum(drafts.mapped("entry_count"))
    bare = median(time_bare_update(env, drafts) for _turn in range(TURNS))
    return {
        "settled": settled,
        "settle_prepare": prepare,
        "settle_confirm": confirm,
        "settle": prepare + confirm,
        "settle_queries": prepare_queries + confirm_queries,
        "settle_bare": bare,
        "settle_ratio": (prepare + confirm) / bare,
    }


def make_entries(env):
    """Book commission of one rep on the oldest money; return the day of the last."""
    # The ledger was made by copying rows: all of it is of one salesperson.
    env.cr.execute(SQL("UPDATE sale_collection_receipt SET user_id = %s", env.user.id))
    plans = env["sale.collection.commission.plan"]
    if not plans.search_count([]):
        plans.create(
            {
                "name": "Everyone",
                "date_from": "2000-01-01",
                "rate_ids": [Command.create({"percent": 5})],
            }
        )
    env["sale.collection.commission.entry"]._accrue(TODAY)
    env.cr.commit()
    env.cr.execute("ANALYZE sale_collection_commission_entry")
    [[last]] = env.execute_query(
        SQL(
            """
            SELECT MAX(date) FROM (
                SELECT date FROM sale_collection_commission_entry
                 ORDER BY date LIMIT %s) oldest
            """,
            ENTRIES,
        )
    )
    return last


def timed(env, call):
    """Return (seconds, queries) of a call with its commit, all caches cold."""
    env.invalidate_all()
    before = env.cr.sql_log_count
    taken = seconds(lambda: (call(), env.cr.commit()))
    return taken, env.cr.sql_log_count - before


def time_bare_update(env, settlements):
    """Return the seconds the database takes to write as many entries, alone."""
    free = SQL(
        "UPDATE sale_collection_commission_entry SET settlement_id = NULL"
        " WHERE settlement_id = ANY(%s)",
        settlements.ids,
    )
    return seconds(lambda: (env.cr.execute(free), env.cr.rollback()))


if __name__ == "__main__":
    with environment(sys.argv[1]) as env:
        Path(sys.argv[2]).write_text(json.dumps(measure_settlement(env)))
