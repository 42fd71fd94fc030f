"""After any sequence of events commission equals one booked from scratch."""

from contextlib import suppress

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo import Command, fields
from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.tests import tagged

from .common import CommissionCommon

EVENTS = (
    "pay_part",
    "pay_all",
    "pay_with_write_off",
    "unmatch",
    "credit_part",
    "refund_in_cash",
    "write_off",
    "draft_invoice",
    "post_invoice",
    "cancel_invoice",
    "draft_payment",
    "post_payment",
    "cancel_payment",
    "bounce_payment",
    "book",
)


@tagged("post_install", "-at_install")
class TestCommissionProperty(CommissionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.setup_other_currency(
            "EUR", rates=[("2026-01-01", 0.5), ("2026-02-05", 1.0)]
        )
        cls.expense = cls.company_data["default_account_expense"]
        cls.plan.write(
            {
                "override_ids": [
                    Command.create({"user_id": cls.env.user.id, "percent": 1.5})
                ],
                "advance_percent": 40,
                "loss_percent": 3,
                "cap_amount": 90,
                "tier_ids": [
                    Command.create({"lower": 0, "percent": 1}),
                    Command.create({"lower": 800, "percent": 2}),
                ],
            }
        )
        cls.env["sale.collection.commission.share"].create(
            {
                "partner_id": cls.customer.id,
                "user_id": cls.other_rep.id,
                "percent": 33,
            }
        )

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(EVENTS),
                st.integers(0, 1),
                st.sampled_from([33.33, 100.05, 250.5]),
                st.integers(1, 28),
            ),
            min_size=2,
            max_size=7,
        )
    )
    @settings(
        max_examples=12,
        phases=(Phase.explicit, Phase.generate),
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def test_commission_equals_rebuild(self, events):
        # Every example starts from the same state.
        with suppress(ExampleDone), self.env.cr.savepoint():
            self.invoices = [
                self.sell(1000.01),
                self.sell(500, currency_id=self.euro.id),
            ]
            self.payments = []
            self.advance_all()
            for event, index, amount, day in events:
                self.happen(event, index, amount, f"2026-02-{day:02}")
                self.env.cr.flush()
            self.advance_all()
            self.assertEqual(self.booked(), self.rebuilt())
            raise ExampleDone

    def advance_all(self):
        self.book("2026-03-20")

    def happen(self, event, index, amount, day):
        """Let an event happen; what the accounting refuses has not happened."""
        refused = (UserError, ValidationError, RedirectWarning)
        with suppress(*refused), self.env.cr.savepoint():
            getattr(self, f"do_{event}")(self.invoices[index], amount, day)

    def booked(self):
        """Return what each earner has of each invoice by each kind, in cents.

        Advances and what was taken and given back of them together: an advance is
        only booked while nothing was paid. Tiers and caps likewise follow the sums.
        """
        self.env.cr.execute(
            """
            SELECT COALESCE(entry.move_ref, 0), entry.user_id,
                   ROUND(SUM(entry.amount), 2)
              FROM sale_collection_commission_entry entry
             WHERE entry.kind NOT IN ('tier', 'cap')
             GROUP BY 1, 2
            HAVING ROUND(SUM(entry.amount), 2) <> 0
             ORDER BY 1, 2
            """
        )
        return self.env.cr.fetchall()

    def rebuilt(self):
        with suppress(ExampleDone), self.env.cr.savepoint():
            self.env.cr.execute("DELETE FROM sale_collection_commission_entry")
            self.env.cr.execute("DELETE FROM sale_collection_commission_gap")
            self.advance_all()
            rows = self.booked()
            raise ExampleDone
        return rows

    # === EVENTS ===#

    def last_payment(self):
        payments = [payment for payment in self.payments if payment.exists()]
        return payments[-1] if payments else self.env["account.payment"]

    def do_pay_part(self, invoice, amount, day):
        self.payments += self.pay(invoice, amount, day)

    def do_pay_all(self, invoice, amount, day):
        self.payments += self.pay(invoice, date=day)

    def do_pay_with_write_off(self, invoice, amount, day):
        self.payments += self.pay(
            invoice,
            invoice.amount_residual - 7.77,
            day,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.expense.id,
        )

    def do_unmatch(self, invoice, amount, day):
        self.receivable_lines(invoice).remove_move_reconcile()

    def do_credit_part(self, invoice, amount, day):
        note = invoice._reverse_moves([{"invoice_date": day, "date": day}])
        note.invoice_line_ids.price_unit = amount
        note.action_post()
        self.match(invoice, note)

    def do_refund_in_cash(self, invoice, amount, day):
        note = self.sell(amount, date=day, due=day, move_type="out_refund")
        self.payments += self.pay(note, date=day)

    def do_write_off(self, invoice, amount, day):
        entry = self.create_entry(
            [(self.expense, amount), (self.receivable, -amount)], day
        )
        self.match(invoice, entry)

    def do_draft_invoice(self, invoice, amount, day):
        invoice.button_draft()

    def do_post_invoice(self, invoice, amount, day):
        invoice.action_post()

    def do_cancel_invoice(self, invoice, amount, day):
        invoice.button_draft()
        invoice.button_cancel()

    def do_draft_payment(self, invoice, amount, day):
        self.last_payment().action_draft()

    def do_post_payment(self, invoice, amount, day):
        self.last_payment().action_post()

    def do_cancel_payment(self, invoice, amount, day):
        self.last_payment().action_cancel()

    def do_bounce_payment(self, invoice, amount, day):
        payment = self.last_payment()
        self.env["sale.collection.bounce"]._bounce(payment, payment.date, "funds")

    def do_book(self, invoice, amount, day):
        self.book(fields.Date.to_date(day))


class ExampleDone(Exception):
    """Rolls an example back."""
