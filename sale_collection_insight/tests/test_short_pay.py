from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.sale_collection.tests.common import CollectionCommon


@tagged("post_install", "-at_install")
class TestShortPay(CollectionCommon):
    """How many paid instalments were paid short, by the month of the last money."""

    def pay_short(self, amount, rest, day, **values):
        invoice = self.create_invoice(amount, "2026-01-01", "2026-01-31", **values)
        self.pay(
            invoice,
            amount - rest,
            day,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_expense"].id,
        )
        return invoice

    def rows(self, user=None):
        self.env.cr.flush()
        self.env.invalidate_all()
        rows = self.env["sale.collection.short.pay"].with_user(user or self.env.user)
        return rows.search([("company_id", "=", self.company.id)], order="id")

    def test_share_and_amount_by_month(self):
        short = self.pay_short(1000, 10, "2026-02-10")
        whole = self.create_invoice(500, "2026-01-01", "2026-01-31")
        self.pay(whole, 200, "2026-01-20")
        self.pay(whole, date="2026-02-20")
        self.pay(self.create_invoice(300, "2026-01-01", "2026-01-31"), 290)
        late = self.pay_short(800, 4, "2026-03-05")
        rows = self.rows()
        self.assertEqual(rows.move_id, short | whole | late)
        self.assertRecordValues(
            rows,
            [
                {"date": date(2026, 2, 10), "amount": 1000, "given_up": 10},
                {"date": date(2026, 2, 20), "amount": 500, "given_up": 0},
                {"date": date(2026, 3, 5), "amount": 800, "given_up": 4},
            ],
        )
        found = rows._read_group(
            [("id", "in", rows.ids)],
            ["date:month"],
            ["short_share:avg", "given_up:sum"],
        )
        self.assertEqual(
            found, [(date(2026, 2, 1), 50, 10), (date(2026, 3, 1), 100, 4)]
        )
        [profile] = self.env["sale.collection.profile"]._for(self.customer)
        self.env["sale.collection.profile"].sudo()._refresh_touched(self.customer)
        self.assertAlmostEqual(profile.short_pay_share, 2 / 3, 4)
        [[share]] = rows._read_group([("id", "in", rows.ids)], [], ["short_share:avg"])
        self.assertAlmostEqual(float(share), 200 / 3, 4)

    def test_undone_payment_is_none(self):
        short = self.pay_short(1000, 10, "2026-02-10")
        self.assertTrue(self.rows())
        self.env["account.payment"].search(
            [("partner_id", "=", self.customer.id)]
        ).action_draft()
        self.assertFalse(self.rows())
        self.assertTrue(short.amount_residual)

    def test_foreign_invoice_paid_at_another_rate(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.5)])
        invoice = self.create_invoice(100, currency_id=euro.id)
        self.env["res.currency.rate"].create(
            {"name": "2026-02-01", "rate": 0.4, "currency_id": euro.id}
        )
        self.pay(invoice, currency_id=euro.id)
        [row] = self.rows()
        self.assertEqual((row.amount, row.is_short), (200, False))

    def test_readers(self):
        self.pay_short(1000, 10, "2026-02-10")
        reader = self.new_user("short all", "sale_collection.group_all_customers")
        self.assertEqual(len(self.rows(reader)), 1)
        with self.assertRaises(AccessError):
            self.rows(self.new_user("short bare", "sale_collection.group_user"))
