import csv
import unittest
from calendar import monthrange
from datetime import date
from pathlib import Path

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from odoo.addons.sale_collection.tests.common import CollectionCommon

# The book of a real seller beside the checkout; it is no part of it.
PLACE = Path("shared", "data", "ar_history.csv")
BOOK = next(
    (found for up in Path(__file__).parents if (found := up / PLACE).exists()), None
)
JUNE = date(2019, 6, 30)
# Columns that hold 1, -1 or 0 in rows of an invoice of 1.00 and of its money.
AMOUNTS = "amount|balance|^debit$|^credit$"


def read_day(text):
    return date.fromisoformat(text) if text else None


def read_book():
    """Return (customer, invoiced, due, paid or None, amount) of all invoices."""
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
        ]
    # Some days of invoices are estimates, after the money.
    return [row for row in rows if row[1] <= JUNE and (not row[3] or row[1] <= row[3])]


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
    """Figures of a real seller's book equal those worked out from its rows.

    The whole book: two invoices and a payment are made through Odoo, all others are
    copies of their rows with other customers, days and amounts, and the ledger is
    filled as on a database with a past.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rows = read_book()
        cls.make_templates()
        cls.plan()
        cls.copy_invoices()
        cls.copy_payments()
        for table in ("account_move", "account_move_line", "account_partial_reconcile"):
            cls.env.cr.execute(
                SQL(
                    "SELECT SETVAL(PG_GET_SERIAL_SEQUENCE(%s, 'id'), MAX(id)) FROM %s",
                    table,
                    SQL.identifier(table),
                )
            )
        cls.env.cr.execute(
            "ANALYZE account_move, account_move_line, account_partial_reconcile"
        )
        cls.env.invalidate_all()
        cls.match(cls.open, cls.create_money("2015-01-01"))
        cls.receipts._build()
        cls.env.cr.execute("ANALYZE sale_collection_receipt")

    @classmethod
    def make_templates(cls):
        """Book an open invoice of 1.00, and a paid one with its money."""
        # Before all days of the book: they are in none of its figures.
        day = "2015-01-01"
        cls.open = cls.create_invoice(1.0, day, day)
        cls.paid = cls.create_invoice(1.0, day, day)
        cls.money = cls.create_money(day)
        cls.match(cls.paid, cls.money)
        cls.env.flush_all()

    @classmethod
    def create_money(cls, day):
        bank = cls.bank_journal.default_account_id
        return cls.create_entry([(bank, 1.0), (cls.receivable, -1.0)], day)

    @classmethod
    def plan(cls):
        """Write down who is invoiced what, when it is due and when it is paid."""
        references = sorted({row[0] for row in cls.rows})
        customers = cls.env["res.partner"].create([{"name": one} for one in references])
        ids = dict(zip(references, customers.ids, strict=True))
        columns = zip(*((ids[row[0]], *row[1:]) for row in cls.rows), strict=True)
        cls.env.flush_all()
        cls.env.cr.execute(
            SQL(
                """
                CREATE TEMP TABLE plan ON COMMIT DROP AS
                SELECT item.*, last.id + 4 * n AS id
                  FROM UNNEST(%s::int[], %s::date[], %s::date[], %s::date[],
                              %s::numeric[]) WITH ORDINALITY
                       AS item (partner_id, invoiced, due, paid, amount, n),
                       (SELECT GREATEST(
                               (SELECT MAX(id) FROM account_move),
                               (SELECT MAX(id) FROM account_move_line),
                               (SELECT MAX(id) FROM account_partial_reconcile)) AS id
                       ) last
                """,
                *map(list, columns),
            )
        )

    @classmethod
    def copy_row(cls, record, values, condition="TRUE"):
        """Insert a copy of the row of a record for each row of the plan."""
        names = cls.env.execute_query(
            SQL(
                """
                SELECT column_name, column_name ~ %s AND data_type = 'numeric'
                  FROM information_schema.columns
                 WHERE table_name = %s AND table_schema = current_schema
                   AND is_generated = 'NEVER'
                """,
                AMOUNTS,
                record._table,
            )
        )
        found = {
            name: SQL(values[name])
            if name in values
            else SQL(
                "template.%s * plan.amount" if is_amount else "template.%s",
                SQL.identifier(name),
            )
            for name, is_amount in names
        }
        cls.env.cr.execute(
            SQL(
                "INSERT INTO %(table)s (%(names)s) SELECT %(values)s"
                " FROM plan, %(table)s template WHERE template.id = %(id)s AND %(of)s",
                table=SQL.identifier(record._table),
                names=SQL(", ").join(map(SQL.identifier, found)),
                values=SQL(", ").join(found.values()),
                id=record.id,
                of=SQL(condition),
            )
        )

    @classmethod
    def copy_document(cls, move, number, day, condition):
        """Copy an entry and its items, the receivable one first.

        :param int number: which of the four ids of a row of the plan it takes; its
            items take that and the next one
        """
        values = {
            "date": day,
            "partner_id": "plan.partner_id",
            "commercial_partner_id": "plan.partner_id",
        }
        is_invoice = move.is_invoice()
        if is_invoice:
            values |= {"invoice_date": day, "invoice_date_due": "plan.due"}
        name = f"'{'B' if is_invoice else 'M'}/' || plan.n"
        document = {"name": name, "sequence_number": "plan.n"}
        cls.copy_row(
            move, {**values, **document, "id": f"plan.id + {number}"}, condition
        )
        items = move.line_ids.sorted(lambda line: line.account_id != cls.receivable)
        values |= {"move_id": f"plan.id + {number}", "move_name": name}
        for position, item in enumerate(items):
            values["id"] = f"plan.id + {number + position}"
            values["date_maturity"] = (
                "plan.due" if is_invoice and not position else "NULL"
            )
            values["matching_number"] = (
                "NULL"
                if position
                else "CASE WHEN plan.paid IS NOT NULL THEN 'P' || plan.n END"
            )
            cls.copy_row(item, {**values, "full_reconcile_id": "NULL"}, condition)

    @classmethod
    def copy_invoices(cls):
        cls.copy_document(cls.open, 0, "plan.invoiced", "plan.paid IS NULL")
        cls.copy_document(cls.paid, 0, "plan.invoiced", "plan.paid IS NOT NULL")

    @classmethod
    def copy_payments(cls):
        is_paid = "plan.paid IS NOT NULL"
        cls.copy_document(cls.money, 2, "plan.paid", is_paid)
        cls.copy_row(
            cls.receivable_lines(cls.paid).matched_credit_ids,
            {
                "id": "plan.id",
                "debit_move_id": "plan.id",
                "credit_move_id": "plan.id + 2",
                "max_date": "plan.paid",
                "full_reconcile_id": "NULL",
            },
            is_paid,
        )

    def read_levels(self):
        """Return {month end: the row of the company}."""
        levels = self.env["sale.collection.snapshot"].search(
            [("company_id", "=", self.company.id)]
        )
        return {level.date: level for level in levels}

    def test_the_book_says_something(self):
        self.assertGreater(len(self.rows), 17_000)
        june = recompute(self.rows, JUNE)
        self.assertEqual([name for name, value in june.items() if value <= 0], [])

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
