from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import CommissionCommon


@tagged("post_install", "-at_install")
class TestCommission(CommissionCommon):
    def test_factors_by_judged_days(self):
        self.plan.rate_ids.percent = 5
        # due on Saturday 31 January: effective due date is 2 February
        invoice = self.sell(1000)
        self.pay(invoice, 600, "2026-02-15")  # 13 late, judged 10
        self.pay(invoice, 400, "2026-03-17")  # 43 late, judged 40
        self.assertEqual(self.earned(invoice), [24.0, 10.0])

    def test_three_payments_and_one_undone(self):
        invoice = self.sell(30.15)
        payments = [
            self.pay(invoice, 10.05, date)
            for date in ("2026-01-20", "2026-01-21", "2026-01-22")
        ]
        self.assertEqual(self.earned(invoice), [1.01, 1.0, 1.01])
        payments[1].action_draft()
        amounts = self.earned(invoice)
        self.assertEqual(amounts[3:], [-1.0, -0.01])
        self.assertAlmostEqual(sum(amounts), 2.01)
        payments[1].action_post()
        self.assertAlmostEqual(sum(self.earned(invoice)), 3.02)

    def test_opening_balance_earns_on_all_of_it(self):
        # Its other side is of an entry, no goods sold.
        self.customer.user_id = self.rep
        goods = [(self.receivable, 700), (self.revenue, -700)]
        opening = self.create_entry(goods, date="2026-01-10")
        money = [(self.receivable, -700), (self.bank_journal.default_account_id, 700)]
        values = {"journal_id": self.bank_journal.id}
        paid = self.create_entry(money, date="2026-01-12", **values)
        self.match(opening, paid)
        self.assertEqual(self.earned(opening), [70.0])

    def test_batches_tell_the_planner_together(self):
        # Each is too small to be worth it.
        for _number in range(3):
            self.pay(self.sell(1000), date="2026-01-20")
        self.env.cr.flush()
        # What was known stays in the catalog, even of a test that was rolled back.
        self.env.cr.execute("ANALYZE sale_collection_commission_entry")
        room = "odoo.addons.sale_collection_commission.models.entry.commission_accrual"
        base = "odoo.addons.sale_collection.models.core.planner"
        with patch(f"{room}.INVOICE_BATCH", 1), patch(f"{base}.BULK", 2):
            self.assertEqual(self.entries._accrue(), 3)
        [[known]] = self.env.execute_query(
            SQL(
                "SELECT reltuples FROM pg_class WHERE relname = %s", self.entries._table
            )
        )
        self.assertEqual(known, self.entries.search_count([]))

    def test_accrual_twice_changes_nothing(self):
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-01-20")
        self.assertEqual(self.earned(invoice), [100.0])
        self.assertEqual(self.entries._accrue(), 0)

    def test_credit_note_earns_nothing(self):
        invoice = self.sell(1000)
        note = self.sell(200, move_type="out_refund")
        self.match(invoice, note)
        self.pay(invoice, date="2026-01-20")
        self.assertEqual(self.earned(invoice | note), [80.0])

    def test_refund_in_cash_takes_back(self):
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-01-20")
        note = self.sell(200, move_type="out_refund")
        self.pay(note, date="2026-01-20")
        self.assertEqual(self.earned(invoice), [100.0])
        self.assertEqual(self.earned(note), [-20.0])

    def test_lines_of_two_reps(self):
        invoice = self.sell(300, post=False)
        invoice.write(
            {
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Other goods",
                            "price_unit": 300,
                            "account_id": self.revenue.id,
                            "tax_ids": [],
                        }
                    )
                ]
            }
        )
        self.env["sale.collection.commission.share"].create(
            {
                "move_line_id": invoice.invoice_line_ids[1].id,
                "user_id": self.other_rep.id,
            }
        )
        invoice.action_post()
        self.pay(invoice, 200, "2026-01-20")
        self.assertEqual(self.earned(invoice), [10.0])
        self.assertEqual(self.earned(invoice, self.other_rep), [10.0])
        self.pay(invoice, 400, "2026-01-21")
        self.assertEqual(self.earned(invoice), [10.0, 20.0])
        self.assertEqual(self.earned(invoice, self.other_rep), [10.0, 20.0])

    def test_write_off_earns_nothing(self):
        invoice = self.sell(1000)
        self.pay(
            invoice,
            990,
            "2026-01-20",
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_expense"].id,
        )
        self.assertEqual(self.earned(invoice), [99.0])

    def test_tax_is_not_commissioned(self):
        tax = self.company_data["default_tax_sale"]
        tax.amount = 25
        invoice = self.sell(1000, post=False)
        invoice.invoice_line_ids.tax_ids = tax
        invoice.action_post()
        self.assertEqual(invoice.amount_total, 1250)
        self.pay(invoice, 625, "2026-01-20")
        self.assertEqual(self.earned(invoice), [50.0])

    def test_foreign_currency(self):
        euro = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 0.5), ("2026-01-15", 1.0)]
        )
        invoice = self.sell(100, currency_id=euro.id)
        self.pay(invoice, 100, "2026-01-20", currency_id=euro.id)
        self.assertEqual(self.earned(invoice), [10.0])
        entry = self.entries.search([("move_ref", "=", invoice.id)])
        self.assertEqual((entry.currency_id, entry.amount_company), (euro, 10.0))

    def test_rep_plan_goes_before_company_plan(self):
        self.create_plan(20, user_ids=[Command.set(self.rep.ids)])
        invoice, other = self.sell(100), self.sell(100, self.other_rep)
        self.pay(invoice | other, date="2026-01-20")
        self.assertEqual(self.earned(invoice), [20.0])
        self.assertEqual(self.earned(other, self.other_rep), [10.0])

    def test_rep_changed_later_keeps_history(self):
        invoice = self.sell(1000)
        self.pay(invoice, 400, "2026-01-20")
        self.assertEqual(self.earned(invoice), [40.0])
        invoice.invoice_user_id = self.other_rep
        self.pay(invoice, 600, "2026-01-21")
        self.assertEqual(self.earned(invoice), [40.0])
        self.assertEqual(self.earned(invoice, self.other_rep), [60.0])

    def test_no_plan_no_entry(self):
        self.plan.active = False
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-01-20")
        self.assertEqual(self.earned(invoice), [])
        self.plan.active = True
        self.assertEqual(self.earned(invoice), [100.0])

    def test_plans_of_one_level_clash(self):
        clash = self.assertRaisesRegex(ValidationError, "End one of them first")
        with clash, self.env.cr.savepoint():
            self.create_plan(date_from="2026-06-01")
        self.plan.date_to = "2026-05-31"
        self.create_plan(date_from="2026-06-01")

    def test_bad_input(self):
        with self.assertRaisesRegex(ValidationError, "start at the same day"):
            self.plan.factor_ids = [Command.create({"days_from": 1, "factor": 0.3})]

    def test_rows_written_by_themselves_are_checked_as_well(self):
        first, second = self.plan.factor_ids.sorted("days_from")[:2]
        bounds = first.days_from, second.days_from
        # Two rows may swap their bounds in one save.
        self.plan.factor_ids = [
            Command.update(first.id, {"days_from": bounds[1]}),
            Command.update(second.id, {"days_from": bounds[0]}),
        ]
        self.env.cr.flush()
        first.days_from = bounds[0]
        with self.assertRaisesRegex(ValidationError, "start at the same day"):
            self.env.cr.flush()

    def test_absurd_rows(self):
        rates = self.env["sale.collection.commission.rate"]
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            rates.create(
                {
                    "plan_id": self.plan.id,
                    "percent": 5,
                    "date_from": "2026-02-01",
                    "date_to": "2026-01-01",
                }
            )

    def test_no_number_is_no_bound(self):
        for name, field in (
            ("cap_amount", self.plan),
            ("factor", self.plan.factor_ids[:1]),
        ):
            with self.subTest(name=name), self.assertRaises(ValidationError):
                field.write({name: float("nan")})
        with self.assertRaises(ValidationError):
            self.plan.write(
                {"tier_ids": [Command.create({"lower": float("nan"), "percent": 1})]}
            )

    def test_entries_cannot_be_edited(self):
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-01-20")
        self.earned(invoice)
        entry = self.entries.search([("move_ref", "=", invoice.id)])
        for change in (lambda: entry.write({"amount": 1}), lambda: entry.unlink()):
            with self.assertRaisesRegex(UserError, "cannot be edited"):
                change()

    def test_a_rep_sees_only_his_own(self):
        mine, theirs = self.sell(100), self.sell(100, self.other_rep)
        self.pay(mine | theirs, date="2026-01-20")
        self.earned(mine | theirs)
        seen = self.entries.with_user(self.rep).sudo(False).search([])
        self.assertEqual(seen.user_id, self.rep)
        self.assertEqual(seen.mapped("amount"), [10.0])

    def test_shares_of_merged_customers_are_never_more_than_all(self):
        twin = self.env["res.partner"].create({"name": "Twin"})
        self.share(self.rep, 80, partner_id=self.customer.id)
        self.share(self.other_rep, 80, partner_id=twin.id)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | twin).ids, self.customer)
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-01-20")
        self.assertEqual(self.earned(invoice), [50.0])
        self.assertEqual(self.earned(invoice, self.other_rep), [50.0])

    def test_instalments_that_cancel_out_earn_nothing(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "50 at once",
                "line_ids": [
                    Command.create(
                        {"value": "fixed", "value_amount": 50, "nb_days": 0}
                    ),
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    ),
                ],
            }
        )
        invoice = self.sell(100, post=False)
        invoice.invoice_line_ids = [
            Command.create(
                {
                    "name": "Taken back",
                    "price_unit": -100,
                    "account_id": self.revenue.id,
                    "tax_ids": [],
                }
            )
        ]
        invoice.invoice_payment_term_id = term
        invoice.action_post()
        debit = self.receivable_lines(invoice).filtered(lambda line: line.balance > 0)
        entry = self.create_entry(
            [(self.bank_journal.default_account_id, 50), (self.receivable, -50)]
        )
        (debit + self.receivable_lines(entry)).reconcile()
        self.assertKinds(invoice, {"cash": 50.0})
        self.assertEqual(self.earned(invoice), [])

    def test_plan_of_the_root_pays_in_branches(self):
        self.company.write({"child_ids": [Command.create({"name": "Branch"})]})
        branch = self.company.child_ids
        self.env.cr.precommit.run()  # loads the chart of accounts
        invoice = self.sell(200, company_id=branch.id)
        self.pay(invoice, date="2026-01-20")
        self.assertEqual(self.earned(invoice), [20.0])
        branch_plan = self.create_plan(5, company_id=branch.id)
        invoice = self.sell(200, company_id=branch.id)
        self.pay(invoice, date="2026-01-20")
        self.assertEqual(self.earned(invoice), [10.0])
        self.assertEqual(
            self.entries.search([("move_ref", "=", invoice.id)]).plan_id, branch_plan
        )

    def test_cent_in_a_company_currency_without_cents(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        self.company.currency_id = yen
        dollar = self.setup_other_currency("USD", rates=[("2026-01-01", 1 / 180)])
        invoice = self.sell(30.15, currency_id=dollar.id)
        payments = [
            self.pay(invoice, 10.05, date, currency_id=dollar.id)
            for date in ("2026-01-20", "2026-01-21", "2026-01-22")
        ]
        self.earned(invoice)
        payments[1].action_draft()
        self.earned(invoice)
        cent = self.entries.search([("kind", "=", "rounding")])
        self.assertEqual(cent.amount, -0.01)
        self.assertEqual(cent.amount_company, -2.0)

    def test_margin_by_the_unit_of_the_product(self):
        self.plan.base = "margin"
        product = self.env["product.product"].create(
            {"name": "Bolt", "standard_price": 5}
        )
        invoice = self.sell(100, post=False)
        invoice.invoice_line_ids.write(
            {
                "product_id": product.id,
                "product_uom_id": self.env.ref("uom.product_uom_dozen").id,
                "quantity": 1,
                "price_unit": 100,
                "tax_ids": [Command.clear()],
            }
        )
        invoice.action_post()
        self.pay(invoice, date="2026-01-20")
        self.assertEqual(self.earned(invoice), [4.0])

    def test_a_share_of_the_salesperson_himself(self):
        self.share(self.rep, 40, partner_id=self.customer.id)
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-01-20")
        self.assertEqual(self.earned(invoice), [100.0])
        entry = self.entries.search([("move_ref", "=", invoice.id)])
        self.assertEqual((entry.base_amount, entry.share), (1000.0, 1.0))

    def test_credit_note_follows_the_shares_of_its_invoice(self):
        share = self.share(self.other_rep, 40, partner_id=self.customer.id)
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-01-20")
        share.percent = 10
        note = self.credit(invoice, "2026-01-25")
        self.pay(note, date="2026-01-25")
        self.assertEqual(self.earned(invoice, self.other_rep), [40.0])
        self.assertEqual(self.earned(note, self.other_rep), [-40.0])
        self.assertEqual(self.earned(note), [-60.0])

    def test_refunding_late_takes_back_what_was_earned(self):
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-02-15")  # judged 10 days late
        note = self.credit(invoice, "2026-02-16")
        self.pay(note, date="2026-08-01")
        self.assertEqual(self.earned(invoice), [80.0])
        self.assertEqual(self.earned(note), [-80.0])

    def test_our_error_does_not_stop_the_posting(self):
        self.share(self.other_rep, 40, partner_id=self.customer.id)
        claims = self.env.registry["sale.collection.commission.claim"]
        log = "odoo.addons.sale_collection_commission.models.entry.commission_claim"
        failing = patch.object(claims, "_read_shares", side_effect=ZeroDivisionError)
        with mute_logger(log), failing:
            invoice = self.sell(1000)
        self.assertEqual(invoice.state, "posted")
        self.assertEqual(invoice.amount_residual, 1000)
