"""Measures booking commission on all money of the generated ledger.

python -m benchmarks.commission DATABASE FILE
"""

import json
import sys
from datetime import date
from pathlib import Path
from statistics import median

from odoo.fields import Command
from odoo.tools import SQL

from dev.inside.session import environment

from .timer import seconds

TABLE = SQL.identifier("sale_collection_commission_entry")
TURNS = 3


def measure_commission(env):
    """Time the accrual beside inserting the same rows as they are."""
    make_plan(env)
    entries = env["sale.collection.commission.entry"]
    build = [empty(env) or seconds(lambda: book(env)) for _turn in range(TURNS)]
    count = entries.search_count([])
    env.cr.execute("ANALYZE sale_collection_commission_entry")
    quiet = seconds(lambda: book(env))
    audited = []
    audit = seconds(lambda: audited.extend(entries._audit()))
    if audited or not count:
        # Figures of commission that is wrong are worth nothing.
        raise SystemExit(f"Commission is wrong: {count} entries, {audited[:3]}")
    bare = insert_bare(env)
    empty(env)
    every = measure_every_option(env)
    accrual = median(build)
    return {
        "entries": count,
        "accrual": accrual,
        "bare_entries": bare,
        "accrual_ratio": accrual / bare,
        "accrual_per_entry": accrual / count,
        "quiet_accrual": quiet,
        "commission_audit": audit,
    } | every


def make_plan(env):
    """Make a plan with a category rate, a company rate and the usual factors."""
    category = env["product.category"].create({"name": "Paid better"})
    env["sale.collection.commission.plan"].create(
        {
            "name": "Everyone",
            "date_from": date(2000, 1, 1),
            "rate_ids": [
                Command.create({"percent": 8, "categ_id": category.id}),
                Command.create({"percent": 5, "sequence": 20}),
            ],
        }
    )
    env.cr.commit()


def measure_every_option(env):
    """Time the accrual of a plan that asks for all there is, and the night after it."""
    plan = env["sale.collection.commission.plan"].search([], limit=1)
    tiers = [{"lower": 0, "percent": 1}, {"lower": 10000, "percent": 2}]
    # Not the rep: nobody manages himself.
    manager = {"percent": 1, "user_id": env.ref("base.user_admin").id}
    amounts = {
        "advance_percent": 50,
        "cap_amount": 500,
        "bounty_percent": 1,
        "loss_percent": 1,
    }
    plan.write(
        {
            **amounts,
            "clearing": "cleared",
            "tier_ids": [Command.create(tier) for tier in tiers],
            "override_ids": [Command.create(manager)],
        }
    )
    clear(env, "id %% 10 <> 0")
    every = seconds(lambda: book(env))
    quiet = seconds(lambda: book(env))
    count = env["sale.collection.commission.entry"].search_count([])
    empty(env)
    plan.write(
        {
            **dict.fromkeys(amounts, 0),
            "clearing": "booked",
            "tier_ids": [Command.clear()],
            "override_ids": [Command.clear()],
        }
    )
    clear(env, "FALSE")
    return {
        "every_accrual": every,
        "every_entries": count,
        "every_accrual_per_entry": every / count,
        "quiet_every_accrual": quiet,
    }


def clear(env, condition):
    """Have the bank seen the payments a condition selects, and no others.

    A plan that waits for money to clear would else book next to nothing.
    """
    env.cr.execute(SQL("UPDATE account_payment SET is_matched = %s", SQL(condition)))
    env.cr.commit()


def book(env):
    env["sale.collection.commission.entry"]._accrue()
    env.cr.commit()


def empty(env):
    env.cr.execute(SQL("TRUNCATE %s, sale_collection_commission_gap CASCADE", TABLE))
    env.cr.commit()
    env.invalidate_all()


def insert_bare(env):
    """Return the seconds the database takes for the same rows, copied."""
    env.cr.execute(SQL("CREATE TABLE bench_entries AS SELECT * FROM %s", TABLE))
    env.cr.commit()
    bare = []
    for _turn in range(TURNS):
        empty(env)
        copy = SQL("INSERT INTO %s SELECT * FROM bench_entries ORDER BY id", TABLE)
        bare.append(seconds(lambda copy=copy: (env.cr.execute(copy), env.cr.commit())))
    env.cr.execute("DROP TABLE bench_entries")
    env.cr.commit()
    return median(bare)


if __name__ == "__main__":
    with environment(sys.argv[1]) as env:
        Path(sys.argv[2]).write_text(json.dumps(measure_commission(env)))
