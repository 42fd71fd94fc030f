"""After any nights, what is stored of customers is what the ledger says that day."""

from contextlib import suppress
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from ...models.profile import behaviour
from ...models.profile.projection import PROJECTION
from .test_promise import PromiseCommon

EVENTS = (
    *("none", "none", "none", "invoice", "pay", "pay_ahead", "refund", "undo"),
    *("dispute", "end_dispute", "promise", "limit", "exclude"),
)
# From one night to the next: the same day again, a day later, past bounds of ages.
STEPS = (0, 1, 1, 1, 2, 7, 29, 30, 31, 61, 90)
START = date(2026, 3, 2)


class ExampleDone(Exception):
    """Rolls an example back."""


@tagged("post_install", "-at_install")
class TestNightProperty(PromiseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profiles = cls.env["sale.collection.profile"].sudo()
        cls.figures = cls.env["sale.collection.figures"].sudo()
        cls.other = cls.env["res.partner"].create({"name": "Other"})
        cls.reason = cls.env.ref("sale_collection.reason_price_difference")
        cls.debts = {
            customer: [cls.create_invoice(900, partner=customer) for _ in range(2)]
            for customer in (cls.customer, cls.other)
        }
        for customer, late in ((cls.customer, 5), (cls.other, 40)):
            paid = cls.create_invoice(333.33, "2025-11-01", "2025-12-01", customer)
            cls.pay(paid, date=date(2025, 12, 1) + timedelta(late))
        cls.created = {"receipt": 0, "history": 0}

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(STEPS),
                st.sampled_from(EVENTS),
                st.booleans(),
                st.sampled_from([0.01, 99.99, 300.0]),
            ),
            min_size=3,
            max_size=8,
        )
    )
    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def test_nights_equal_a_reading_of_everything(self, nights):
        self.patch(behaviour, "ROTATION", 10**9)  # nobody's turn
        self.pretend_only_new_rows_were_written()
        with suppress(ExampleDone), self.env.cr.savepoint():
            self.env.cr.flush()
            day = START
            self.assertNight(day)
            for step, event, is_other, amount in nights:
                self.mark_what_is_there()
                day += timedelta(step)
                customer = self.other if is_other else self.customer
                with freeze_time(f"{day} 09:00:00"):
                    self.happen(event, customer, amount, day)
                    self.env.cr.flush()
                    self.assertNight(day)
            raise ExampleDone

    def pretend_only_new_rows_were_written(self):
        """Tell by ids what PostgreSQL tells by transaction: a test has but one."""
        self.patch(
            self.env.registry["sale.collection.behaviour"],
            "_get_written_condition",
            lambda _self, table, _age: SQL(
                "%s > %s", SQL.identifier(table, "id"), self.created[table]
            ),
        )

    def mark_what_is_there(self):
        for table in self.created:
            model = self.env[f"sale.collection.{table}"].sudo()
            last = model.search([], order="id desc", limit=1)
            self.created[table] = last.id or 0

    def happen(self, event, customer, amount, day):
        """Let an event happen; what is refused has not happened."""
        with suppress(UserError, ValidationError), self.env.cr.savepoint():
            getattr(self, f"event_{event}")(customer, amount, day)

    def assertNight(self, day):
        self.profiles._refresh(day)
        self.assertEqual(self.profiles._refresh(day), 0, "nothing is left to write")
        stored = {
            row["partner_id"]: {name: row[name] for name in PROJECTION}
            for row in self.profiles._read_projection(self.company)
        }
        read = self.figures._collect_figures(self.company, day, list(stored))
        self.assertEqual(
            stored,
            {
                partner_id: {name: row[name] for name in PROJECTION}
                for partner_id, row in read.items()
            },
        )

    # === EVENTS ===#

    def event_none(self, customer, amount, day):
        """Every debt is older, that is all."""

    def event_invoice(self, customer, amount, day):
        due = day + timedelta(int(amount) % 40)
        self.debts[customer][0] = self.create_invoice(amount, day, due, customer)

    def event_pay(self, customer, amount, day):
        self.pay(self.debts[customer][0], amount, date=day)

    def event_pay_ahead(self, customer, amount, day):
        self.pay(self.debts[customer][1], amount, date=day + timedelta(2))

    def event_refund(self, customer, amount, day):
        self.create_invoice(amount, day, day, customer, move_type="out_refund")

    def event_undo(self, customer, amount, day):
        lines = self.receivable_lines(self.debts[customer][0])
        lines.remove_move_reconcile()

    def event_dispute(self, customer, amount, day):
        line = self.receivable_lines(self.debts[customer][1])
        self.env["sale.collection.dispute"].sudo().create(
            {
                "profile_id": self.profiles._for(customer).id,
                "reason_id": self.reason.id,
                "line_ids": [Command.create({"line_id": line.id, "amount": amount})],
            }
        )

    def event_end_dispute(self, customer, amount, day):
        disputes = self.env["sale.collection.dispute"].sudo()
        found = disputes.search([("partner_id", "=", customer.id)])[:1]
        found.write({"state": "accepted", "side_at_fault": "us"})
        # As the queue does: days at fault are those of paid instalments too.
        self.profiles._for(customer)._refresh(day)

    def event_promise(self, customer, amount, day):
        line = self.receivable_lines(self.debts[customer][0])
        self.promises.create(
            {
                "profile_id": self.profiles._for(customer).id,
                "amount": amount,
                "date": day + timedelta(3),
                "line_ids": line.ids,
            }
        ).action_open()

    def event_limit(self, customer, amount, day):
        profile = self.profiles._for(customer)
        profile.write({"credit_policy": "limit", "credit_limit": 10 * amount})
        profile.write(
            {"temporary_limit": amount, "temporary_limit_until": day + timedelta(1)}
        )

    def event_exclude(self, customer, amount, day):
        profile = self.profiles._for(customer)
        profile.write({"excluded": not profile.excluded, "excluded_reason": "Ours"})
