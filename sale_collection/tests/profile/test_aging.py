from datetime import date

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from ..common import CollectionCommon


@tagged("post_install", "-at_install")
class TestAging(CollectionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.days = cls.env.ref("sale_collection.aging_scheme_days")
        cls.years = cls.env.ref("sale_collection.aging_scheme_years")
        cls.invoice_days = cls.env.ref("sale_collection.aging_scheme_invoice_days")

    def aging(self, as_of, scheme=None):
        return self.env["sale.collection.aging"].with_context(
            sale_collection_as_of=as_of, sale_collection_scheme=(scheme or self.days).id
        )

    def total(self, as_of):
        [(total,)] = self.aging(as_of)._read_group([], [], ["amount:sum"])
        return total or 0.0

    def bands(self, as_of, scheme=None):
        groups = self.aging(as_of, scheme)._read_group([], ["band_id"], ["amount:sum"])
        return {band.display_name: amount for band, amount in groups}

    def ledger(self, as_of):
        [(balance,)] = self.env["account.move.line"]._read_group(
            [
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("date", "<=", as_of),
                ("company_id", "=", self.company.id),
            ],
            [],
            ["balance:sum"],
        )
        return balance

    def test_match_counts_from_its_later_side(self):
        payment = self.pay_in_advance(400, "2026-02-10")
        invoice = self.create_invoice(1000, "2026-04-10", "2026-05-10")
        self.match(payment, invoice)
        self.assertEqual(self.total("2026-03-31"), -400)
        self.assertEqual(self.total("2026-04-30"), 600)

    def test_total_before_later_collection(self):
        self.pay_in_advance(1000, "2026-02-10")
        invoices = self.env["account.move"].union(
            *(self.create_invoice(10000, "2026-03-05", "2026-04-05") for _ in range(5)),
            self.create_invoice(100000, "2026-04-05", "2026-05-05"),
        )
        self.pay(invoices, 49000, "2026-05-15")
        self.assertEqual(self.total("2026-04-30"), 149000)
        self.assertEqual(self.total("2026-05-31"), 100000)
        for day in ("2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"):
            self.assertEqual(self.total(day), self.ledger(day), day)

    def test_bands_from_due_date(self):
        self.create_invoice(50, "2026-04-01", "2026-04-30")
        self.create_invoice(40, "2026-03-01", "2026-04-29")
        self.create_invoice(30, "2026-02-01", "2026-03-30")
        self.create_invoice(10, "2025-12-01", "2026-01-29")
        self.pay_in_advance(5, "2026-04-02")
        self.assertEqual(
            self.bands("2026-04-30"),
            {
                "Not yet matched": -5,
                "Not due": 50,
                "1-30 days": 40,
                "31-60 days": 30,
                "Over 90 days": 10,
            },
        )

    def test_bands_from_invoice_date_and_years(self):
        self.create_invoice(50, "2026-04-01", "2026-06-30")
        self.create_invoice(40, "2022-01-01", "2022-01-31")
        self.assertEqual(
            self.bands("2026-04-30", self.invoice_days),
            {"0-30 days": 50, "Over 1 year": 40},
        )
        self.assertEqual(
            self.bands("2026-04-30", self.years), {"Not due": 50, "Over 3 years": 40}
        )

    def test_bounds_must_rise(self):
        for bounds in ("60, 30", "0, 30", "", "thirty"):
            with self.subTest(bounds=bounds), self.assertRaises(ValidationError):
                self.days.copy({"name": "Mine"}).bounds = bounds or " "

    def test_own_bounds(self):
        scheme = self.days.copy({"name": "Mine", "bounds": "15; 45"})
        self.create_invoice(50, "2026-04-01", "2026-04-10")
        self.assertEqual(self.bands("2026-04-30", scheme), {"16-45 days": 50})

    def test_foreign_currency_and_exchange_difference(self):
        currency = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 2.0), ("2026-03-01", 1.0)]
        )
        invoice = self.create_invoice(
            200, "2026-01-10", "2026-02-10", currency_id=currency.id
        )
        self.pay(invoice, 200, "2026-03-10", currency_id=currency.id)
        line = self.aging("2026-02-28").search([])
        self.assertEqual((line.amount, line.amount_currency), (100, 200))
        for day in ("2026-02-28", "2026-03-31", "2026-12-31"):
            self.assertEqual(self.total(day), self.ledger(day), day)
        self.assertFalse(self.aging("2026-12-31").search([]))

    def test_reset_payment_counts_as_nothing(self):
        invoice = self.create_invoice(100, "2026-01-10", "2026-02-10")
        payment = self.pay(invoice, 100, "2026-02-01")
        payment.action_draft()
        self.assertEqual(self.total("2026-02-28"), 100)

    def test_companies_side_by_side(self):
        other = self.setup_other_company()["company"]
        self.env.user.company_ids += other
        self.create_invoice(100, "2026-01-10", "2026-02-10")
        both = self.aging("2026-02-28").with_context(
            allowed_company_ids=[self.company.id, other.id]
        )
        self.assertEqual(both.search([]).company_id, self.company)
        only = both.with_context(allowed_company_ids=[other.id])
        self.assertFalse(only.search([]))

    @freeze_time("2026-04-30")
    def test_dialog_opens_today_by_company_scheme(self):
        self.company.collection_aging_scheme_id = self.years
        dialog = self.env["sale.collection.aging.open"].create({})
        action = dialog.action_open()
        self.assertEqual(dialog.as_of, date(2026, 4, 30))
        self.assertEqual(action["context"]["sale_collection_scheme"], self.years.id)

    def test_queries_do_not_grow(self):
        def read(count):
            for number in range(count):
                partner = self.env["res.partner"].create({"name": f"C {number}"})
                self.create_invoice(10, "2026-01-10", "2026-02-10", partner=partner)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            self.aging("2026-02-28").formatted_read_group(
                [], ["partner_id", "band_id"], ["amount:sum"]
            )
            return self.cr.sql_log_count - start

        read(1)
        few = read(1)
        self.assertLessEqual(read(10), few)

    def pay_in_advance(self, amount, day):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": amount,
                "date": day,
                "journal_id": self.bank_journal.id,
            }
        )
        payment.action_post()
        return payment.move_id
