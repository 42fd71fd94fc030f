"""After any sequence of events, promises judged on the way equal a fresh judgement."""

from contextlib import suppress
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .test_promise import PromiseCommon

EVENTS = ("pay", "pay_both", "credit", "unmatch", "bounce", "rematch", "promise")
START = date(2026, 3, 2)
LAST_DAY = date(2026, 4, 30)


class ExampleDone(Exception):
    """Rolls an example back."""


@tagged("post_install", "-at_install")
class TestPromiseProperty(PromiseCommon):
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(EVENTS),
                st.integers(0, 1),
                st.sampled_from([50.0, 250.25, 1000.0]),
                st.integers(0, 6),
                st.booleans(),
            ),
            min_size=2,
            max_size=8,
        )
    )
    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def test_states_follow_from_the_ledger(self, events):
        with suppress(ExampleDone), self.env.cr.savepoint():
            self.invoices = [self.create_invoice(1000), self.create_invoice(600)]
            self.payments = []
            self.promise(900)
            day = START
            for event, index, amount, days, judged in events:
                day += timedelta(days)
                with freeze_time(f"{day} 09:00:00"):
                    self.happen(event, self.invoices[index], amount, day)
                    self.env.cr.flush()
                    if judged:
                        self.profile._judge_promises(day)
            with freeze_time(f"{LAST_DAY} 09:00:00"):
                self.profile._judge_promises(LAST_DAY)
                stored = self.read_judgement()
                self.assertEqual(stored, self.rebuild())
                self.assertOracle(stored)
            raise ExampleDone

    def happen(self, event, invoice, amount, day):
        """Let an event happen; what is refused has not happened."""
        with suppress(UserError, ValidationError), self.env.cr.savepoint():
            getattr(self, f"event_{event}")(invoice, amount, str(day))

    def read_judgement(self):
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT id, state, amount_received, ROUND(fulfilment::numeric, 6), days_late
              FROM sale_collection_promise
             WHERE partner_id = %s ORDER BY id
            """,
            [self.customer.id],
        )
        return {row[0]: row[1:] for row in self.env.cr.fetchall()}

    def rebuild(self):
        """Return the judgement of promises that have forgotten what they were."""
        with suppress(ExampleDone), self.env.cr.savepoint():
            self.env.cr.execute(
                """
                UPDATE sale_collection_promise
                   SET state = 'open', amount_received = 0, fulfilment = 0,
                       days_late = NULL
                 WHERE partner_id = %s AND state <> 'superseded'
                """,
                [self.customer.id],
            )
            self.env.invalidate_all()
            self.profile._judge_promises(LAST_DAY)
            rows = self.read_judgement()
            raise ExampleDone
        return rows

    def assertOracle(self, stored):
        """Assert states against sums counted one by one."""
        for promise in self.promises.browse(stored):
            if promise.state == "superseded":
                continue
            cash, spared = self.count_rows(promise)
            payable = sum(
                max(0.0, part.amount_open - spared.get(part.line_ref, 0.0))
                for part in promise.allocation_ids
            )
            target = min(promise.amount, payable)
            if target < 0.005:
                expected = "cancelled"
            elif cash > target - 0.005:
                expected = "kept"
            else:
                expected = "partial" if cash > 0.005 else "broken"
            self.assertEqual(promise.state, expected)

    def count_rows(self, promise):
        """Return cash in time, and {line: what was credited in time}."""
        deadline = promise.date + timedelta(promise.grace_days)
        parts = {part.line_ref: part for part in promise.allocation_ids}
        rows = self.receipts.sudo().search([("line_ref", "in", list(parts))])
        rows = rows.sorted("id")
        first, cash, spared = {}, 0.0, {}
        for row in rows:
            first.setdefault((row.line_ref, row.counterpart_ref), row)
            origin = first[row.line_ref, row.counterpart_ref]
            part = parts[row.line_ref]
            if origin.id <= part.receipt_mark or row.date > deadline:
                continue
            if row.kind == "cash":
                cash += row.amount
            else:
                spared[row.line_ref] = spared.get(row.line_ref, 0.0) + row.amount
        return cash, spared

    # === EVENTS ===#

    def event_pay(self, invoice, amount, day):
        self.payments.append(
            self.pay(invoice, min(amount, invoice.amount_residual), date=day)
        )

    def event_pay_both(self, invoice, amount, day):
        both = self.invoices[0] | self.invoices[1]
        self.payments.append(self.pay(both, amount, date=day))

    def event_credit(self, invoice, amount, day):
        note = self.create_invoice(amount, day, day, move_type="out_refund")
        self.match(invoice, note)

    def event_unmatch(self, invoice, amount, day):
        self.receivable_lines(invoice).remove_move_reconcile()

    def event_bounce(self, invoice, amount, day):
        if self.payments:
            payment = self.payments.pop()
            payment.action_draft()
            payment.action_cancel()

    def event_rematch(self, invoice, amount, day):
        if self.payments:
            self.match(invoice, self.payments[-1].move_id)

    def event_promise(self, invoice, amount, day):
        amount = min(amount, invoice.amount_residual)
        self.promise(amount, later(day, 5), invoice)


def later(day, days):
    return date.fromisoformat(day) + timedelta(days)
