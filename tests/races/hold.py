"""Two sessions at once on the same free credit: exactly one passes.

Run as ``python -m tests.races.hold DATABASE ROUNDS``; prints one JSON line for each
race: {"race": name, "rounds": n, "wrong": rounds after which not exactly one passed}.
"""

import json
import sys
from unittest.mock import patch

from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config, mute_logger

from .ledger import Sessions

LIMIT, AMOUNT = 100.0, 60.0
GOODS = ("RACE1", "RACE2")


def create_rule(env, strength, **values):
    """Return the one rule in force: orders must fit the free credit."""
    put_rules_away(env)
    return env["sale.collection.hold.rule"].create(
        {
            "name": "Over the limit",
            "strength": strength,
            "condition_ids": [Command.create({"code": "over_limit"})],
            **values,
        }
    )


def put_rules_away(env):
    env["sale.collection.hold.rule"].search([]).active = False


def create_goods(env):
    """Make two goods: sessions that ship different ones share nothing but credit."""
    goods = env["product.product"].create(
        [
            {
                "name": name,
                "default_code": name,
                "is_storable": True,
                "list_price": AMOUNT,
                "taxes_id": [],
            }
            for name in GOODS
        ]
    )
    warehouse = env["stock.warehouse"].search(
        [("company_id", "=", env.company.id)], limit=1
    )
    for product in goods:
        env["stock.quant"]._update_available_quantity(
            product, warehouse.lot_stock_id, 10_000
        )


def create_orders(env):
    """Return the ids of two quotations of 60 of one customer with 100 of credit."""
    customer = env["res.partner"].create({"name": "Race"})
    customer.write({"use_partner_credit_limit": True, "credit_limit": LIMIT})
    env["sale.collection.profile"]._for(customer).credit_policy = "limit"
    goods = env["product.product"].search([("default_code", "in", GOODS)], limit=2)
    lines = [Command.create({"product_id": product.id}) for product in goods]
    return (
        env["sale.order"]
        .create([{"partner_id": customer.id, "order_line": [line]} for line in lines])
        .ids
    )


def confirm(order_id):
    """Return what a salesperson does: confirm an order."""

    def act(env):
        user = env.ref("base.user_admin")
        env["sale.order"].with_user(user).browse(order_id).action_confirm()

    return act


def ship(order_id):
    """Return what a warehouse does: validate the delivery of an order."""

    def act(env):
        user = env.ref("base.user_admin")
        order = env["sale.order"].with_user(user).browse(order_id)
        order.picking_ids.button_validate()

    return act


def supplied(env, orders):
    """Return how many of these orders are confirmed and free to be supplied."""
    found = env["sale.order"].browse(orders)
    return [
        order.state == "sale"
        and not order._collection_supply_waits()
        and bool(order.picking_ids)
        for order in found
    ].count(True)


def race_two_orders(sessions):
    """Two salespeople confirm: both orders stand, the goods of one go."""
    sessions.alone(lambda env: create_rule(env, "hold").id)
    first, second = sessions.alone(create_orders)
    sessions.race(confirm(first), confirm(second))

    def wrong(env):
        states = env["sale.order"].browse([first, second]).mapped("state")
        return states != ["sale", "sale"] or supplied(env, [first, second]) != 1

    return wrong


def race_two_orders_one_refused(sessions):
    """Two salespeople confirm under a rule that refuses: one order stands."""
    sessions.alone(lambda env: create_rule(env, "refuse").id)
    first, second = sessions.alone(create_orders)
    sessions.race(confirm(second), confirm(first))

    def wrong(env):
        states = env["sale.order"].browse([first, second]).mapped("state")
        return sorted(states) != ["draft", "sale"]

    return wrong


def race_two_deliveries(sessions):
    """Orders confirmed before there was a limit leave the warehouse: one does."""
    sessions.alone(lambda env: create_rule(env, "hold", at_confirm=False).id)
    first, second = sessions.alone(create_orders)
    sessions.alone(confirm(first))
    sessions.alone(confirm(second))
    sessions.race(ship(first), ship(second))

    def wrong(env):
        orders = env["sale.order"].browse([first, second])
        return sorted(orders.picking_ids.mapped("state")) != ["assigned", "done"]

    return wrong


def race_order_against_delivery(sessions):
    """A delivery leaves while another order of the customer is confirmed."""
    sessions.alone(lambda env: create_rule(env, "hold").id)
    first, second = sessions.alone(create_orders)
    sessions.alone(confirm(first))
    sessions.race(confirm(second), ship(first))

    def wrong(env):
        orders = env["sale.order"].browse([first, second])
        left = orders.picking_ids.filtered(lambda picking: picking.state == "done")
        waiting = orders.filtered(lambda order: order._collection_supply_waits())
        return len(left) != 1 or len(waiting) != 1

    return wrong


RACES = (
    race_two_orders,
    race_two_orders_one_refused,
    race_two_deliveries,
    race_order_against_delivery,
)


def main(database, rounds):
    config.parse_config(["-d", database, "--no-http", "--log-level=warn"])
    sessions = Sessions(Registry(database))
    # A session that loses a race says so; the test asks only who is right after.
    # It tries again soon, so that sessions meet more often.
    soon = patch("odoo.service.model.random.uniform", return_value=0.01)
    with mute_logger("odoo.sql_db", "odoo.service.model"), soon:
        sessions.alone(create_goods)
        for race in RACES:
            wrong = [
                number for number in range(rounds) if sessions.alone(race(sessions))
            ]
            print(json.dumps({"race": race.__name__, "rounds": rounds, "wrong": wrong}))
    # Others use the database as well.
    sessions.alone(put_rules_away)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
