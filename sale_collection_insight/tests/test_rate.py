from datetime import date

from odoo import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.sale_collection.tests.common import CollectionCommon

from ..tools.rate import Cash, Due, due_rate, sales_rate

REP_ALONE = "sale_collection.group_user"
MEASURES = (
    *("due_amount:sum", "due_collected:sum", "due_rate:avg"),
    *("invoiced_amount:sum", "cash_amount:sum", "sales_rate:avg"),
)


class RateCommon(CollectionCommon):
    """October: 400 falls due, 300 of it came in by its end, 50 of that in September.

    100 of an older debt came in as well, and 500 was invoiced.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-11-15"))
        cls.rates = cls.env["sale.collection.rate"]
        cls.rep, cls.peer = cls.new_users("rate", rep=REP_ALONE, peer=REP_ALONE)
        cls.team = cls.env["crm.team"].sudo().create({"name": "North"})
        values = {"invoice_user_id": cls.rep.id, "team_id": cls.team.id}
        cls.due = cls.create_invoice(400, "2026-08-15", "2026-10-20", **values)
        cls.pay(cls.due, 50, date="2026-09-10")
        cls.pay(cls.due, 250, date="2026-10-31")
        old = cls.create_invoice(100, "2026-07-01", "2026-08-31", **values)
        cls.pay(old, date="2026-10-05")
        cls.create_invoice(500, "2026-10-08", "2026-11-30", **values)
        cls.env.cr.flush()


@tagged("post_install", "-at_install")
class TestRate(RateCommon):
    """Rates of collection divide sums, whatever they are grouped by."""

    def read_rates(self, groupby=("date:month",), domain=(), env=None):
        """Return {group values: measures} as a pivot shows them."""
        self.env.flush_all()
        rates = (env or self.env)["sale.collection.rate"]
        rows = rates._read_group(list(domain), list(groupby), list(MEASURES))
        keys = len(groupby)
        return {row[0] if keys == 1 else row[:keys]: row[keys:] for row in rows}

    def october(self, **options):
        return self.read_rates(**options)[date(2026, 10, 1)]

    def test_fixture(self):
        self.assertEqual(self.october(), (400, 300, 75.0, 500, 350, 70.0))

    def test_money_after_the_month_is_too_late_for_its_rate(self):
        self.pay(self.due, 60, date="2026-11-02")
        self.env.cr.flush()
        self.assertEqual(self.october()[:3], (400, 300, 75.0))
        self.assertEqual(self.read_rates()[date(2026, 11, 1)][4], 60)

    def test_money_undone_leaves_it(self):
        payment = self.pay(self.due, 40, date="2026-10-30")
        self.env.cr.flush()
        self.assertEqual(self.october()[1], 340)
        payment.action_draft()
        self.env.cr.flush()
        self.assertEqual(self.october(), (400, 300, 75.0, 500, 350, 70.0))

    def test_credit_note_takes_off_what_is_due_and_invoiced(self):
        note = self.create_invoice(
            100, "2026-10-25", None, move_type="out_refund", invoice_user_id=self.rep.id
        )
        self.match(self.due, note)
        self.env.cr.flush()
        self.assertEqual(self.october(), (300, 300, 100.0, 400, 350, 87.5))

    def test_write_off_is_no_money(self):
        self.pay(
            self.due,
            90,
            date="2026-10-30",
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_expense"].id,
        )
        self.env.cr.flush()
        self.assertEqual(self.october()[:2], (400, 390))

    def test_groups_divide_sums(self):
        other = self.env["res.partner"].create({"name": "Slow"})
        self.create_invoice(
            1600, "2026-08-01", "2026-10-10", other, invoice_user_id=self.peer.id
        )
        self.assertEqual(self.october()[:3], (2000, 300, 15.0))
        by_rep = self.read_rates(["user_id"], [("date", ">=", "2026-10-01")])
        self.assertEqual(by_rep[self.rep][2], 100 * 300 / 900)
        self.assertEqual(by_rep[self.peer][:3], (1600, 0, 0.0))
        by_team = self.read_rates(["team_id", "date:month"])
        self.assertEqual(by_team[self.team, date(2026, 10, 1)][2], 75.0)
        by_customer = self.read_rates(["partner_id", "date:month"])
        *known, unknown = by_customer[other, date(2026, 10, 1)]
        self.assertEqual(known, [1600, 0, 0, 0, 0])
        self.assertIs(unknown, False)
        [total] = self.rates._read_group([], [], ["due_rate:avg"])
        self.assertEqual(total[0], 100 * 300 / 2600)

    def test_web_reads_the_same(self):
        self.env.flush_all()
        groups = self.rates.formatted_read_group(
            [("date", ">=", "2026-10-01"), ("date", "<", "2026-11-01")],
            ["date:month"],
            ["due_rate:avg", "sales_rate:avg"],
        )
        [group] = groups
        self.assertEqual((group["due_rate:avg"], group["sales_rate:avg"]), (75, 70))
        lines = self.rates.search(group["__extra_domain"])
        self.assertEqual(sum(lines.mapped("due_collected")), 300)
        self.assertEqual(set(lines.mapped("due_rate")), {False})

    def test_same_as_python(self):
        """Random instalments and money: SQL and `tools.rate` say the same."""
        dues, money, invoiced = [], [], []
        for number in range(12):
            day = date(2026, 5 + number % 5, 3 + 2 * number)
            due = date(2026, 6 + number % 5, 28 - number)
            amount = 100.0 + 17 * number
            customer = self.env["res.partner"].create({"name": f"P{number}"})
            invoice = self.create_invoice(amount, day, due, customer)
            one = Due(due, amount)
            dues.append(one)
            invoiced.append((day, amount))
            for part, month in ((0.3, 6), (0.5, 6 + number % 5)):
                paid = date(2026, month, 12 + number)
                if paid <= date(2026, 11, 15):
                    self.pay(invoice, round(amount * part, 2), date=paid)
                    money.append(Cash(paid, round(amount * part, 2), one))
        self.env.cr.flush()
        domain = [("partner_id.name", "=like", "P%")]
        found = self.read_rates(domain=domain)
        self.assertGreater(len(found), 4)
        for month, values in found.items():
            with self.subTest(month=month):
                self.assertRate(values[2], due_rate(dues, money, month))
                self.assertRate(values[5], sales_rate(money, invoiced, month))

    def assertRate(self, found, wanted):
        if wanted is None:
            self.assertIs(found, False)
        else:
            self.assertAlmostEqual(found, wanted, 6)

    def test_invoice_in_another_currency_counts_in_that_of_the_company(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        invoice = self.create_invoice(
            800, "2026-10-01", "2026-10-15", currency_id=euro.id
        )
        self.pay(invoice, 200, date="2026-10-14", currency_id=euro.id)
        self.env.cr.flush()
        self.assertEqual(self.october(), (800, 400, 50.0, 900, 450, 50.0))

    def test_companies_of_two_currencies_have_no_common_rate(self):
        other = self.setup_other_company(name="Euro")["company"]
        other.currency_id = self.env.ref("base.EUR")
        self.env.ref("base.EUR").active = True
        journal = self.env["account.journal"].search(
            [("company_id", "=", other.id), ("type", "=", "sale")], limit=1
        )
        env = self.env(context={"allowed_company_ids": [self.company.id, other.id]})
        invoice = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "journal_id": journal.id,
                "partner_id": self.customer.id,
                "invoice_date": "2026-10-02",
                "invoice_date_due": "2026-10-12",
                "invoice_line_ids": [
                    Command.create({"name": "x", "price_unit": 70, "tax_ids": []})
                ],
            }
        )
        invoice.action_post()
        self.assertIs(self.october(env=env)[2], False)
        by_company = self.read_rates(["company_id", "date:month"], env=env)
        month = date(2026, 10, 1)
        self.assertEqual(by_company[self.company, month][2], 75.0)
        self.assertEqual(by_company[other, month][:3], (70, 0, 0.0))
        env = self.env(context={"allowed_company_ids": self.company.ids})
        self.assertEqual(self.october(env=env)[2], 75.0)

    def test_rep_sees_own_customers_only(self):
        other = self.env["res.partner"].create({"name": "Of the peer"})
        other.user_id = self.peer
        self.customer.user_id = self.rep
        self.create_invoice(
            900, "2026-08-01", "2026-10-10", other, invoice_user_id=self.peer.id
        )
        env = self.env(user=self.rep)
        self.assertEqual(self.october(env=env)[0], 400)
        self.assertEqual(self.october(env=self.env(user=self.peer))[0], 900)
        row = env["sale.collection.rate"].search([], limit=1)
        self.assertTrue(row.display_name)

    def test_queries_do_not_grow(self):
        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.read_rates(["user_id", "date:month"])
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        for number in range(4):
            self.create_invoice(70 + number, "2026-08-01", "2026-10-10")
        self.assertLessEqual(count(), few)
