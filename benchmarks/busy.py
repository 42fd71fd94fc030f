"""Customers that owe much, for the measure of confirming orders.

    python -m benchmarks.busy DATABASE

Both owe 100 instalments; the second has paid some 2,000 besides.
"""

import sys

from odoo.fields import Command
from odoo.tools import SQL

from dev.inside.session import environment

from .generate import INVOICES, make_invoice, timed

OPEN_INSTALMENTS = 100
#: Customers of the ledger whose paid invoices become the second one's.
DONORS = 2000 // INVOICES
BUSY, SETTLED = "BUSY", "SETTLED"
LINES, STOCK = 5, 1_000_000


def make_busy_customers(env):
    """Make both customers, and goods they can order."""
    with timed(f"two customers with {OPEN_INSTALMENTS} open instalments"):
        customers = env["res.partner"].create(
            [
                {"name": ref, "ref": ref, "is_company": True, "customer_rank": 1}
                for ref in (BUSY, SETTLED)
            ]
        )
        for customer in customers:
            for _turn in range(OPEN_INSTALMENTS):
                make_invoice(env, customer)
        env.flush_all()
        give_paid_invoices(env, customers[1])
        make_goods(env)
    env.cr.execute("ANALYZE account_move; ANALYZE account_move_line")


def give_paid_invoices(env, customer):
    """Let a customer have paid what others of the ledger have."""
    env.cr.execute(
        SQL(
            """
            WITH given AS (
                UPDATE account_move move
                   SET partner_id = %(customer)s, commercial_partner_id = %(customer)s
                  FROM res_partner donor
                 WHERE donor.id = move.partner_id
                   AND donor.ref = ANY(%(donors)s)
                   AND (move.payment_state = 'paid' OR move.move_type = 'entry')
             RETURNING move.id
            )
            UPDATE account_move_line line
               SET partner_id = %(customer)s
              FROM given WHERE given.id = line.move_id
            """,
            customer=customer.id,
            donors=[f"C{number}" for number in range(1, DONORS + 1)],
        )
    )


def make_goods(env):
    """Make storable goods that never run out."""
    goods = env["product.product"].create(
        [
            {
                "name": f"Storable {number}",
                "default_code": f"BENCH{number}",
                "is_storable": True,
                "list_price": 10.0,
                "taxes_id": [Command.clear()],
            }
            for number in range(LINES)
        ]
    )
    warehouse = env["stock.warehouse"].search([], limit=1)
    for product in goods:
        env["stock.quant"]._update_available_quantity(
            product, warehouse.lot_stock_id, STOCK
        )


if __name__ == "__main__":
    with environment(sys.argv[1]) as env:
        make_busy_customers(env)
