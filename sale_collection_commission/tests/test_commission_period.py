from datetime import date

from odoo import Command
from odoo.tests import tagged

from .common import CommissionCommon


@tagged("post_install", "-at_install")
class TestCommissionPeriod(CommissionCommon):
    """Caps and tiers count by earner, period and versions of a plan."""

    def paid(self, amount, day, **values):
        invoice = self.sell(amount, date=day, due="2026-12-31", **values)
        self.pay(invoice, date=day)
        return invoice

    def test_a_version_keeps_the_cap(self):
        self.plan.cap_amount = 80
        self.plan._make_version(date(2026, 1, 15))
        self.paid(1000, "2026-01-10")
        self.paid(1000, "2026-01-20")
        self.assertEqual(sum(self.by_kind(today="2026-02-01").values()), 80.0)

    def test_a_version_goes_on_in_the_tiers(self):
        self.plan.rate_ids = [Command.clear()]
        self.plan.tier_ids = [
            Command.create({"lower": lower, "percent": percent})
            for lower, percent in ((0, 2), (1000, 8))
        ]
        self.plan._make_version(date(2026, 1, 15))
        self.paid(1000, "2026-01-10")
        self.paid(1000, "2026-01-20")
        self.assertEqual(self.by_kind(today="2026-02-01"), {"tier": 100.0})

    def test_a_cap_bounds_foreign_currency(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.8)])
        self.plan.cap_amount = 100
        invoice = self.sell(
            2000, date="2026-01-10", due="2026-12-31", currency_id=euro.id
        )
        self.pay(invoice, 2000, "2026-01-20", currency_id=euro.id)
        self.assertEqual(self.by_kind(), {"accrual": 200.0, "cap": -120.0})
        entries = self.entries.search([("user_id", "=", self.rep.id)])
        self.assertEqual(entries.currency_id, euro)
        self.assertEqual(sum(entries.mapped("amount_company")), 100.0)

    def test_a_cap_is_dated_by_the_money(self):
        self.plan.write({"cap_amount": 100, "period": "year"})
        self.paid(1500, "2026-01-30")
        self.assertEqual(
            self.by_kind(today="2026-02-02"), {"accrual": 150.0, "cap": -50.0}
        )
        cap = self.entries.search([("kind", "=", "cap")])
        self.assertEqual(str(cap.date), "2026-01-30")
        settlements = self.env["sale.collection.settlement"]
        january = settlements._prepare(self.rep, "2026-01-01", "2026-01-31")
        january.action_confirm()
        self.assertEqual(january.amount_payable, 100.0)
        self.paid(500, "2026-03-01")
        self.assertEqual(sum(self.by_kind(today="2026-03-02").values()), 100.0)
        # Money that comes later for an earlier day takes its place.
        self.paid(200, "2026-01-20")
        self.assertEqual(sum(self.by_kind(today="2026-03-03").values()), 100.0)


@tagged("post_install", "-at_install")
class TestCommissionMoney(CommissionCommon):
    """Down payments, fees, money of today and money that was not known as such."""

    def create_order(self, *amounts):
        self.product = self.env["product.product"].create(
            {"name": "Goods", "invoice_policy": "order", "taxes_id": False}
        )
        values = {"product_id": self.product.id, "tax_ids": False}
        order = (
            self.env["sale.order"]
            .sudo()
            .create(
                {
                    "partner_id": self.customer.id,
                    "user_id": self.rep.id,
                    "order_line": [
                        Command.create({**values, "price_unit": amount})
                        for amount in amounts
                    ],
                }
            )
        )
        order.action_confirm()
        return order

    def invoice(self, order, **values):
        wizard = (
            self.env["sale.advance.payment.inv"]
            .sudo()
            .create({"sale_order_ids": order.ids, **values})
        )
        move = wizard._create_invoices(order).sudo(False)
        move.write({"invoice_date": "2026-01-05", "invoice_date_due": "2026-12-31"})
        move.action_post()
        self.pay(move, date="2026-01-20")
        return move

    def test_down_payment_by_the_shares_of_order_lines(self):
        order = self.create_order(1500, 500)
        self.share(self.other_rep, 100, order_line_id=order.order_line[0].id)
        half = {"advance_payment_method": "percentage", "amount": 50}
        first = self.invoice(order, **half)
        self.assertEqual(self.earned(first, self.other_rep), [75.0])
        self.assertEqual(self.earned(first), [25.0])
        final = self.invoice(order, advance_payment_method="delivered")
        self.assertEqual(final.amount_total, 1000)
        self.assertEqual(sum(self.earned(final, self.other_rep)), 75.0)
        self.assertEqual(sum(self.earned(final)), 25.0)
        analysis = self.env["sale.collection.commission.report"]
        for move, product in (
            (first, self.env["product.product"]),
            (final, self.product),
        ):
            rows = analysis.search([("move_id", "=", move.id)])
            self.assertEqual(rows.product_id, product)
            self.assertEqual(sum(rows.mapped("amount")), 100.0)
            self.assertTrue(all(row.amount > 0 for row in rows))

    def test_down_payment_by_the_rates_and_an_agent(self):
        agent = self.env["res.partner"].create({"name": "Agent"})
        self.create_plan(10, agent_ids=agent.ids)
        order = self.create_order(800)
        share = {"agent_id": agent.id, "percent": 30}
        share["order_line_id"] = order.order_line.id
        self.env["sale.collection.commission.share"].create(share)
        half = {"advance_payment_method": "percentage", "amount": 50}
        move = self.invoice(order, **half)
        self.assertEqual(self.earned(move), [28.0])
        entry = self.entries.search([("agent_id", "=", agent.id)])
        self.assertEqual(entry.amount, 12.0)
        self.plan = self.create_plan(1, user_ids=self.rep.ids)
        order = self.create_order(800)
        self.plan.rate_ids = [
            Command.create({"percent": 5, "product_id": self.product.id, "sequence": 1})
        ]
        self.assertEqual(self.earned(self.invoice(order, **half)), [20.0])

    def test_the_base_of_a_manager_is_the_money(self):
        manager = self.other_rep.copy({"login": "boss", "name": "Boss"})
        self.plan.override_ids = [Command.create({"user_id": manager.id, "percent": 1})]
        self.share(self.other_rep, 50, partner_id=self.customer.id)
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-01-20")
        self.assertEqual(self.earned(invoice, manager), [10.0])
        entry = self.entries.search([("user_id", "=", manager.id)])
        self.assertEqual((entry.base_amount, entry.share), (1000.0, 1.0))

    def test_money_of_today_waits_for_the_night(self):
        invoice = self.sell(1000, due="2026-12-31")
        payment = self.pay(invoice, 600, "2026-01-20")
        self.env.cr.flush()
        [(_rep, text)] = invoice._explain_commission(date(2026, 1, 20))
        self.assertIn("Earned $\xa00.00 of $\xa0100.00", text)
        self.assertIn("$\xa060.00 waiting for tonight", text)
        self.book()
        [(_rep, text)] = invoice._explain_commission(date(2026, 1, 21))
        self.assertIn("Earned $\xa060.00 of $\xa0100.00, worth", text)
        self.receivable_lines(payment.move_id | invoice).remove_move_reconcile()
        self.env.cr.flush()
        [(_rep, text)] = invoice._explain_commission(date(2026, 1, 21))
        self.assertIn("$\xa0-\ufeff60.00 waiting", text)

    def test_money_dated_ahead_waits_for_its_day(self):
        invoice = self.sell(1000, due="2026-12-31")
        self.pay(invoice, date="2026-01-20")
        self.assertEqual(self.earned(invoice, today="2026-01-19"), [])
        [(_rep, text)] = invoice._explain_commission(date(2026, 1, 19)) or [("", "")]
        self.assertNotIn("waiting", text)
        self.assertEqual(self.earned(invoice, today="2026-01-20"), [100.0])

    def test_bank_fee_by_a_choice_of_the_company(self):
        fee = self.company_data["default_account_expense"]
        bank = self.bank_journal.default_account_id

        def transfer(day):
            invoice = self.sell(1000, due="2026-12-31")
            lines = [(bank, 990), (fee, 10), (self.receivable, -1000)]
            self.match(invoice, self.create_entry(lines, date=day))
            return invoice

        before = transfer("2026-01-20")
        self.assertEqual(self.earned(before), [99.0])
        self.company.collection_fee_account_ids = fee
        self.assertTrue(self.company.collection_fee_from)
        self.company.collection_fee_from = "2026-01-21"
        after = transfer("2026-01-22")
        self.assertEqual(self.earned(before), [99.0])
        self.assertEqual(sum(self.earned(after)), 100.0)

    def test_bank_fee_is_no_short_payment_where_its_account_is_named(self):
        fee = self.company_data["default_account_expense"]
        discount = fee.copy({"code": "620997", "name": "Discounts given"})
        bank = self.bank_journal.default_account_id
        profiles = self.env["sale.collection.profile"]
        for account in (fee, fee, discount):
            invoice = self.sell(1000, due="2026-12-31")
            lines = [(bank, 990), (account, 10), (self.receivable, -1000)]
            self.match(invoice, self.create_entry(lines, date="2026-01-20"))
        self.env.cr.flush()
        profiles._refresh(date(2026, 1, 21))
        profile = profiles._for(self.customer)
        self.assertEqual((profile.paid_count, profile.short_pay_share), (3, 1.0))
        self.company.collection_fee_account_ids = fee
        profiles._refresh(date(2026, 1, 22))
        self.assertEqual((profile.paid_count, profile.short_pay_share), (3, 0.3333))

    def test_an_outstanding_account_named_later_pays_nothing_again(self):
        account = self.env["account.account"].create(
            {
                "name": "Outstanding",
                "code": "101997",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        invoice = self.sell(1000, due="2026-12-31")
        entry = self.create_entry(
            [(account, 1000), (self.receivable, -1000)], date="2026-01-20"
        )
        self.match(invoice, entry)
        self.assertKinds(invoice, {"other": 1000.0})
        self.assertEqual(self.earned(invoice), [])
        methods = self.bank_journal.inbound_payment_method_line_ids
        methods.payment_account_id = account
        self.env["sale.collection.receipt"]._audit()
        self.assertKinds(invoice, {"cash": 1000.0})
        self.assertEqual(self.earned(invoice), [])
        gap = self.env["sale.collection.commission.gap"].search([])
        self.assertEqual((gap.reason, gap.amount), ("renamed", 1000.0))
        dialog = self.env["sale.collection.commission.recompute"].create(
            {"date_from": "2026-01-01"}
        )
        dialog.action_preview()
        dialog.action_apply()
        self.assertEqual(self.earned(invoice), [100.0])

    def test_standing_advances_are_not_looked_for_without_any(self):
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-01-20")
        self.book()
        advances = self.env["sale.collection.commission.advance"]
        with self.assertQueryCount(1):
            self.assertEqual(advances._collect_standing_advances(), [])
