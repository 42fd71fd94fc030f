"""Measures OCA's commission settling as many lines on the same ledger.

python -m benchmarks.peer_settlement DATABASE FILE
"""

import json
import sys
from datetime import timedelta
from pathlib import Path

from odoo.tools import SQL

from dev.inside.session import environment

from .generate import TODAY
from .settlement import ENTRIES
from .timer import seconds

#: Lines the peer computes in one call.
BOOKED = 2000


def measure_settlement(env):
    """Return the seconds the peer takes to settle the lines of one agent."""
    agent = make_lines(env)
    accrual = measure_accrual(env, agent.commission_id)
    wizard = env["commission.make.settle"].create(
        {
            "date_to": TODAY + timedelta(days=400),
            "agent_ids": agent.ids,
            "settlement_type": "sale_invoice",
        }
    )
    before = env.cr.sql_log_count
    taken = seconds(lambda: (wizard.action_settle(), env.cr.commit()))
    lines = env["commission.settlement.line"].search_count([])
    return {
        "peer_accrual": accrual,
        "peer_settled": lines,
        "peer_settle": taken,
        "peer_settle_queries": env.cr.sql_log_count - before,
    }


def make_lines(env):
    """Give an agent the oldest invoice lines; return it.

    Written as rows: the peer computes them one by one when invoices are made.
    """
    commission = env["commission"].create({"name": "5 %", "fix_qty": 5})
    agent = env["res.partner"].create(
        {
            "name": "Agent",
            "agent": True,
            "commission_id": commission.id,
            "settlement": "annual",
        }
    )
    env.cr.execute(
        SQL(
            """
            INSERT INTO account_invoice_line_agent (
                object_id, invoice_id, invoice_date, company_id, agent_id,
                commission_id, amount, settled)
            SELECT line.id, move.id, move.invoice_date, move.company_id, %s, %s,
                   ROUND(line.price_subtotal * 0.05, 2), FALSE
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
             WHERE line.display_type = 'product' AND move.move_type = 'out_invoice'
               AND move.state = 'posted' AND move.invoice_date IS NOT NULL
             ORDER BY move.invoice_date, line.id
             LIMIT %s
            """,
            agent.id,
            commission.id,
            ENTRIES,
        )
    )
    env.cr.commit()
    env.cr.execute("ANALYZE account_invoice_line_agent")
    return agent


def measure_accrual(env, commission):
    """Return the seconds the peer takes to compute commission, per invoice line.

    For an agent of its own, and undone afterwards.
    """
    agent = env["res.partner"].create(
        {"name": "Another", "agent": True, "commission_id": commission.id}
    )
    lines = env["account.move.line"].search(
        [("display_type", "=", "product")], limit=BOOKED
    )
    env.flush_all()
    values = [
        {
            "object_id": line.id,
            "agent_id": agent.id,
            "commission_id": commission.id,
        }
        for line in lines
    ]
    took = seconds(
        lambda: (env["account.invoice.line.agent"].create(values), env.flush_all())
    )
    env.cr.rollback()
    env.invalidate_all()
    return took / len(lines)


if __name__ == "__main__":
    with environment(sys.argv[1]) as env:
        Path(sys.argv[2]).write_text(json.dumps(measure_settlement(env)))
