from odoo import Command, fields
from odoo.tests import freeze_time, tagged

from ..common import CollectionCommon


@tagged("post_install", "-at_install")
class TestLedger(CollectionCommon):
    def test_payment_in_full(self):
        invoice = self.create_invoice(1000)
        payment = self.pay(invoice, date="2026-02-10")
        row = self.rows_of(invoice)
        self.assertRecordValues(
            row,
            [
                {
                    "kind": "cash",
                    "amount": 1000.0,
                    "amount_currency": 1000.0,
                    "currency_id": self.company.currency_id.id,
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "move_id": invoice.id,
                    "line_ref": self.receivable_lines(invoice).id,
                    "counterpart_ref": self.receivable_lines(payment.move_id).id,
                    "date": fields.Date.to_date("2026-02-10"),
                    # 31 January 2026 is a Saturday: due on Monday, 2 February
                    "due_date": fields.Date.to_date("2026-01-31"),
                    "days_late": 8,
                }
            ],
        )
        self.assertLedger()

    def test_write_off_of_a_tail(self):
        invoice = self.create_invoice(1000)
        self.pay(
            invoice,
            990,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_expense"].id,
        )
        self.assertKinds(invoice, {"cash": 990.0, "write_off": 10.0})

    def test_overpayment(self):
        invoice = self.create_invoice(1000)
        self.pay(invoice, 1005)
        self.assertKinds(invoice, {"cash": 1000.0})

    def test_early_payment_discount_on_one_of_two(self):
        term = self.create_discount_term()
        discounted = self.create_invoice(
            1000, "2026-01-01", None, invoice_payment_term_id=term.id
        )
        plain = self.create_invoice(500, "2026-01-01")
        payment = self.pay(discounted | plain, date="2026-01-05")
        self.assertEqual(payment.amount, 1480)
        self.assertKinds(discounted, {"cash": 980.0, "discount": 20.0})
        self.assertKinds(plain, {"cash": 500.0})

    def test_example_of_the_reconciliation(self):
        """The figures at the top of `models/ledger/reconciliation.py`."""
        term = self.create_discount_term()
        discounted = self.create_invoice(
            1000, "2026-01-01", None, invoice_payment_term_id=term.id
        )
        plain = self.create_invoice(500, "2026-01-01", "2026-02-28")
        entry = self.create_entry(
            [
                (self.bank_journal.default_account_id, 1475),
                (self.company_data["default_account_expense"], 25),
                (self.receivable, -1500),
            ],
            date="2026-01-05",
        )
        self.match(discounted, plain, entry)
        self.assertKinds(
            discounted, {"cash": 976.69, "discount": 20.0, "write_off": 3.31}
        )
        self.assertKinds(plain, {"cash": 498.31, "write_off": 1.69})

    def test_manual_bank_entry(self):
        invoice = self.create_invoice(1000)
        bank = self.bank_journal.default_account_id
        entry = self.create_entry([(bank, 300), (self.receivable, -300)])
        self.match(invoice, entry)
        self.assertKinds(invoice, {"cash": 300.0})

    def test_manual_bank_entry_reversed(self):
        """Money booked by hand and taken back is no new debt, and no money."""
        invoice = self.create_invoice(1000)
        bank = self.bank_journal.default_account_id
        entry = self.create_entry([(bank, 300), (self.receivable, -300)])
        self.match(invoice, entry)
        reversal = entry._reverse_moves([{"date": "2026-02-20"}], cancel=True)
        self.assertEqual(invoice.amount_residual, 1000)
        self.assertKinds(invoice, {})
        self.assertKinds(reversal, {})

    def test_misc_entry(self):
        invoice = self.create_invoice(1000)
        expense = self.company_data["default_account_expense"]
        self.match(
            invoice, self.create_entry([(expense, 100), (self.receivable, -100)])
        )
        other = self.env["account.account"].create(
            {"name": "Clearing", "code": "998877", "account_type": "liability_current"}
        )
        self.match(invoice, self.create_entry([(other, 50), (self.receivable, -50)]))
        self.assertKinds(invoice, {"write_off": 100.0, "other": 50.0})

    def _settle_by_hand(self, account):
        """Return an invoice of 1,000 settled by an entry on an account."""
        invoice = self.create_invoice(1000)
        entry = self.create_entry([(account, 1000), (self.receivable, -1000)])
        self.match(invoice, entry)
        return invoice

    def _get_unknown_money(self):
        settings = self.env["res.config.settings"].new({"company_id": self.company.id})
        return settings.collection_unknown_money

    def test_entry_on_the_outstanding_account_of_the_chart(self):
        """It is money, also when no payment method names the account."""
        methods = self.env["account.payment.method.line"].search([])
        methods.payment_account_id = False
        for side in ("debit", "credit"):
            name = (
                f"account.{self.company.id}_account_journal_payment_{side}_account_id"
            )
            invoice = self._settle_by_hand(self.env.ref(name))
            self.assertKinds(invoice, {"cash": 1000.0})
        self.assertFalse(self._get_unknown_money())

    def test_account_named_later_is_old_money(self):
        """Told differently, the money keeps its day and when it became known."""
        account = self.env["account.account"].create(
            {"name": "Drawer", "code": "998878", "account_type": "asset_current"}
        )
        with freeze_time("2026-02-11 09:00:00"):
            invoice = self._settle_by_hand(account)
            self.assertKinds(invoice, {"other": 1000.0})
            before = self.rows_of(invoice)
        self.assertIn("998878 Drawer: $\xa01,000.00", self._get_unknown_money())
        methods = self.bank_journal.inbound_payment_method_line_ids
        methods[0].payment_account_id = account
        with freeze_time("2026-03-11 09:00:00"):
            self.receipts.sudo()._audit()
            self.assertKinds(invoice, {"cash": 1000.0})
        after = self.rows_of(invoice)
        for name in ("date", "booked_at", "days_late", "amount"):
            self.assertEqual(after[name], before[name])
        self.assertFalse(self._get_unknown_money())

    def test_money_matched_anew_is_known_from_then(self):
        with freeze_time("2026-02-11 09:00:00"):
            invoice = self.create_invoice(1000)
            payment = self.pay(invoice)
            before = self.rows_of(invoice).booked_at
        with freeze_time("2026-03-11 09:00:00"):
            self.receivable_lines(invoice).remove_move_reconcile()
            self.rows_of(invoice)
            self.match(invoice, payment.move_id)
            self.assertGreater(self.rows_of(invoice).booked_at, before)

    def test_bank_line_with_other_income(self):
        invoice = self.create_invoice(600)
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": "2026-02-10",
                "payment_ref": "INV",
                "partner_id": self.customer.id,
                "amount": 1000,
            }
        )
        __, suspense, __ = line._seek_for_lines()
        line.move_id.with_context(
            skip_readonly_check=True, skip_account_move_synchronization=True
        ).write(
            {
                "line_ids": [
                    Command.update(
                        suspense.id, {"account_id": self.revenue.id, "balance": -400}
                    ),
                    Command.create(
                        {
                            "account_id": self.receivable.id,
                            "balance": -600,
                            "partner_id": self.customer.id,
                        }
                    ),
                ]
            }
        )
        self.match(invoice, line.move_id)
        self.assertKinds(invoice, {"cash": 600.0})
        line.action_undo_reconciliation()
        self.assertKinds(invoice, {})

    def test_credit_note_is_two_rows(self):
        invoice = self.create_invoice(1000)
        note = self.create_invoice(200, "2026-02-01", move_type="out_refund")
        self.match(invoice, note)
        self.pay(invoice)
        self.assertKinds(invoice, {"credit_note": 200.0, "cash": 800.0})
        self.assertKinds(note, {"credit_note": -200.0})

    def test_refund_in_cash(self):
        invoice = self.create_invoice(1000)
        self.pay(invoice)
        note = self.create_invoice(200, "2026-03-01", move_type="out_refund")
        self.pay(note, date="2026-03-02")
        self.assertKinds(invoice, {"cash": 1000.0})
        self.assertKinds(note, {"cash": -200.0})

    def test_exchange_gain(self):
        euro = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 1.0), ("2026-02-01", 0.5)]
        )
        invoice = self.create_invoice(100, currency_id=euro.id)
        self.pay(invoice, currency_id=euro.id, amount=100)
        self.assertKinds(invoice, {"cash": 100.0})
        self.assertEqual(self.rows_of(invoice).amount_currency, 100.0)

    def test_exchange_loss(self):
        euro = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 0.5), ("2026-02-01", 1.0)]
        )
        invoice = self.create_invoice(100, currency_id=euro.id)
        payment = self.pay(invoice, currency_id=euro.id, amount=100)
        self.assertKinds(invoice, {"cash": 100.0, "exchange": 100.0})
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertKinds(invoice, {})

    def test_instalments_paid_by_one_payment(self):
        invoice = self.create_invoice(
            1000, due=None, invoice_payment_term_id=self.pay_terms_b.id
        )
        first, second = self.receivable_lines(invoice)
        self.pay(invoice, 400)
        amounts = {row.line_ref: row.amount for row in self.rows_of(invoice)}
        self.assertEqual(amounts, {first.id: 300.0, second.id: 100.0})

    def test_opening_balance(self):
        equity = self.env["account.account"].create(
            {"name": "Opening", "code": "998878", "account_type": "equity"}
        )
        opening = self.create_entry([(self.receivable, 700), (equity, -700)])
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 700,
                "date": "2026-03-01",
                "journal_id": self.bank_journal.id,
            }
        )
        payment.action_post()
        self.match(opening, payment.move_id)
        self.assertKinds(opening, {"cash": 700.0})

    def test_payment_drafted_redated_and_posted_again(self):
        invoice = self.create_invoice(1000)
        payment = self.pay(invoice)
        self.assertKinds(invoice, {"cash": 1000.0})
        payment.action_draft()
        self.assertKinds(invoice, {})
        payment.date = "2026-02-20"
        payment.action_post()
        self.assertKinds(invoice, {"cash": 1000.0})
        row = self.rows_of(invoice)
        self.assertEqual(row.date, fields.Date.to_date("2026-02-20"))
        self.assertEqual(row.days_late, 18)

    def test_undone_and_matched_again_keeps_the_snapshot(self):
        invoice = self.create_invoice(1000)
        payment = self.pay(invoice)
        first = self.rows_of(invoice)
        invoice.invoice_user_id = False
        self.receivable_lines(invoice).remove_move_reconcile()
        self.assertKinds(invoice, {})
        self.receivable_lines(invoice).write({"date_maturity": "2026-03-31"})
        self.match(invoice, payment.move_id)
        again = self.rows_of(invoice)
        self.assertNotEqual(again, first)
        self.assertEqual(again.user_id, first.user_id)
        self.assertEqual(again.due_date, fields.Date.to_date("2026-01-31"))
        self.assertEqual(again.days_late, first.days_late)
        reversal = self.receipts.search([("reversal_of_id", "=", first.id)])
        self.assertRecordValues(
            reversal, [{"amount": -1000.0, "date": first.date, "kind": "cash"}]
        )

    def test_both_instalments_paid_then_term_changed(self):
        invoice = self.create_invoice(
            1000, due=None, invoice_payment_term_id=self.pay_terms_b.id
        )
        self.pay(invoice, 1000)
        self.assertKinds(invoice, {"cash": 1000.0})
        invoice.button_draft()
        self.assertKinds(invoice, {})
        invoice.invoice_payment_term_id = self.pay_terms_a
        invoice.action_post()
        self.assertLedger()

    def test_draft_and_delete_invoice(self):
        invoice = self.create_invoice(1000)
        self.pay(invoice)
        rows = self.rows_of(invoice)
        line_ref = rows.line_ref
        invoice.button_draft()
        invoice.with_context(force_delete=True).unlink()
        self.env.cr.flush()
        rows = self.receipts.search([("line_ref", "=", line_ref)])
        self.assertEqual(sum(rows.mapped("amount")), 0.0)
        self.assertFalse(rows.move_id)
        self.assertLedger()

    def test_draft_and_delete_payment(self):
        invoice = self.create_invoice(1000)
        payment = self.pay(invoice)
        payment.action_draft()
        payment.unlink()
        self.assertKinds(invoice, {})

    def test_cancelled_payment(self):
        invoice = self.create_invoice(1000)
        payment = self.pay(invoice)
        payment.action_cancel()
        self.assertKinds(invoice, {})

    def test_payment_without_entry_is_no_money_yet(self):
        """Where bank reconciliation is used a payment may have no entry: it counts
        once its bank line is matched."""
        invoice = self.create_invoice(1000)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 1000,
                "date": "2026-02-10",
                "journal_id": self.bank_journal.id,
                "invoice_ids": [Command.set(invoice.ids)],
            }
        )
        payment.outstanding_account_id = False
        payment.state = "in_process"
        self.assertFalse(payment.move_id)
        self.assertKinds(invoice, {})
        self.pay_with_statement_line(
            invoice, self.bank_journal.id, "2026-02-12", invoice.amount_total
        )
        self.assertKinds(invoice, {"cash": 1000.0})
        self.assertEqual(self.rows_of(invoice).date, fields.Date.to_date("2026-02-12"))

    def test_cent_of_a_divided_entry_goes_to_the_last(self):
        invoices = [self.create_invoice(33.33), self.create_invoice(33.33)]
        invoices.append(self.create_invoice(33.34))
        bank = self.bank_journal.default_account_id
        expense = self.company_data["default_account_expense"]
        entry = self.create_entry([(bank, 50), (expense, 50), (self.receivable, -100)])
        self.match(*invoices, entry)
        self.assertKinds(invoices[0], {"cash": 16.67, "write_off": 16.66})
        self.assertKinds(invoices[1], {"cash": 16.67, "write_off": 16.66})
        self.assertKinds(invoices[2], {"cash": 16.66, "write_off": 16.68})

    def test_draft_counterpart_counts_as_nothing(self):
        invoice = self.create_invoice(1000)
        payment = self.pay(invoice)
        payment.move_id.button_draft()
        self.assertEqual(invoice.payment_state, "paid")
        self.assertKinds(invoice, {})

    def test_two_companies(self):
        other = self.setup_other_company()["company"]
        mine = self.create_invoice(100)
        theirs = self.init_invoice(
            "out_invoice",
            self.customer,
            "2026-01-01",
            True,
            amounts=[200],
            company=other,
        )
        self.pay(mine)
        theirs = theirs.with_company(other)
        self.env["account.payment.register"].with_company(other).with_context(
            active_model="account.move", active_ids=theirs.ids
        ).create({"payment_date": "2026-02-10"})._create_payments()
        self.env.cr.flush()
        self.assertEqual(self.rows_of(theirs).company_id, other)
        visible = self.receipts.with_context(
            allowed_company_ids=self.company.ids
        ).search([("move_ref", "in", (mine + theirs).ids)])
        self.assertEqual(visible.mapped("amount"), [100.0])
