import base64
import io
import re
from datetime import date, timedelta
from unittest.mock import patch

import openpyxl
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...tools import sheet
from ...wizard.ledger import history_import

HEADER = "customer_ref,invoice_ref,invoice_date,due_date,paid_date,amount,currency"


class HistoryCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.usd = cls.env.ref("base.USD")
        cls.eur = cls.env.ref("base.EUR")
        (cls.usd | cls.eur).active = True
        cls.company = cls._create_company("Seller")
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids}
        )
        cls.env.user.company_ids |= cls.company
        cls.customer = cls._create_customer("Ann", "C1")
        cls.other = cls._create_customer("Bob", "C2")
        cls.controller = cls._create_user("controller", "group_credit_controller")

    @classmethod
    def _create_company(cls, name, **values):
        return cls.env["res.company"].create(
            {"name": name, "currency_id": cls.usd.id, **values}
        )

    @classmethod
    def _create_customer(cls, name, ref, **values):
        return cls.env["res.partner"].create({"name": name, "ref": ref, **values})

    @classmethod
    def _create_user(cls, login, group):
        return new_test_user(
            cls.env,
            login=login,
            groups=f"sale_collection.{group}",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    def _create_rate(self, currency, day, rate, company=None):
        return self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "name": day,
                "rate": rate,
                "company_id": company and company.id,
            }
        )

    def _create_import(self, *lines, user=None, company=None, header=HEADER, **values):
        text = "\n".join((header, *lines))
        return (
            self.env["sale.collection.history.import"]
            .with_user(user or self.controller)
            .with_context(allowed_company_ids=(company or self.company).ids)
            .create(
                {
                    "file": base64.b64encode(text.encode()),
                    "filename": "book.csv",
                    **values,
                }
            )
        )

    def _import(self, *lines, **values):
        wizard = self._create_import(*lines, **values)
        while wizard.import_next()["done"] < wizard.row_count:
            pass
        return wizard

    def _get_rows(self):
        return self.env["sale.collection.history"].search(
            [("company_id", "=", self.company.id)], order="invoice_ref"
        )

    def _get_counts(self, wizard):
        return (
            wizard.created_count,
            wizard.updated_count,
            wizard.unchanged_count,
            wizard.rejected_count,
        )

    def _get_rejected(self, wizard):
        text = base64.b64decode(wizard.rejected_file).decode("utf-8-sig")
        return text.splitlines()[1:]


@tagged("post_install", "-at_install")
class TestHistoryImport(HistoryCase):
    def test_imports_by_reference_and_by_name(self):
        wizard = self._import(
            "C1,I1,2025-01-10,2025-02-10,2025-02-17,100.50,USD",
            "Bob,I2,2025-01-10,2025-02-10,,20,USD",
        )
        self.assertEqual(wizard.state, "done")
        self.assertEqual(self._get_counts(wizard), (2, 0, 0, 0))
        self.assertFalse(wizard.rejected_file)
        self.assertEqual(wizard.partner_ids, self.customer | self.other)
        self.assertRecordValues(
            self._get_rows(),
            [
                {
                    "partner_id": self.customer.id,
                    "invoice_ref": "I1",
                    "invoice_date": date(2025, 1, 10),
                    "due_date": date(2025, 2, 10),
                    "paid_date": date(2025, 2, 17),
                    "amount": 100.5,
                    "amount_company": 100.5,
                    "days_late": 7,
                    "currency_id": self.usd.id,
                    "source": "Previous system",
                    "create_uid": self.controller.id,
                },
                {
                    "partner_id": self.other.id,
                    "invoice_ref": "I2",
                    "invoice_date": date(2025, 1, 10),
                    "due_date": date(2025, 2, 10),
                    "paid_date": False,
                    "amount": 20,
                    "amount_company": 20,
                    "days_late": 0,
                    "currency_id": self.usd.id,
                    "source": "Previous system",
                    "create_uid": self.controller.id,
                },
            ],
        )

    def test_same_file_again_changes_nothing(self):
        line = "C1,I1,2025-01-10,2025-02-10,2025-02-17,100,USD"
        self._import(line)
        row = self._get_rows()
        row.flush_recordset()
        self.env.cr.execute(
            "UPDATE sale_collection_history SET write_date = '2025-01-01'"
        )
        wizard = self._import(line)
        self.assertEqual(self._get_counts(wizard), (0, 0, 1, 0))
        self.assertFalse(wizard.partner_ids)
        row.invalidate_recordset()
        self.assertEqual(row.write_date.year, 2025)

    def test_changed_row_is_updated(self):
        self._import("C1,I1,2025-01-10,2025-02-10,,100,USD")
        with patch.object(type(self.env["sale.collection.queue"]), "_push") as push:
            wizard = self._import("C1,I1,2025-01-10,2025-02-10,2025-02-11,90,USD")
        self.assertEqual(self._get_counts(wizard), (0, 1, 0, 0))
        self.assertRecordValues(
            self._get_rows(),
            [{"partner_id": self.customer.id, "amount": 90, "days_late": 1}],
        )
        push.assert_called_once_with("partner", self.customer.ids, self.company)

    def test_two_customers_may_have_the_same_number(self):
        self._import("C1,I1,2025-01-10,2025-02-10,,100,USD")
        wizard = self._import(
            "C2,I1,2025-01-10,2025-02-10,,90,USD",
            "C1,I1,2025-01-10,2025-02-10,,100,USD",
        )
        self.assertEqual(self._get_counts(wizard), (1, 0, 1, 0))
        self.assertEqual(sorted(self._get_rows().mapped("amount")), [90, 100])
        self.assertEqual(len(self._get_rows().partner_id), 2)

    def test_merged_customers_keep_both_invoices_of_one_number(self):
        self._import(
            "C1,I1,2025-01-10,2025-02-10,,100,USD",
            "C2,I1,2025-01-10,2025-02-10,,90,USD",
        )
        self.other._collection_hand_over(self.customer)
        rows = self._get_rows()
        self.assertEqual(sorted(rows.mapped("amount")), [90, 100])
        self.assertEqual(rows.partner_id, self.customer)

    def test_one_invoice_in_several_payments(self):
        lines = (
            "C1,I1,2025-01-10,2025-02-10,2025-06-10,60,USD",
            "C2,I2,2025-01-10,2025-02-10,,5,USD",
            "C1,I1,2025-01-10,2025-02-10,2025-03-10,40,USD",
        )
        for counts in ((3, 0, 0, 0), (0, 0, 3, 0)):
            wizard = self._import(*lines)
            self.assertEqual(self._get_counts(wizard), counts)
        rows = self._get_rows().filtered(lambda row: row.partner_id == self.customer)
        self.assertRecordValues(
            rows.sorted("part"),
            [
                {"amount": 40, "paid_date": date(2025, 3, 10), "days_late": 28},
                {"amount": 60, "paid_date": date(2025, 6, 10), "days_late": 120},
            ],
        )
        # Corrected to one payment: the other row goes, and only that.
        self._import("C1,I1,2025-01-10,2025-02-10,2025-03-10,100,USD")
        self.assertEqual(sorted(self._get_rows().mapped("amount")), [5, 100])

    def test_one_invoice_in_several_lines_over_two_steps(self):
        lines = [
            "C1,I1,2025-01-10,2025-02-10,2025-03-10,40,USD",
            "C1,I2,2025-01-10,2025-02-10,2025-03-10,1,USD",
            "C1,I1,2025-01-10,2025-02-10,2025-03-10,60,USD",
        ]
        with patch.object(history_import, "STEP", 1):
            wizard = self._import(*lines)
        self.assertEqual(self._get_counts(wizard), (2, 0, 0, 0))
        self.assertEqual(wizard.merged_count, 1)
        self.assertEqual(self._get_rows().mapped("amount"), [100, 1])

    def test_open_amount(self):
        self._import(
            "C1,I1,2025-01-10,2025-02-10,2025-03-10,100,USD,30",
            header=HEADER + ",open_amount",
        )
        self.assertRecordValues(
            self._get_rows().sorted("part"),
            [
                {"amount": 70, "paid_date": date(2025, 3, 10)},
                {"amount": 30, "paid_date": False},
            ],
        )

    def test_another_source_may_use_the_same_reference(self):
        line = "C1,I1,2025-01-10,2025-02-10,,100,USD"
        self._import(line)
        wizard = self._import(line, source="Sister company")
        self.assertEqual(self._get_counts(wizard), (1, 0, 0, 0))
        self.assertEqual(len(self._get_rows()), 2)

    def test_last_source_is_proposed(self):
        self._import("C1,I1,2025-01-10,2025-02-10,,1,USD", source="Old books")
        wizard = self._import("C1,I1,2025-01-10,2025-02-10,,1,USD")
        self.assertEqual(wizard.source, "Old books")
        self.assertEqual(self._get_counts(wizard), (0, 0, 1, 0))

    def test_bad_rows_come_back_with_the_reason_and_good_ones_stay(self):
        wizard = self._import(
            "C1,I1,2025-01-10,2025-02-10,2025-02-17,100,USD",
            "Nobody,I2,2025-01-10,2025-02-10,,100,USD",
            "C1,I3,10 Jan,2025-02-10,,100,USD",
            "C1,I4,2025-01-10,2025-02-10,2025-01-09,100,USD",
            "Ann,I1,2025-01-10,2025-02-10,2025-02-17,100,USD",
            "C1,I5,2025-01-10,2025-02-10,,100,XTS",
            "C1,I6,2025-01-10,2025-02-10,,a lot,USD",
        )
        self.assertEqual(self._get_counts(wizard), (1, 0, 0, 6))
        self.assertEqual(wizard.rejected_filename, "book rejected.csv")
        self.assertEqual(
            self._get_rejected(wizard),
            [
                "Nobody,I2,2025-01-10,2025-02-10,,100,USD,"
                "No customer has the reference or name Nobody",
                "C1,I3,10 Jan,2025-02-10,,100,USD,"
                "invoice_date: 10 Jan is not a date of the chosen form",
                "C1,I4,2025-01-10,2025-02-10,2025-01-09,100,USD,"
                "paid_date is before invoice_date",
                "Ann,I1,2025-01-10,2025-02-10,2025-02-17,100,USD,"
                "Same invoice_ref as line 2",
                "C1,I5,2025-01-10,2025-02-10,,100,XTS,Unknown currency XTS",
                "C1,I6,2025-01-10,2025-02-10,,a lot,USD,"
                "amount: a lot is not a number of the chosen form",
            ],
        )
        self.assertEqual(self._get_rows().invoice_ref, "I1")

    def test_rejected_rows_of_all_steps_make_one_file(self):
        lines = [f"No {n},I{n},2025-01-10,2025-02-10,,1,USD" for n in range(5)]
        with patch.object(history_import, "STEP", 2):
            wizard = self._import(*lines)
        self.assertEqual(wizard.rejected_count, 5)
        self.assertEqual(
            [line[:4] for line in self._get_rejected(wizard)],
            [f"No {n}" for n in range(5)],
        )

    def test_steps_tell_how_far_they_are(self):
        text = "\n".join(
            [HEADER, *(f"C1,I{n},2025-01-10,2025-02-10,,1,USD" for n in range(3))]
        )
        wizard = self.env["sale.collection.history.import"].create(
            {"file": base64.b64encode(text.encode())}
        )
        with patch.object(history_import, "STEP", 2):
            self.assertEqual(wizard.import_next(), {"done": 2, "total": 3})
            self.assertEqual(wizard.state, "running")
            self.assertEqual(wizard.import_next(), {"done": 3, "total": 3})
            self.assertEqual(wizard.state, "done")
            # A late click does nothing.
            self.assertEqual(wizard.import_next(), {"done": 3, "total": 3})
        self.assertEqual(wizard.created_count, 3)

    def test_unknown_customers_are_created_when_asked(self):
        wizard = self._import(
            "New,I1,2025-01-10,2025-02-10,,1,USD",
            "New,I2,2025-01-10,2025-02-10,,1,USD",
            "Never,I3,2025-01-10,2025-02-10,,1,XTS",
            create_customers=True,
            user=self.env.user,
        )
        self.assertEqual(self._get_counts(wizard), (2, 0, 0, 1))
        partner = self._get_rows().partner_id
        self.assertRecordValues(
            partner, [{"name": "New", "ref": "New", "customer_rank": 1}]
        )
        # Nobody is created for a line that is rejected anyway.
        self.assertFalse(self.env["res.partner"].search([("ref", "=", "Never")]))

    def test_contact_counts_for_its_company(self):
        self._create_customer("Desk", "D1", parent_id=self.customer.id)
        self._import("D1,I1,2025-01-10,2025-02-10,,1,USD")
        self.assertEqual(self._get_rows().partner_id, self.customer)

    def test_ambiguous_customer_is_rejected(self):
        self._create_customer("Ann", "C9")
        wizard = self._import("Ann,I1,2025-01-10,2025-02-10,,1,USD")
        self.assertIn("Several customers", self._get_rejected(wizard)[0])

    def test_archived_double_does_not_hide_the_customer(self):
        self._create_customer("Old Ann", "C1", active=False)
        self._import("C1,I1,2025-01-10,2025-02-10,,1,USD")
        self.assertEqual(self._get_rows().partner_id, self.customer)

    def test_customer_of_another_company_is_unknown(self):
        stranger = self._create_company("Stranger")
        self._create_customer("Carl", "C3", company_id=stranger.id)
        wizard = self._import("C3,I1,2025-01-10,2025-02-10,,1,USD")
        self.assertIn("No customer", self._get_rejected(wizard)[0])

    def test_foreign_currency_at_the_rate_of_the_invoice_date(self):
        self._create_rate(self.eur, "2025-01-01", 0.5, self.company)
        self._create_rate(self.eur, "2025-02-01", 0.8, self.company)
        self._import(
            "C1,I0,2024-12-31,2025-02-10,,10,EUR",
            "C1,I1,2025-01-31,2025-02-10,,10,EUR",
            "C1,I2,2025-02-01,2025-02-10,,10,EUR",
        )
        rows = self._get_rows()
        self.assertEqual(rows.mapped("amount_company"), [20, 20, 12.5])
        for row in rows:
            self.assertEqual(
                row.amount_company,
                self.eur._convert(10, self.usd, self.company, row.invoice_date),
            )

    def test_currency_without_rate_is_rejected(self):
        currency = self.env["res.currency"].create({"name": "XQQ", "symbol": "Q"})
        wizard = self._import(f"C1,I1,2025-01-10,2025-02-10,,1,{currency.name}")
        self.assertIn("XQQ has no rate", self._get_rejected(wizard)[0])
        with self.assertRaisesRegex(ValidationError, "XQQ has no rate"):
            self._create_row(currency_id=currency.id)

    def test_file_that_cannot_be_read_is_refused_whole(self):
        with self.assertRaisesRegex(UserError, "no invoices"):
            self._import()
        for data, message in (
            (b"%PDF-1.7", "is a PDF"),
            (b"PK\x03\x04", "spreadsheet cannot be read"),
            (b"\x81 \x83 \x90 \x98 \xff \n", "encoding of the file cannot be told"),
        ):
            wizard = self._create_import(file=base64.b64encode(data))
            with self.assertRaisesRegex(UserError, message):
                wizard.import_next()
        wizard = self._create_import(
            file=base64.b64encode("é".encode("cp1252")), encoding="utf-8"
        )
        with self.assertRaisesRegex(UserError, "not written in utf-8"):
            wizard.import_next()

    def _ask(self, *lines, **values):
        """Return the dialog of a file of which something must be asked."""
        wizard = self._create_import(*lines, **values)
        before = self.env["res.partner"].search_count([])
        self.assertEqual(wizard.import_next(), {"done": 0, "total": 0})
        self.assertEqual(wizard.state, "draft")
        self.assertFalse(self._get_rows())
        self.assertEqual(self.env["res.partner"].search_count([]), before)
        return wizard

    def test_names_of_a_guessed_encoding_are_asked(self):
        text = f"{HEADER}\nDvořák,I1,2025-01-10,2025-02-10,,1,USD"
        wizard = self._ask(
            file=base64.b64encode(text.encode("cp1250")),
            create_customers=True,
            user=self.env.user,
        )
        self.assertIn("Dvoøák", wizard.question)
        wizard.encoding = "cp1250"
        self.assertEqual(wizard.import_next()["total"], 0)
        self.assertIn("Dvořák", wizard.question)
        self.assertEqual(wizard.import_next(), {"done": 1, "total": 1})
        self.assertFalse(wizard.question)
        self.assertEqual(self._get_rows().partner_id.name, "Dvořák")

    def test_rare_chinese_letter(self):
        text = f"{HEADER}\n李昇商贸,I1,2025-01-10,2025-02-10,,1,USD"
        wizard = self._create_import(
            file=base64.b64encode(text.encode("gbk")),
            create_customers=True,
            user=self.env.user,
        )
        self.assertEqual(wizard.import_next()["total"], 0)
        self.assertIn("李昇商贸", wizard.question)
        self.assertEqual(wizard.import_next(), {"done": 1, "total": 1})
        self.assertEqual(self._get_rows().partner_id.name, "李昇商贸")

    def test_a_known_chinese_column_proves_the_encoding(self):
        header = "客户,发票号,开票日期,到期日,回款日期,金额,币种"
        text = f"{header}\n上海商贸,I1,2025-01-10,2025-02-10,,1,USD"
        wizard = self._import(
            file=base64.b64encode(text.encode("gbk")),
            create_customers=True,
            user=self.env.user,
        )
        self.assertFalse(wizard.question)
        self.assertEqual(self._get_rows().partner_id.name, "上海商贸")

    def test_no_customer_of_a_guess(self):
        # Each has only bytes that are common in Chinese.
        for name, encoding in (("ОООО", "cp1251"), ("서울전자", "euc_kr")):
            text = f"{HEADER}\n{name},I1,2025-01-10,2025-02-10,,1,USD"
            self._ask(
                file=base64.b64encode(text.encode(encoding)),
                create_customers=True,
                user=self.env.user,
            )

    def test_a_header_that_is_no_text_is_asked(self):
        wizard = self._ask("C1,I1,2025-01-10,2025-02-10,,1,USD", header="A\0B,C,D")
        self.assertEqual(wizard.column_ids.mapped("header"), ["A B", "C", "D"])
        self.assertEqual(wizard.import_next()["total"], 0)

    def test_ambiguous_dates_and_amounts_are_asked(self):
        wizard = self._ask("C1,I1,03/02/2025,03/04/2025,,1.500,USD")
        self.assertIn("03/02/2025 (2)", wizard.question)
        self.assertIn("1.500 (2)", wizard.question)
        wizard.write({"date_order": "dmy", "decimal_sign": ","})
        wizard.import_next()
        self.assertRecordValues(
            self._get_rows(), [{"due_date": date(2025, 4, 3), "amount": 1500}]
        )

    def test_wrong_order_of_dates_keeps_nothing(self):
        self._ask(
            "C1,I1,03/02/2025,03/04/2025,,1,USD",
            "C1,I2,31/01/2025,28/02/2025,,1,USD",
            date_order="mdy",
        )

    def test_own_columns_are_mapped_and_remembered(self):
        header = "Kunde;Nr;Datum;customer;paid;Betrag;currency".replace(";", ",")
        line = "C1,I1,2025-01-10,2025-02-10,,1,USD"
        wizard = self._ask(line, header=header)
        self.assertIn("invoice_ref, invoice_date, due_date, amount", wizard.question)
        self.assertEqual(wizard.column_ids[0].sample, "C1")
        own = ["customer_ref", "invoice_ref", "invoice_date", "due_date", "paid_date"]
        for column, name in zip(wizard.column_ids, own, strict=False):
            column.column = name
        wizard.column_ids[5].column = "amount"
        self.assertEqual(wizard.import_next(), {"done": 1, "total": 1})
        self.assertEqual(self._get_rows().due_date, date(2025, 2, 10))
        again = self._import(line, header=header)
        self.assertEqual(self._get_counts(again), (0, 0, 1, 0))
        # A name that was explained wrongly can be explained anew.
        again = self._create_import(line, header=header, choose_columns=True)
        self.assertEqual(again.import_next()["total"], 0)
        self.assertEqual(again.column_ids.mapped("column")[:5], own)
        again.column_ids[2].column, again.column_ids[3].column = "due_date", False
        self.assertEqual(again.import_next()["total"], 0)
        self.assertIn("first line of the file: invoice_date", again.question)

    def test_columns_are_those_of_the_own_import(self):
        wizard = self._ask("x", header="Kunde")
        other = self._create_user("other_controller", "group_credit_controller")
        with self.assertRaises(AccessError):
            wizard.column_ids.with_user(other).read(["sample"])

    def test_spreadsheet(self):
        book = openpyxl.Workbook()
        book.active.append(HEADER.split(","))
        book.active.append(
            ["C1", 17, date(2025, 1, 10), date(2025, 2, 10), "", 1.5, "USD"]
        )
        data = io.BytesIO()
        book.save(data)
        wizard = self._import(file=base64.b64encode(data.getvalue()))
        self.assertEqual(self._get_counts(wizard), (1, 0, 0, 0))
        self.assertRecordValues(
            self._get_rows(), [{"invoice_ref": "17", "amount": 1.5}]
        )

    def test_separator_named_in_the_first_line(self):
        self._import(
            HEADER.replace(",", ";"),
            "C1;I1;2025-01-10;2025-02-10;;1;USD",
            header="sep=;",
        )
        self.assertEqual(self._get_rows().amount, 1)

    @mute_logger("odoo.sql_db")
    def test_one_poison_line_is_refused_by_name(self):
        good = [f"C1,G{n},2025-01-10,2025-02-10,,1,USD" for n in range(6)]
        wizard = self._import(
            *good[:3],
            "C1,N\0,2025-01-10,2025-02-10,,1,USD",
            "C1,P1,2025-01-10,2025-02-10,,0.001,USD",
            f"C1,{'L' * 5000},2025-01-10,2025-02-10,,1,USD",
            *good[3:],
        )
        self.assertEqual(self._get_counts(wizard), (6, 0, 0, 3))
        reasons = [line.rpartition(",")[2] for line in self._get_rejected(wizard)]
        self.assertIn("invoice_ref holds a character that is no text", reasons[0])
        self.assertIn("0.001 is nothing in this currency", reasons[1])
        self.assertIn("invoice_ref is longer than 200 characters", reasons[2])

    @mute_logger("odoo.sql_db")
    def test_what_only_the_database_refuses_is_found(self):
        with patch.object(sheet, "_CONTROL", re.compile("never")):
            wizard = self._import(
                *[f"C1,G{n},2025-01-10,2025-02-10,,1,USD" for n in range(5)],
                "C1,N\0,2025-01-10,2025-02-10,,1,USD",
            )
        self.assertEqual(self._get_counts(wizard), (5, 0, 0, 1))
        self.assertIn("The database refuses the line", self._get_rejected(wizard)[0])

    def test_formulas_are_quoted_in_the_rejected_file(self):
        wizard = self._import("=cmd(),I1,2025-01-10,2025-02-10,,1,USD")
        self.assertTrue(self._get_rejected(wizard)[0].startswith("'=cmd(),"))

    def test_layout_of_the_file(self):
        wizard = self._import(
            "C1;I1;10/01/2025;10/02/2025;;1.250,75;USD",
            header=HEADER.replace(",", ";"),
            date_order="dmy",
            decimal_sign=",",
        )
        self.assertEqual(self._get_counts(wizard), (1, 0, 0, 0))
        self.assertEqual(self._get_rows().amount, 1250.75)

    def test_due_on_a_day_of_rest(self):
        # 8 February 2025 is a Saturday: due on Monday the 10th.
        self._import("C1,I1,2025-01-08,2025-02-08,2025-02-11,1,USD")
        self.assertEqual(self._get_rows().days_late, 1)

    def test_queries_do_not_grow_with_rows(self):
        counts = []
        for count in (2, 3, 60):
            lines = [f"C1,Q{n},2025-01-10,2025-02-10,,1,USD" for n in range(count)]
            before = self.env.cr.sql_log_count
            self._import(*lines)
            counts.append(self.env.cr.sql_log_count - before)
            self._get_rows().unlink()
        # The first import fills the caches of the registry.
        self.assertEqual(counts[1], counts[2])

    def test_result_opens_the_invoices(self):
        wizard = self._import("C1,I1,2025-01-10,2025-02-10,,1,USD")
        action = wizard.action_open_history()
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]), self._get_rows()
        )

    def _create_row(self, **values):
        return self.env["sale.collection.history"].create(
            {
                "partner_id": self.customer.id,
                "invoice_ref": "M1",
                "invoice_date": "2025-01-10",
                "due_date": "2025-02-10",
                "amount": 10,
                **values,
            }
        )

    def test_standard_import(self):
        self._create_rate(self.eur, "2025-01-01", 0.5, self.company)
        header = HEADER.split(",")
        header[:2] = ["partner_id", "invoice_ref"]
        header[-1] = "currency_id"
        result = (
            self.env["sale.collection.history"]
            .with_user(self.controller)
            .load(
                header,
                [["Ann", "S1", "2025-01-10", "2025-02-10", "2025-02-12", "10", "EUR"]],
            )
        )
        self.assertFalse(result["messages"])
        self.assertRecordValues(
            self._get_rows(),
            [{"amount_company": 20, "days_late": 2, "source": "Previous system"}],
        )

    @mute_logger("odoo.sql_db")
    def test_impossible_rows_are_refused_everywhere(self):
        self._create_row()
        for values in (
            {"invoice_ref": "M1"},
            {"invoice_ref": "M2", "due_date": "2025-01-09"},
            {"invoice_ref": "M2", "paid_date": "2025-01-09"},
            {"invoice_ref": "M2", "amount": 0},
            {"invoice_ref": "M2", "amount": 1e29},
            {"invoice_ref": "M" * 5000},
            {"invoice_ref": "M2", "invoice_date": "1889-01-10"},
        ):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self._create_row(**values)

    def test_days_ahead_are_refused_everywhere(self):
        row = self._create_row()
        today = self.company._collection_today()
        row.paid_date = today
        for values, message in (
            ({"paid_date": today + timedelta(1)}, "paid in the future"),
            ({"due_date": "2199-02-10"}, f"due after {today.year + 5}"),
        ):
            refused = self.assertRaisesRegex(ValidationError, message)
            with refused, self.env.cr.savepoint():
                self._create_row(invoice_ref="M2", **values)
            with refused, self.env.cr.savepoint():
                row.write(values)

    def test_amounts_that_are_no_numbers(self):
        row = self._create_row()
        for amount in (float("nan"), float("inf"), "nan"):
            with self.assertRaisesRegex(ValidationError, "no possible amount"):
                self._create_row(invoice_ref="M2", amount=amount)
            with self.assertRaisesRegex(ValidationError, "no possible amount"):
                row.write({"amount": amount})

    def test_edits_by_hand_touch_the_customers(self):
        row = self._create_row()
        with patch.object(type(self.env["sale.collection.queue"]), "_push") as push:
            row.partner_id = self.other
            row.unlink()
        touched = [call.args[1] for call in push.call_args_list]
        self.assertEqual(touched, [self.customer.ids, self.other.ids, self.other.ids])


@tagged("post_install", "-at_install")
class TestHistoryAccess(HistoryCase):
    def test_who_may_import(self):
        line = "C1,I1,2025-01-10,2025-02-10,,1,USD"
        self._import(line, user=self._create_user("manager", "group_manager"))
        reader = self._create_user("reader", "group_all_customers")
        self.assertEqual(self._get_rows().with_user(reader).amount, 1)
        with self.assertRaises(AccessError):
            self._import(line, user=reader)
        with self.assertRaises(AccessError):
            self._get_rows().with_user(reader).write({"amount": 2})

    def test_a_rep_sees_own_customers(self):
        self._import(
            "C1,I1,2025-01-10,2025-02-10,,1,USD", "C2,I2,2025-01-10,2025-02-10,,1,USD"
        )
        rep = self._create_user("rep", "group_user")
        rows = self.env["sale.collection.history"].with_user(rep)
        self.assertFalse(rows.search([]))
        self.customer.user_id = rep
        self.assertEqual(rows.search([]).invoice_ref, "I1")
        with self.assertRaises(AccessError):
            self._import("C1,I3,2025-01-10,2025-02-10,,1,USD", user=rep)

    def test_auditor_reads(self):
        self._import("C1,I1,2025-01-10,2025-02-10,,1,USD")
        auditor = new_test_user(
            self.env,
            login="auditor",
            groups="account.group_account_readonly",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        self.assertEqual(self._get_rows().with_user(auditor).amount, 1)

    def test_grade_now(self):
        paid = [
            f"C1,G{n},2025-{n:02}-03,2025-{n + 1:02}-03,2025-{n + 1:02}-04,10,USD"
            for n in range(1, 8)
        ]
        wizard = self._import(*paid)
        action = wizard.action_grade()
        profile = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(profile.partner_id, self.customer)
        self.assertEqual(profile.paid_count, 7)
        self.assertTrue(profile.grade_id)

    def test_billing_user_reads(self):
        self._import("C1,I1,2025-01-10,2025-02-10,,1,USD")
        accountant = new_test_user(
            self.env,
            login="accountant",
            groups="account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        self.assertEqual(self._get_rows().with_user(accountant).amount, 1)

    def test_companies_are_apart(self):
        self._import("C1,I1,2025-01-10,2025-02-10,,1,USD")
        stranger = self._create_company("Stranger")
        self.controller.company_ids |= stranger
        Row = self.env["sale.collection.history"].with_user(self.controller)
        there = Row.with_context(allowed_company_ids=stranger.ids)
        here = Row.with_context(allowed_company_ids=self.company.ids)
        domain = [("invoice_ref", "=", "I1")]
        self.assertFalse(there.search(domain))
        self.assertEqual(len(here.search(domain)), 1)

    def test_a_branch_imports_for_its_root(self):
        branch = self._create_company("Branch", parent_id=self.company.id)
        self.controller.write(
            {"company_ids": [(6, 0, branch.ids)], "company_id": branch.id}
        )
        wizard = self._import(
            "C1,I1,2025-01-10,2025-02-10,,1,USD",
            company=branch,
        )
        self.assertEqual(self._get_counts(wizard), (1, 0, 0, 0))
        self.assertEqual(self._get_rows().company_id, self.company)
