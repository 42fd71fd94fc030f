"""Customers that owe much, for the measure of confirming orders.

    python -m benchmarks.busy DATABASE

Both owe 100 instalments; the second has paid some 2,000 besides.
"""

import sys

from odoo.fields import Command
from odoo.tools import SQL

from dev.inside.session import environment

from .generate import timed

OPEN_INSTALMENTS = 100
SETTLED_INSTALMENTS = 2000
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
        env.flush_all()
        for customer in customers:
            give_invoices(env, customer, "not_paid", OPEN_INSTALMENTS)
        give_invoices(env, customers[1], "paid", SETTLED_INSTALMENTS)
        make_goods(env)
    env.cr.execute("ANALYZE account_move; ANALYZE account_move_line")


def give_invoices(env, customer, payment_state, count):
    """Let a customer have what others of the ledger have: invoices, their payments."""
    env.cr.execute(
        SQL(
            """
            WITH taken AS (
                SELECT move.id
                  FROM account_move move
                  JOIN res_partner donor ON donor.id = move.partner_id
                 WHERE donor.ref LIKE 'C%%' AND move.move_type = 'out_invoice'
                   AND move.currency_id = %(currency)s
                   AND move.payment_state = %(state)s
                 ORDER BY move.id LIMIT %(count)s
            ), paid AS (
                SELECT credit.move_id AS id
                  FROM taken
                  JOIN account_move_line line ON line.move_id = taken.id
                  JOIN account_partial_reconcile part ON part.debit_move_id = line.id
                  JOIN account_move_line credit ON credit.id = part.credit_move_id
            ), given AS (
                UPDATE account_move move
                   SET partner_id = %(customer)s, commercial_partner_id = %(customer)s
                 WHERE id IN (SELECT id FROM taken UNION SELECT id FROM paid)
             RETURNING move.id
            )
            UPDATE account_move_line line
               SET partner_id = %(customer)s
              FROM given WHERE given.id = line.move_id
            """,
            customer=customer.id,
            currency=env.company.currency_id.id,
            state=payment_state,
            count=count,
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
