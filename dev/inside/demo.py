"""Fills a database with a ledger, runs the nightly cycle and prints what it did.

``python -m dev.inside.demo DATABASE OPTIONS.json``; the options are written by
``dev.demo``.
"""

import json
import sys
import time
from contextlib import contextmanager
from datetime import date, timedelta

from odoo.tools import SQL

from .. import rates
from ..base import say
from ..ledger import make_book, read_book
from . import company, load, stories, work
from .session import environment
from .users import make_users

#: Days at the end of the made-up book that were lived in Odoo, money included.
LIVED = timedelta(days=60)
#: Tables whose dates move with the book, beside those of the application.
MOVED = ("account_move", "account_move_line", "account_payment")
MOVED += ("account_partial_reconcile",)


class Clock:
    """The seconds of each phase."""

    def __init__(self):
        self.seconds = {}

    @contextmanager
    def phase(self, name):
        """Announce a phase and keep its seconds."""
        say(f"* {name} ...")
        start = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - start


def main(database, path):
    """Do what the options ask for; leave the last date and the print behind."""
    with open(path) as file:
        options = json.load(file)
    if options["task"] == "load":
        result = make(database, options)
    else:
        result = move(database, options)
    with open(path, "w") as file:
        json.dump(result, file)


def make(database, options):
    """Load the ledger and run the cycle as of its last date."""
    ledger = options["ledger"]
    until = date.fromisoformat(options["today"] or options["day"])
    book = read_book(ledger) if ledger else make_book(until)
    today = until if options["today"] else book.last_date
    clock = Clock()
    for reason, count in book.rejected.items():
        say(f"! {count} lines of the ledger left out: {reason}")
    with environment(database) as env:
        fill(env, book, rates.parse_rates(options["rates"]), clock, lived=not ledger)
        with clock.phase("nightly cycle"):
            run = cycle(env, today)
        if not ledger:
            with clock.phase("the company at work"):
                work.start(env, today)
            with clock.phase("nightly cycle again"):
                run = cycle(env, today)
                work.settle(env, today)
        text = report(env, run, clock)
    return {"last": today.isoformat(), "text": text}


def cycle(env, today):
    """Run the nightly cycle as of ``today``; a phase that failed ends it all."""
    run = env["sale.collection.run"]._run(today)
    for phase in run.phase_ids:
        if phase.error:
            raise SystemExit(f"{phase.name}: {phase.error}")
    return run


def fill(env, book, given_rates, clock, lived):
    """Make the company, the users and the customers; load the rows."""
    with clock.phase("company and users"):
        make_users(env)
        currencies = {row.currency for row in book.rows}
        table = rates.read_table()
        needed = rates.company_rates(currencies, book.currency, given_rates, table)
        company.set_up_company(env, book.currency, needed, date.today())
        refs = {row.customer_ref for row in book.rows}
        rep = env["res.users"].search([("login", "=", "rep")]).id
        # Every second customer is the rep's own; the others have no salesperson.
        customers = company.make_customers(
            env, refs, book.names, book.limits, [rep, False]
        )
    start = book.last_date - LIVED if lived else date.max
    past = [row for row in book.rows if row.paid_date and row.invoice_date < start]
    own = [row for row in book.rows if not row.paid_date or row.invoice_date >= start]
    with clock.phase("trade history"):
        load.load_history(env, past, say)
    with clock.phase("invoices"):
        invoices = load.load_invoices(env, own, customers, say)
    paid = [row for row in own if row.paid_date]
    if paid:
        with clock.phase("payments"):
            load.load_payments(env, paid, invoices, say)
    if lived:
        with clock.phase("what else happens to a seller"):
            stories.tell(env, book.last_date)


def move(database, options):
    """Move all dates by whole weeks and run the cycle of the new day."""
    days = options["days"]
    today = date.fromisoformat(options["day"])
    with environment(database) as env:
        for table, columns in date_columns(env):
            moved = SQL(", ").join(
                SQL("%s = %s + %s", *[SQL.identifier(name)] * 2, days)
                for name in columns
            )
            env.cr.execute(SQL("UPDATE %s SET %s", SQL.identifier(table), moved))
        env.invalidate_all()
        cycle(env, today)
    return {}


def date_columns(env):
    """Return pairs of table and date columns that hold the book's dates."""
    return env.execute_query(
        SQL(
            """
            SELECT c.table_name, ARRAY_AGG(c.column_name::text)
              FROM information_schema.columns c
              JOIN information_schema.tables t USING (table_schema, table_name)
             WHERE c.table_schema = 'public'
               AND t.table_type = 'BASE TABLE'
               AND c.data_type = 'date'
               AND (c.table_name = ANY(%s) OR c.table_name LIKE 'sale_collection_%%')
             GROUP BY c.table_name
            """,
            list(MOVED),
        )
    )


def report(env, run, clock):
    """Return the print: customers by grade, receipts, seconds."""
    lines = [f"As of {run.date:%d %B %Y}", ""]
    lines += table(
        ("Grade", "Customers", "Open", "Overdue"),
        [
            (grade.name or "none", count, f"{open_:,.0f}", f"{overdue:,.0f}")
            for grade, count, open_, overdue in env[
                "sale.collection.profile"
            ]._read_group(
                [("company_id", "=", env.company.id)],
                ["grade_id"],
                ["__count", "amount_open:sum", "amount_overdue:sum"],
            )
        ],
    )
    receipts = env["sale.collection.receipt"]._read_group(
        [], ["kind"], ["__count", "amount:sum"]
    )
    lines += ["", f"Amounts in {env.company.currency_id.name}.", ""]
    rows = [(kind, count, f"{amount:,.0f}") for kind, count, amount in receipts]
    lines += table(("Receipts", "Rows", "Amount"), rows or [("none", 0, 0)])
    phases = [(name, f"{value:.1f}") for name, value in clock.seconds.items()]
    phases += [(f"  {phase.name}", f"{phase.seconds:.1f}") for phase in run.phase_ids]
    lines += ["", *table(("Phase", "Seconds"), phases)]
    return "\n".join(lines)


def table(header, rows):
    """Return the lines of a table: the first column left, the others right.

    >>> table(("a", "b"), [("x", 10)])
    ['a   b', 'x  10']
    """
    cells = [tuple(map(str, row)) for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
