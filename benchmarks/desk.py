"""Measures what a person at a desk waits for, with the application and without.

    python -m benchmarks.desk DATABASE PLAIN_DATABASE FILE

Both hold the same ledger, PLAIN_DATABASE has core's applications alone. The same is
done on both in turn, by a clerk who may do all of it, with the supply rules as
shipped. Queries are counted with nothing in the cache of records.
"""

import json
import sys
from pathlib import Path
from statistics import median

from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import config

from .busy import BUSY
from .measure import open_environment, seconds

TURNS, WARM_UP = 24, 4
#: What core asks of a clerk who confirms, delivers, and reads customers and invoices.
CORE_GROUPS = (
    "sales_team.group_sale_salesman_all_leads",
    "stock.group_stock_user",
    "account.group_account_invoice",
)
OUR_GROUP = "sale_collection.group_credit_controller"


class Desk:
    """One clerk on one database."""

    def __init__(self, env):
        self.env = env(user=make_clerk(env))
        self.customer = self.env["res.partner"].search([("ref", "=", BUSY)])
        self.invoice = self.env["account.move"].search(
            [
                ("partner_id", "=", self.customer.id),
                ("move_type", "=", "out_invoice"),
                ("payment_state", "=", "not_paid"),
            ],
            limit=1,
        )
        self.goods = self.env["product.product"].search(
            [("default_code", "=like", "BENCH%")]
        )
        self.service = self.env["product.product"].sudo()
        self.service = self.service.create(
            {"name": "Service", "type": "service", "taxes_id": [Command.clear()]}
        )
        env.cr.commit()

    def confirm_service(self):
        return self.make_order(self.service).action_confirm

    def confirm_goods(self):
        return self.make_order(self.goods).action_confirm

    def deliver(self):
        order = self.make_order(self.goods[:1])
        order.action_confirm()
        return order.picking_ids.button_validate

    def read_customer(self):
        return self.prepare_reading(self.customer)

    def read_invoice(self):
        return self.prepare_reading(self.invoice)

    def make_order(self, products):
        lines = [Command.create({"product_id": product.id}) for product in products]
        return self.env["sale.order"].create(
            {"partner_id": self.customer.id, "order_line": lines}
        )

    def prepare_reading(self, record):
        """Return the call with which a browser reads what a form shows."""
        asked = get_shown_fields(record)
        return lambda: record.web_read(asked)

    def run(self, name):
        """Return (seconds, queries) of doing one of these things."""
        act = getattr(self, name)()
        self.env.cr.commit()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        taken = seconds(lambda: (act(), self.env.cr.flush()))
        queries = self.env.cr.sql_log_count - before
        self.env.cr.commit()
        return taken, queries


#: What is done, and the figures it is known by.
DONE = ("confirm_service", "confirm_goods", "deliver", "read_customer", "read_invoice")


def make_clerk(env):
    """Return the id of a user with all rights it takes, the same on both databases."""
    user = env["res.users"].search([("login", "=", "clerk")])
    if user:
        return user.id
    groups = [env.ref(name).id for name in CORE_GROUPS]
    ours = env.ref(OUR_GROUP, raise_if_not_found=False)
    values = {"name": "Clerk", "login": "clerk"}
    values["group_ids"] = [Command.set([*groups, *(ours.ids if ours else ())])]
    return env["res.users"].create(values).id


def get_shown_fields(record):
    """Return what a browser asks `web_read` for to show the form of a record."""
    return Form(record)._view["fields_spec"]


def measure_desk(env, plain):
    """Return the figures of all of it; times in seconds."""
    ours, core = Desk(env), Desk(plain)
    figures = {}
    for name in DONE:
        runs = [(ours.run(name), core.run(name)) for _turn in range(TURNS)][WARM_UP:]
        with_app, without = zip(*runs, strict=True)
        figures |= {
            f"desk_{name}_core": median(taken for taken, _count in without),
            f"desk_{name}_core_queries": median(count for _taken, count in without),
            f"desk_{name}_queries": median(count for _taken, count in with_app)
            - median(count for _taken, count in without),
            f"desk_{name}_overhead": 100
            * (median(mine[0] / theirs[0] for mine, theirs in runs) - 1),
        }
    return figures


if __name__ == "__main__":
    config.parse_config(["-d", sys.argv[1], "--no-http", "--log-level=warn"])
    ours, core = map(open_environment, sys.argv[1:3])
    Path(sys.argv[3]).write_text(json.dumps(measure_desk(ours, core)))
    for env in (ours, core):
        env.cr.close()
