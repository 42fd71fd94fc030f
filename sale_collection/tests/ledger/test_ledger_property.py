"""After any sequence of events the ledger equals one rebuilt from scratch."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.tests import tagged

from ..common import CollectionCommon

EVENTS = (
    "pay",
    "pay_part",
    "pay_together",
    "pay_with_write_off",
    "match_misc_entry",
    "unmatch",
    "credit",
    "refund_in_cash",
    "draft_invoice",
    "post_invoice",
    "cancel_invoice",
    "draft_payment",
    "post_payment",
    "redate_payment",
    "cancel_payment",
    "bounce_payment",
)


@tagged("post_install", "-at_install")
class TestLedgerProperty(CollectionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.setup_other_currency(
            "EUR", rates=[("2026-01-01", 0.5), ("2026-02-05", 1.0), ("2026-02-15", 0.4)]
        )
        cls.misc_account = cls.company_data["default_account_expense"]

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(EVENTS),
                st.integers(0, 2),
                st.sampled_from([33.33, 100.0, 250.5, 1000.0]),
                st.integers(1, 28),
            ),
            min_size=2,
            max_size=7,
        )
    )
    @settings(
        max_examples=30,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def test_ledger_equals_rebuild(self, events):
        # Every example starts from the same state.
        with suppress(ExampleDone), self.env.cr.savepoint():
            self.invoices = [
                self.create_invoice(1000),
                self.create_invoice(
                    900.01, due=None, invoice_payment_term_id=self.pay_terms_b.id
                ),
                self.create_invoice(500, currency_id=self.euro.id),
            ]
            self.payments = []
            for event, index, amount, day in events:
                self.happen(event, index, amount, f"2026-02-{day:02}")
                self.env.cr.flush()
            self.assertLedger()
            self.assertEqual(self.live_rows(), self.rebuilt_rows())
            raise ExampleDone

    def happen(self, event, index, amount, date):
        """Let an event happen; what the accounting refuses has not happened."""
        refused = (UserError, ValidationError, RedirectWarning)
        with suppress(*refused), self.env.cr.savepoint():
            getattr(self, event)(self.invoices[index], amount, date)

    def live_rows(self):
        self.env.cr.execute(
            """
            SELECT line_ref, counterpart_ref, kind, date, amount, amount_currency,
                   currency_id, days_late, due_date
              FROM sale_collection_receipt receipt
             WHERE reversal_of_id IS NULL
               AND NOT EXISTS (SELECT FROM sale_collection_receipt reversal
                                WHERE reversal.reversal_of_id = receipt.id)
             ORDER BY 1, 2, 3, 4, 5, 6
            """
        )
        return self.env.cr.fetchall()

    def rebuilt_rows(self):
        with suppress(ExampleDone), self.env.cr.savepoint():
            self.env.cr.execute("DELETE FROM sale_collection_receipt")
            self.receipts.sudo()._build()
            rows = self.live_rows()
            raise ExampleDone
        return rows

    # === EVENTS ===#
    # pylint: disable=missing-return,super-method-mismatch

    def last_payment(self):
        payments = [payment for payment in self.payments if payment.exists()]
        return payments[-1] if payments else self.env["account.payment"]

    def pay(self, invoice, amount, date):
        self.payments += super().pay(invoice, date=date)

    def pay_part(self, invoice, amount, date):
        self.payments += super().pay(invoice, amount, date)

    def pay_together(self, invoice, amount, date):
        self.payments += super().pay(
            self.invoices[0] | self.invoices[1], amount, date=date
        )

    def pay_with_write_off(self, invoice, amount, date):
        self.payments += super().pay(
            invoice,
            invoice.amount_residual - 7.77,
            date,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.misc_account.id,
        )

    def match_misc_entry(self, invoice, amount, date):
        bank = self.bank_journal.default_account_id
        entry = self.create_entry(
            [
                (bank, amount - 9.99),
                (self.misc_account, 9.99),
                (self.receivable, -amount),
            ],
            date,
        )
        self.match(*self.invoices, entry)

    def unmatch(self, invoice, amount, date):
        self.receivable_lines(invoice).remove_move_reconcile()

    def credit(self, invoice, amount, date):
        note = invoice._reverse_moves([{"invoice_date": date, "date": date}])
        note.invoice_line_ids.price_unit = amount
        note.action_post()
        self.match(invoice, note)

    def refund_in_cash(self, invoice, amount, date):
        note = self.create_invoice(amount, date, date, move_type="out_refund")
        self.payments += super().pay(note, date=date)

    def draft_invoice(self, invoice, amount, date):
        invoice.button_draft()

    def post_invoice(self, invoice, amount, date):
        invoice.write(
            {
                "invoice_line_ids": [
                    Command.update(invoice.invoice_line_ids.id, {"price_unit": amount})
                ]
            }
        )
        invoice.action_post()

    def cancel_invoice(self, invoice, amount, date):
        invoice.button_draft()
        invoice.button_cancel()

    def draft_payment(self, invoice, amount, date):
        self.last_payment().action_draft()

    def post_payment(self, invoice, amount, date):
        self.last_payment().action_post()

    def redate_payment(self, invoice, amount, date):
        payment = self.last_payment()
        payment.action_draft()
        payment.date = date
        payment.action_post()

    def cancel_payment(self, invoice, amount, date):
        self.last_payment().action_cancel()

    def bounce_payment(self, invoice, amount, date):
        payment = self.last_payment()
        self.env["sale.collection.bounce"]._bounce(payment, payment.date, "funds")


class ExampleDone(Exception):
    """Rolls an example back."""
