"""Fills a database with a ledger, runs the nightly cycle and prints what it did.

``python -m dev.inside.demo DATABASE OPTIONS.json``; the options are written by
``dev.demo``.
"""

import json
import os
import sys
from contextlib import contextmanager
from datetime import date

from odoo.tools import SQL

from .. import rates
from ..base import say
from ..ledger import make_book, read_book
from ..locales import find_locale
from . import company, load, nights, orders, papers, people, rewards, stories, talks
from .diary import Diary
from .nights import run as run_night
from .office import Office
from .session import environment
from .users import make_users

#: Days overdue from which a debt of the book gets in the way of a story.
OLD = 20
#: Tables whose dates move with the book, beside those of the application.
MOVED = ("account_move", "account_move_line", "account_payment")
MOVED += ("account_partial_reconcile", "mail_activity")


class Clock:
    """The seconds of each phase."""

    def __init__(self):
        self.seconds = {}

    @contextmanager
    def phase(self, name):
        """Announce a phase and keep its seconds."""
        say(f"* {name} ...")
        # The diary sets the other clocks.
        start = os.times().elapsed
        yield
        self.seconds[name] = os.times().elapsed - start


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
    """Load a ledger, or make up a company, as of the last date of its book."""
    clock = Clock()
    if not options["ledger"]:
        return make_up(database, options, clock)
    until = options["today"] and date.fromisoformat(options["today"])
    book = read_book(options["ledger"])
    today = until or book.last_date
    for reason, count in book.rejected.items():
        say(f"! {count} lines of the ledger left out: {reason}")
    with environment(database) as env:
        fill(env, book, rates.parse_rates(options["rates"]), clock)
        with clock.phase("nightly cycle"):
            run = run_night(env, today)
        text = report(env, run, clock)
    return {"last": today.isoformat(), "text": text}


def fill(env, book, given_rates, clock):
    """Make the company, the users and the customers; load the rows."""
    locale = find_locale("")
    with clock.phase("company and users"):
        make_users(env)
        found = company.find_rates(book, given_rates)
        company.set_up_company(env, locale, book.currency, found, date.today())
        refs = {row.customer_ref for row in book.rows}
        rep = env["res.users"].search([("login", "=", "rep")]).id
        # Every second customer is the rep's own; the others have no salesperson.
        customers = company.make_customers(env, refs, [rep, False])
    with clock.phase("trade history"):
        load.load_history(env, [row for row in book.rows if row.paid_date], say)
    with clock.phase("invoices"):
        rows = [row for row in book.rows if not row.paid_date]
        load.load_opening(env, rows, customers, say)


def make_up(database, options, clock):
    """Make up a company and live its last months."""
    locale = find_locale(options.get("locale"))
    today = date.fromisoformat(options["today"] or options["day"])
    book = make_book(today, locale)
    with clock.phase("language and accounts"), environment(database) as env:
        company.speak(env, locale)
    with environment(database) as env:
        env = env(context={**env.context, "lang": locale.code, "tz": locale.time_zone})
        with clock.phase("company, users and customers"):
            make_users(env)
            found = company.find_rates(book, rates.parse_rates(options["rates"]))
            company.set_up_company(env, locale, locale.currency, found, today)
            customers = people.settle_in(env, locale, book)
        run = live(env, locale, book, today, customers, clock)
        # The print is in the language of the terminal's other lines.
        env = env(context={**env.context, "lang": "en_US"})
        text = report(env, run.with_env(env), clock)
    return {"last": today.isoformat(), "text": text}


def live(env, locale, book, today, customers, clock):
    """Live the last months of a made-up company day by day; return the last night."""
    diary = Diary(env, today, locale.hour)
    known = env["res.partner"].search([("ref", "in", find_sound(book, today))])
    quiet = {"mail_auto_subscribe_no_notify": True}
    office = Office(
        env(context={**env.context, **quiet}), locale, diary, iter(known.sorted("ref"))
    )
    start = office.month(rewards.MONTHS)
    with diary.open(office.ago(start)):
        past = [row for row in book.rows if row.paid_date and row.paid_date < start]
        with clock.phase("trade history"):
            load.load_history(env, past, say)
        rows = [row for row in book.rows if not row.paid_date or row.paid_date >= start]
        with clock.phase("six months of work"):
            diary.live(
                [
                    nights.book(office, rows, customers, start),
                    people.agree_limits(office, book.limits, start),
                    *rewards.tell(office),
                    *stories.tell(office),
                    *papers.tell(office),
                    *talks.tell(office),
                    *orders.tell(office),
                    nights.answers(office),
                    nights.bounced_mail(office),
                    nights.sleep(office),
                ]
            )
    return env["sale.collection.run"].search([], limit=1)


def find_sound(book, today):
    """Return the references of customers that owe nothing old: stories tell of them."""
    owing = {
        row.customer_ref
        for row in book.rows
        if not row.paid_date and (today - row.due_date).days > OLD
    }
    return sorted(book.names.keys() - owing)


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
        run_night(env, today)
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
