"""On any past day, after any sequence of events, aging equals the general ledger."""

from collections import defaultdict
from contextlib import suppress
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ...models.core.open_line import open_spans_sql
from ...tools.aging import residual_as_of
from ..common import CollectionCommon

START = date(2026, 1, 1)
EVENTS = (
    "pay",
    "pay_part",
    "pay_ahead",
    "match",
    "unmatch",
    "credit",
    "entry",
    "draft_payment",
    "draft_invoice",
)
DAYS = st.integers(0, 200).map(lambda days: START + timedelta(days))


@tagged("post_install", "-at_install")
class TestAgingProperty(CollectionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.setup_other_currency(
            "EUR", rates=[("2026-01-01", 0.5), ("2026-03-05", 1.0), ("2026-05-15", 0.4)]
        )
        cls.schemes = cls.env["sale.collection.aging.scheme"].search([])

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(EVENTS),
                st.integers(0, 2),
                st.sampled_from([33.33, 250.5, 1000.0]),
                DAYS,
            ),
            min_size=2,
            max_size=8,
        ),
        st.lists(DAYS, min_size=3, max_size=5, unique=True),
    )
    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def test_aging_equals_ledger_on_any_day(self, events, days):
        # Every example starts from the same state.
        with suppress(ExampleDone), self.env.cr.savepoint():
            self.invoices = [
                self.create_invoice(1000, "2026-01-10", "2026-02-10"),
                self.create_invoice(900.01, "2026-02-20", "2026-05-20"),
                self.create_invoice(
                    500, "2026-03-01", "2026-03-31", currency_id=self.euro.id
                ),
            ]
            self.payments = []
            for event, index, amount, day in events:
                self.happen(event, self.invoices[index], amount, str(day))
            self.env.flush_all()
            for day in days:
                self.check_day(day)
            self.check_several(days)
            raise ExampleDone

    def check_day(self, day):
        expected = self.lines_by_hand(day)
        for scheme in self.schemes:
            aging = self.env["sale.collection.aging"].with_context(
                sale_collection_as_of=day, sale_collection_scheme=scheme.id
            )
            rows = aging.search([("company_id", "=", self.company.id)])
            found = {row.line_id.id: row.amount for row in rows if row.amount}
            self.assertEqual(found, expected, (day, scheme.name))
            groups = aging._read_group(
                [("company_id", "=", self.company.id)], ["band_id"], ["amount:sum"]
            )
            self.assertTrue(all(band for band, _amount in groups))
            self.assertAlmostEqual(
                sum(amount for _band, amount in groups), self.ledger(day), 2
            )

    def check_several(self, days):
        """Read at once, each of several days has the lines that were open on it."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT day, id, SUM(amount)
                  FROM (%s) span
                  JOIN UNNEST(%s) day ON day >= since AND day < until
                 GROUP BY day, id
                HAVING SUM(amount) <> 0
                """,
                open_spans_sql(self.company.ids, min(days), max(days)),
                days,
            )
        )
        found = defaultdict(dict)
        for day, line_id, residual in rows:
            found[day][line_id] = float(residual)
        for day in days:
            self.assertEqual(found[day], self.lines_by_hand(day), day)

    def lines_by_hand(self, day):
        """Return {line: what was open of it on a day}, from the entries themselves."""
        lines = self.env["account.move.line"].search(
            [
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("company_id", "=", self.company.id),
            ]
        )
        found = {}
        for line in lines:
            matches = [
                (max(line.date, other.date), sign * partial.amount)
                for partials, side, sign in (
                    (line.matched_credit_ids, "credit_move_id", 1),
                    (line.matched_debit_ids, "debit_move_id", -1),
                )
                for partial in partials
                for other in partial[side]
                if other.parent_state == "posted"
            ]
            amount = residual_as_of(line.date, line.balance, matches, day)
            if self.company.currency_id.round(amount):
                found[line.id] = self.company.currency_id.round(amount)
        return found

    def ledger(self, day):
        [(balance,)] = self.env["account.move.line"]._read_group(
            [
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("date", "<=", day),
                ("company_id", "=", self.company.id),
            ],
            [],
            ["balance:sum"],
        )
        return balance or 0.0

    # === EVENTS ===#

    def happen(self, event, invoice, amount, day):
        """Let an event happen; what the accounting refuses has not happened."""
        refused = (UserError, ValidationError, RedirectWarning)
        with suppress(*refused), self.env.cr.savepoint():
            getattr(self, f"happen_{event}")(invoice, amount, day)

    def happen_pay(self, invoice, _amount, day):
        self.payments += self.pay(invoice, date=day)

    def happen_pay_part(self, invoice, amount, day):
        self.payments += self.pay(invoice, amount, day)

    def happen_pay_ahead(self, invoice, amount, day):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": amount,
                "date": day,
                "journal_id": self.bank_journal.id,
            }
        )
        payment.action_post()
        self.payments += payment

    def happen_match(self, invoice, _amount, _day):
        self.match(invoice, *(payment.move_id for payment in self.payments[-1:]))

    def happen_unmatch(self, invoice, _amount, _day):
        self.receivable_lines(invoice).remove_move_reconcile()

    def happen_credit(self, invoice, amount, day):
        refund = self.create_invoice(amount, day, day, move_type="out_refund")
        self.match(invoice, refund)

    def happen_entry(self, _invoice, amount, day):
        self.create_entry([(self.receivable, -amount), (self.revenue, amount)], day)

    def happen_draft_payment(self, *_args):
        for payment in self.payments[-1:]:
            payment.action_draft()

    def happen_draft_invoice(self, invoice, *_args):
        invoice.button_draft()


class ExampleDone(Exception):
    """Ends an example and with it all it wrote."""
