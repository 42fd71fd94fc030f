import csv
import unittest
from calendar import monthrange
from datetime import date
from pathlib import Path
from zlib import crc32

from odoo import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.sale_collection.tests.common import CollectionCommon

# The book of a real seller beside the checkout; it is no part of it.
PLACE = Path("shared", "data", "ar_history.csv")
BOOK = next(
    (found for up in Path(__file__).parents if (found := up / PLACE).exists()), None
)
JUNE = date(2019, 6, 30)
# One invoice in so many of those that mattered from May on: a few hundred.
EVERY, SINCE = 30, date(2019, 5, 1)


def read_day(text):
    return date.fromisoformat(text) if text else None


def read_book():
    """Return (customer, invoiced, due, paid or None, amount) of some invoices."""
    with BOOK.open(newline="") as file:
        rows = [
            (
                row["customer_ref"],
                read_day(row["invoice_date"]),
                read_day(row["due_date"]),
                read_day(row["paid_date"]),
                round(float(row["amount"]), 2),
            )
            for row in csv.DictReader(file)
            if crc32(row["invoice_ref"].encode()) % EVERY == 0
        ]
    return [
        row
        for row in rows
        if row[1] <= JUNE
        and (not row[3] or row[1] <= row[3])
        and (not row[3] or row[3] >= SINCE or row[2] >= SINCE)
    ]


def find_before(day):
    """Return the month end before that of a day."""
    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    return date(year, month, monthrange(year, month)[1])


def recompute(rows, day):
    """Return the figures of a month end, from the rows alone."""
    first = day.replace(day=1)

    def owed(when):
        return [
            (due, amount)
            for _customer, invoiced, due, paid, amount in rows
            if invoiced <= when and (paid is None or paid > when)
        ]

    def late(lower, upper):
        ages = [((day - due).days, amount) for due, amount in owed(day)]
        return sum(amount for age, amount in ages if lower <= age <= upper)

    now = sum(amount for _due, amount in owed(day))
    before = sum(amount for _due, amount in owed(find_before(day)))
    not_due = late(-(10**6), 0)
    sales = sum(row[4] for row in rows if first <= row[1] <= day)
    due = [row for row in rows if first <= row[2] <= day]
    in_time = [row for row in due if row[3] is not None and row[3] <= day]
    could = before + sales - not_due
    return {
        "receivable": now,
        "due_later": not_due,
        "overdue_30": late(1, 30),
        "overdue_60": late(31, 60),
        "overdue_90": late(61, 90),
        "overdue_over": late(91, 10**6),
        "sales": sales,
        "dso": now / sales * day.day if sales else None,
        "best_dso": not_due / sales * day.day if sales else None,
        "effectiveness": (before + sales - now) / could * 100 if could else None,
        "due_rate": (
            sum(row[4] for row in in_time) / sum(row[4] for row in due) * 100
            if due
            else None
        ),
    }


@unittest.skipUnless(BOOK, "the real book is not beside the checkout")
@tagged("post_install", "-at_install")
@freeze_time("2019-07-10")
class TestRealBook(CollectionCommon):
    """Figures of a real seller's book equal those worked out from its rows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rows = read_book()
        cls.customers = {
            reference: cls.env["res.partner"].create({"name": reference}).id
            for reference in sorted({row[0] for row in cls.rows})
        }
        invoices = cls.env["account.move"].create(
            [cls.prepare_invoice(row) for row in cls.rows]
        )
        paid = [
            (row, invoice)
            for row, invoice in zip(cls.rows, invoices, strict=True)
            if row[3]
        ]
        payments = cls.env["account.move"].create(
            [cls.prepare_payment(row) for row, _invoice in paid]
        )
        (invoices | payments).action_post()
        cls.env["account.move.line"]._reconcile_plan(
            [
                cls.receivable_lines(invoice | payment)
                for (_row, invoice), payment in zip(paid, payments, strict=True)
            ]
        )
        cls.env.cr.flush()

    @classmethod
    def prepare_invoice(cls, row):
        customer, invoiced, due, _paid, amount = row
        return {
            "move_type": "out_invoice",
            "partner_id": cls.customers[customer],
            "invoice_date": invoiced,
            "date": invoiced,
            "invoice_date_due": due,
            "invoice_payment_term_id": False,
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": "Goods",
                        "price_unit": amount,
                        "account_id": cls.revenue.id,
                        "tax_ids": [],
                    }
                )
            ],
        }

    @classmethod
    def prepare_payment(cls, row):
        customer, _invoiced, _due, paid, amount = row
        bank = cls.bank_journal.default_account_id
        return {
            "move_type": "entry",
            "journal_id": cls.bank_journal.id,
            "date": paid,
            "line_ids": [
                Command.create(
                    {
                        "account_id": account.id,
                        "balance": balance,
                        "partner_id": cls.customers[customer],
                    }
                )
                for account, balance in ((bank, amount), (cls.receivable, -amount))
            ],
        }

    def read_levels(self):
        """Return {month end: the row of the company}."""
        levels = self.env["sale.collection.snapshot"].search(
            [("company_id", "=", self.company.id)]
        )
        return {level.date: level for level in levels}

    def test_the_sample_says_something(self):
        self.assertGreater(len(self.rows), 150)
        june = recompute(self.rows, JUNE)
        for name, value in june.items():
            self.assertGreater(value, 0, name)

    def test_month_ends(self):
        levels = self.read_levels()
        self.assertIn(JUNE, levels)
        day = JUNE
        while day in levels:
            wanted = recompute(self.rows, day)
            wanted.pop("due_rate")
            for name, value in wanted.items():
                with self.subTest(day=day, figure=name):
                    found = levels[day][name]
                    if value is None:
                        self.assertIs(found, False)
                    else:
                        self.assertAlmostEqual(found, value, 2)
            day = find_before(day)
        self.assertLess(day, date(2019, 1, 1))

    def test_due_collection_rate(self):
        for day in (JUNE, date(2019, 5, 31)):
            wanted = recompute(self.rows, day)["due_rate"]
            [[found]] = self.env["sale.collection.rate"]._read_group(
                [
                    ("company_id", "=", self.company.id),
                    ("date", ">=", day.replace(day=1)),
                    ("date", "<=", day),
                ],
                [],
                ["due_rate:avg"],
            )
            self.assertAlmostEqual(float(found), wanted, 4)

    def test_aging_as_of_the_day(self):
        aging = self.env["sale.collection.aging"].with_context(
            sale_collection_as_of="2019-06-30"
        )
        domain = [("company_id", "=", self.company.id)]
        [[total]] = aging._read_group(domain, [], ["amount:sum"])
        self.assertAlmostEqual(total, recompute(self.rows, JUNE)["receivable"], 2)
