"""A receivable ledger: read from a file, or made up for the demo company.

One row is one invoice, or what was paid of it on one day; a row without paid date is
open on the book's last day.
"""

import random
import re
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from .base import ROOT, Stop

COLUMNS = (
    *("customer_ref", "invoice_ref", "invoice_date", "due_date"),
    *("paid_date", "amount", "currency"),
)


class Row(NamedTuple):
    """An invoice, or a part of it; ``amount`` in ``currency``, dates or None."""

    customer_ref: str
    invoice_ref: str
    invoice_date: date
    due_date: date
    paid_date: date | None
    amount: float
    currency: str


class Book(NamedTuple):
    """A ledger with what is known about its customers."""

    rows: list
    #: Reasons of lines that could not be read, with their number of lines.
    rejected: Counter
    #: Customer reference -> name and credit limit, where known.
    names: dict
    limits: dict

    @property
    def last_date(self):
        """Return the last day on which something happened."""
        days = [row.invoice_date for row in self.rows]
        return max(days + [row.paid_date for row in self.rows if row.paid_date])

    @property
    def currency(self):
        """Return the currency of most invoices: the company's own."""
        return Counter(row.currency for row in self.rows).most_common(1)[0][0]


def read_book(path):
    """Return the ledger of a file; stop when the file as a whole is no ledger.

    It is read as the application reads trade history: an invoice may stand in several
    lines, and two customers may have the same number.
    """
    history, table = _open_table(Path(path))
    positions = history.match_columns(table.header)
    if missing := history.find_missing(positions):
        raise Stop(f"LEDGER: {path} lacks {', '.join(sorted(missing))}.")
    survey = history.survey(table, positions, history.Format())
    for code, details in survey.questions:
        raise Stop(
            f"LEDGER: {path} can be read in two ways ({code.replace('_', ' ')}: "
            f"{', '.join(details.values())}): write days as 2025-12-31, amounts as "
            "1500.00."
        )
    invoices, refusals = history.read_invoices(
        table, positions, 0, survey.count, survey.layout, date.today()
    )
    rejected = Counter(explain(refusal) for refusal in refusals)
    rows = []
    for invoice in invoices:
        if re.fullmatch("[A-Z]{3}", invoice.currency):
            rows += split_invoice(invoice)
        else:
            rejected["currency is no code of three letters"] += len(invoice.records)
    if not rows:
        raise Stop("LEDGER holds no invoice that can be read.")
    return Book(rows, rejected, {}, {})


def _open_table(path):
    """Return the module that reads ledgers and the lines of a file."""
    # As benchmarks find them: no server runs yet, and Odoo knows no addons.
    sys.path.append(str(ROOT / "sale_collection"))
    from tools import history, sheet

    try:
        return history, sheet.Table(path.read_bytes(), "utf-8")
    except (OSError, sheet.FileError) as error:
        raise Stop(f"LEDGER: {path} cannot be read ({error}).") from error


def explain(refusal):
    """Return why a line was refused, in words."""
    words = refusal.code.replace("_", " ")
    return (
        f"{words} ({refusal.details['column']})"
        if "column" in refusal.details
        else words
    )


def split_invoice(invoice):
    """Return a row for each payment of an invoice, and one for what is open."""
    return [
        Row(
            invoice.customer_ref,
            invoice.invoice_ref,
            invoice.invoice_date,
            invoice.due_date,
            paid_date,
            float(amount),
            invoice.currency,
        )
        for paid_date, amount in invoice.payments
    ]


class Habit(NamedTuple):
    """How a kind of customer pays: share of customers, days late, share never paid."""

    share: float
    mean: float
    spread: float
    unpaid: float


HABITS = (
    Habit(0.45, -2, 2, 0),
    Habit(0.25, 3, 3, 0),
    Habit(0.17, 11, 6, 0.01),
    Habit(0.09, 26, 10, 0.04),
    Habit(0.04, 55, 20, 0.25),
)


def make_book(until, locale, customers=70, months=20, seed=7):
    """Return a made-up ledger that ends on ``until``, always the same for a seed."""
    dice = random.Random(seed)
    names = {f"C{n:04}": locale.name_customer(n) for n in range(1, customers + 1)}
    rows = []
    for ref in names:
        rows += _make_customer(dice, ref, until, months, locale)
    rows.sort(key=lambda row: (row.invoice_date, row.customer_ref))
    rows = [
        row._replace(invoice_ref=f"N{number:05}") for number, row in enumerate(rows, 1)
    ]
    limited = [ref for ref in names if dice.random() < 0.5]
    limits = {ref: dice.choice((5000, 10000, 20000)) for ref in limited}
    return Book(rows, Counter(), names, limits)


def _make_customer(dice, ref, until, months, locale):
    """Return the invoices of one customer, oldest first."""
    habit = dice.choices(HABITS, [habit.share for habit in HABITS])[0]
    term = dice.choice((14, 30, 30, 45, 60))
    foreign = dice.random() < 0.15
    currency = locale.foreign_currency if foreign else locale.currency
    # What is usual in the country's own currency, not in a foreign one.
    size = dice.lognormvariate(7, 0.6) * (1 if foreign else locale.factor)
    # One customer in ten is new: too few invoices for a grade.
    age = dice.randint(20, 45) if dice.random() < 0.1 else months * 30
    rows = []
    day = _working_day(until - timedelta(days=age - dice.randint(0, 20)))
    while day <= until:
        due = day + timedelta(days=term)
        amount = round(size * dice.uniform(0.4, 1.8), 2)
        earliest = _working_day(due) if int(ref[1:]) % 5 else due
        paid = _paid_date(dice, habit, day, due, earliest, until)
        rows.append(Row(ref, "", day, due, paid, amount, currency))
        day = _working_day(day + timedelta(days=dice.randint(34, 72)))
    return rows


def _paid_date(dice, habit, day, due, earliest, until):
    """Return the day the money comes, None when not yet or never.

    :param earliest: day before which a debt due on a weekend is not paid: four of five
        customers do not work then and pay on the Monday
    """
    late = round(dice.gauss(habit.mean, habit.spread))
    paid = _working_day(max(day, due + timedelta(days=late)))
    if earliest > due:
        paid = max(paid, earliest)
    return None if paid > until or dice.random() < habit.unpaid else paid


def _working_day(day):
    """Return ``day``, or the Monday after it.

    >>> _working_day(date(2019, 8, 3))
    datetime.date(2019, 8, 5)
    """
    return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)
