"""Measures the page of key figures on the generated ledger.

    python -m benchmarks.key_figures DATABASE FILE

Beside it what the database needs to add up the same rows by month, nothing else: all
receivable lines with their matches, all money, and what is open.
"""

import json
import sys
from pathlib import Path

from odoo.tools import SQL

from dev.inside.session import environment

from .generate import TODAY
from .measure import OPEN_ITEMS
from .timer import middle, today_is

AGGREGATES = (
    """
    SELECT DATE_TRUNC('month', line.date), SUM(line.balance)
      FROM account_move_line line
      JOIN account_account account ON account.id = line.account_id
     WHERE account.account_type = 'asset_receivable' AND line.parent_state = 'posted'
     GROUP BY 1
    """,
    """
    SELECT DATE_TRUNC('month', max_date), SUM(amount)
      FROM account_partial_reconcile
     GROUP BY 1
    """,
    """
    SELECT DATE_TRUNC('month', date), SUM(amount)
      FROM sale_collection_receipt
     WHERE kind = 'cash'
     GROUP BY 1
    """,
)


def measure_page(env):
    """Return the figures of the page; times in seconds."""
    page = env["sale.collection.key.figures"]

    def add_up():
        env.execute_query(SQL(OPEN_ITEMS, TODAY))
        for query in AGGREGATES:
            env.execute_query(SQL(query))

    def read():
        # As each request finds it: nothing read before.
        env.invalidate_all()
        env.cr.cache.clear()
        page.read_page()

    with today_is(env, TODAY):
        bare, taken = middle(add_up), middle(read)
        before = env.cr.sql_log_count
        read()
        queries = env.cr.sql_log_count - before
    return {
        "page_aggregate": bare,
        "page": taken,
        "page_ratio": taken / bare,
        "page_queries": queries,
    }


if __name__ == "__main__":
    with environment(sys.argv[1]) as env:
        Path(sys.argv[2]).write_text(json.dumps(measure_page(env)))
