from odoo import Command
from odoo.tests import tagged

from .common import CommissionCommon


@tagged("post_install", "-at_install")
class TestCommissionFixtures(CommissionCommon):
    """The fixtures of the formulas, each also un-reconciled and reconciled again."""

    def total(self, moves, rep=None):
        return round(sum(self.earned(moves, rep)), 2)

    def assertEarned(self, moves, amount, *others):
        """Assert what the rep, and each other (rep, amount), has of invoices.

        As things are, with nothing matched, and matched again.
        """
        earners = [(self.rep, amount), *others]
        for rep, expected in earners:
            self.assertEqual(self.total(moves, rep), expected)
        lines = self.receivable_lines(moves)
        partials = lines.matched_debit_ids | lines.matched_credit_ids
        exchange = partials.exchange_move_id.line_ids
        pairs = [part.debit_move_id | part.credit_move_id for part in partials]
        lines.remove_move_reconcile()
        for rep, __ in earners:
            self.assertEqual(self.total(moves, rep), 0)
        for pair in pairs:
            if not pair & exchange:
                pair.reconcile()
        for rep, expected in earners:
            self.assertEqual(self.total(moves, rep), expected)
        self.assertLedger()

    def add_line(self, invoice, amount, **values):
        line = {"name": "More", "price_unit": amount, "tax_ids": [], **values}
        line.setdefault("account_id", self.revenue.id)
        invoice.invoice_line_ids = [Command.create(line)]

    def test_lateness(self):
        self.plan.rate_ids.percent = 5
        invoice = self.sell(1000)
        self.pay(invoice, 600, "2026-02-15")
        self.pay(invoice, 400, "2026-03-17")
        self.assertEarned(invoice, 34.0)

    def test_grace(self):
        invoice = self.sell(1000)  # 32 late with grace 3 is judged 29
        self.pay(invoice, date="2026-03-06")
        self.assertEarned(invoice, 80.0)

    def test_three_payments(self):
        invoice = self.sell(30.15)
        for day in ("2026-01-20", "2026-01-21", "2026-01-22"):
            self.pay(invoice, 10.05, day)
        self.assertEarned(invoice, 3.02)

    def test_credit_note_before_the_payment(self):
        invoice = self.sell(1000)
        note = self.sell(200, move_type="out_refund")
        self.match(invoice, note)
        self.pay(invoice, date="2026-01-20")
        self.assertEarned(invoice, 80.0)

    def test_credit_note_after_the_payment_refunded_in_cash(self):
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-01-20")
        note = self.sell(200, move_type="out_refund")
        self.pay(note, date="2026-01-25")
        self.assertEarned(invoice, 100.0)
        self.assertEarned(note, -20.0)

    def test_refund_takes_back_what_was_earned(self):
        invoice = self.sell(1000)
        self.pay(invoice, 600, "2026-02-15")
        self.pay(invoice, 400, "2026-03-17")
        note = self.sell(
            1000,
            move_type="out_refund",
            reversed_entry_id=invoice.id,
            date="2026-03-18",
        )
        self.pay(note, date="2026-03-20")
        self.assertEarned(invoice, 68.0)
        self.assertEarned(note, -68.0)

    def test_two_reps(self):
        invoice = self.sell(300, post=False)
        self.add_line(invoice, 300)
        self.share(self.other_rep, 100, move_line_id=invoice.invoice_line_ids[1].id)
        invoice.action_post()
        self.pay(invoice, 200, "2026-01-20")
        self.assertEarned(invoice, 10.0, (self.other_rep, 10.0))
        self.pay(invoice, 400, "2026-01-21")
        self.assertEarned(invoice, 30.0, (self.other_rep, 30.0))

    def test_two_agents_on_different_lines(self):
        agents = self.env["res.partner"].create([{"name": "A"}, {"name": "B"}])
        self.create_plan(5, agent_ids=agents.ids)
        invoice = self.sell(300, post=False)
        self.add_line(invoice, 300)
        for line, agent in zip(invoice.invoice_line_ids, agents, strict=True):
            self.env["sale.collection.commission.share"].create(
                {"agent_id": agent.id, "percent": 60, "move_line_id": line.id}
            )
        invoice.action_post()
        self.pay(invoice, 200, "2026-01-20")
        self.assertEarned(invoice, 8.0)
        paid = self.entries._read_group(
            [("move_ref", "=", invoice.id), ("agent_id", "in", agents.ids)],
            ["agent_id"],
            ["amount:sum"],
        )
        self.assertEqual([round(amount, 2) for __, amount in paid], [3.0, 3.0])

    def test_three_lines(self):
        invoice = self.sell(100, post=False)
        self.add_line(invoice, 100)
        self.add_line(invoice, 100)
        invoice.action_post()
        self.pay(invoice, 250, "2026-01-20")
        self.assertEarned(invoice, 25.0)
        self.pay(invoice, 50, "2026-01-21")
        self.assertEqual(self.earned(invoice)[-1], 5.0)
        self.assertEarned(invoice, 30.0)

    def test_write_off_inside_the_payment(self):
        invoice = self.sell(1000)
        self.pay(
            invoice,
            990,
            "2026-01-20",
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_expense"].id,
        )
        self.assertEarned(invoice, 99.0)

    def test_early_payment_discount(self):
        term = self.create_discount_term()
        invoice = self.sell(1000, due=None, post=False)
        invoice.invoice_payment_term_id = term
        invoice.action_post()
        self.pay(invoice, date="2026-01-05")
        self.assertKinds(invoice, {"cash": 980.0, "discount": 20.0})
        self.assertEarned(invoice, 98.0)

    def test_three_instalments_in_three_currencies(self):
        rates = [("2026-01-01", 0.5), ("2026-02-01", 0.8), ("2026-03-01", 1.0)]
        euro = self.setup_other_currency("EUR", rates=rates)
        rates = [("2026-01-01", 150), ("2026-03-01", 180)]
        yen = self.setup_other_currency("JPY", rates=rates, rounding=1)
        for currency in (self.company.currency_id, euro, yen):
            with self.subTest(currency=currency.name):
                self.pay_three_instalments(currency)

    def pay_three_instalments(self, currency):
        term = self.env["account.payment.term"].create(
            {
                "name": "Thirds",
                "line_ids": [
                    Command.create(
                        {
                            "value": "percent",
                            "value_amount": share,
                            "nb_days": days,
                        }
                    )
                    for share, days in ((30, 10), (30, 40), (40, 70))
                ],
            }
        )
        invoice = self.sell(1000, due=None, post=False, currency_id=currency.id)
        invoice.invoice_payment_term_id = term
        invoice.action_post()
        days = ("2026-01-10", "2026-02-24", "2026-03-12")  # second judged late
        for day in days:
            self.pay(invoice, 250, day, currency_id=currency.id)
        self.pay(invoice, date="2026-03-13", currency_id=currency.id)
        # 250 in time; 50 due on 11 January and 200 on 10 February paid late
        rows = self.rows_of(invoice)
        company = self.company
        self.book()
        expected = sum(
            row.amount_currency
            * 0.1
            * self.get_factor(max(0, row.days_late - company.collection_grace_days))
            for row in rows
        )
        self.assertEqual(sum(rows.mapped("amount_currency")), 1000)
        self.assertEarned(invoice, currency.round(expected))
        entries = self.entries.search([("move_ref", "=", invoice.id)])
        self.assertEqual(entries.currency_id, currency)

    def get_factor(self, judged):
        return next(
            factor
            for days, factor in ((61, 0.0), (31, 0.5), (1, 0.8), (0, 1.0))
            if judged >= days
        )

    def test_down_payment_then_final_invoice(self):
        product = self.env["product.product"].create(
            {"name": "Goods", "invoice_policy": "order", "taxes_id": False}
        )
        order = (
            self.env["sale.order"]
            .sudo()
            .create(
                {
                    "partner_id": self.customer.id,
                    "user_id": self.rep.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "price_unit": 1000,
                                "tax_ids": False,
                            }
                        )
                    ],
                }
            )
        )
        order.action_confirm()
        dialog = self.env["sale.advance.payment.inv"].sudo()
        dialog = dialog.with_context(active_model="sale.order", active_ids=order.ids)
        dialog.create(
            {"advance_payment_method": "percentage", "amount": 30}
        ).create_invoices()
        first = order.invoice_ids
        self.post_on(first, "2026-01-01")
        self.pay(first, date="2026-01-20")
        self.assertEarned(first, 30.0)
        dialog.create({"advance_payment_method": "delivered"}).create_invoices()
        final = order.invoice_ids - first
        self.post_on(final, "2026-01-21")
        self.assertEqual(final.amount_total, 700)
        self.pay(final, 350, "2026-01-22")
        self.assertEarned(final, 35.0)
        self.pay(final, date="2026-01-23")
        self.assertEarned(first | final, 100.0)

    def post_on(self, invoice, day):
        invoice.write({"invoice_date": day, "invoice_date_due": "2026-01-31"})
        invoice.action_post()

    def test_bounced_after_it_was_settled(self):
        invoice = self.sell(1000)
        payment = self.pay(invoice, date="2026-01-10")
        self.book()
        settlements = self.env["sale.collection.settlement"]
        settlements._prepare(self.rep, "2026-01-01", "2026-01-31").action_confirm()
        self.env["sale.collection.bounce"]._bounce(payment, payment.date, "funds")
        self.assertEqual(self.earned(invoice), [100.0, -100.0])
        entries = self.entries.search([("move_ref", "=", invoice.id)], order="id")
        self.assertTrue(entries[0].settlement_id)
        self.assertFalse(entries[1].settlement_id)
        self.pay(invoice, date="2026-02-15")
        self.assertEqual(self.earned(invoice)[2:], [80.0])
