"""The ledger never stops an accountant, and costs little."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import CollectionCommon

HOOKS = "odoo.addons.sale_collection.models.ledger.account_move_line"


@tagged("post_install", "-at_install")
class TestLedgerSafety(CollectionCommon):
    def queued(self, kind):
        return self.env["sale.collection.queue"].sudo().search([("kind", "=", kind)])

    def test_our_error_does_not_stop_the_payment(self):
        invoice = self.create_invoice(1000)
        self.env.cr.flush()
        lines = self.receivable_lines(invoice)
        receipts = self.env.registry["sale.collection.receipt"]
        with (
            mute_logger(HOOKS),
            patch.object(receipts, "_append", side_effect=ZeroDivisionError),
        ):
            self.pay(invoice)
            self.env.cr.flush()
        self.assertEqual(invoice.payment_state, "paid")
        self.assertFalse(self.rows_of(invoice))
        queued = self.queued("line")
        self.assertIn(lines.id, queued.mapped("ref"))
        self.env["sale.collection.queue"].sudo()._process(
            [(row.id, row.kind, row.ref, row.company_id.id) for row in queued]
        )
        self.assertKinds(invoice, {"cash": 1000.0})

    def test_a_bad_row_does_not_hold_up_the_queue(self):
        good, bad = self.create_invoice(10), self.create_invoice(20)
        self.pay(good | bad)
        self.env.cr.flush()
        self.env.cr.execute("DELETE FROM sale_collection_receipt")
        Queue = self.env["sale.collection.queue"].sudo()
        Queue.search([]).unlink()
        lines = self.receivable_lines(good | bad)
        Queue._push("line", lines.ids, self.company)
        bad_line = self.receivable_lines(bad)
        sync = type(self.receipts)._sync

        def fail_on_bad(receipts, lines):
            if bad_line in lines:
                raise ZeroDivisionError
            return sync(receipts, lines)

        receipts = self.env.registry["sale.collection.receipt"]
        queue_log = "odoo.addons.sale_collection.models.core.queue"
        with mute_logger(queue_log), patch.object(receipts, "_sync", fail_on_bad):
            rows = [
                (row.id, row.kind, row.ref, row.company_id.id)
                for row in self.queued("line")
            ]
            done = Queue._process(rows)
        self.assertEqual(
            Queue.browse(done).mapped("ref"), self.receivable_lines(good).ids
        )
        self.assertEqual(self.rows_of(good).amount, 10.0)
        self.assertFalse(self.rows_of(bad))

    def test_what_a_payment_waits_for(self):
        """The savepoint and its end, what was matched, lock, rows and the queue."""
        invoice = self.create_invoice(1000)
        self.env.cr.flush()
        self.pay(invoice)
        self.env.flush_all()
        with self.assertQueryCount(6):
            self.env["account.move.line"].sudo()._collection_mirror()
        self.assertKinds(invoice, {"cash": 1000.0})

    def test_rows_follow_the_debt_to_another_customer(self):
        """As merging customers leaves it, on all rows, those undone now included."""
        invoice = self.create_invoice(1000)
        payment = self.pay(invoice)
        self.env.cr.flush()
        heir = self.env["res.partner"].create({"name": "Heir"})
        lines = self.receivable_lines(invoice)
        self.env.cr.execute(
            "UPDATE account_move_line SET partner_id = %s WHERE id = %s",
            [heir.id, lines.id],
        )
        self.env.invalidate_all()
        payment.action_draft()
        self.env.cr.flush()
        self.env.cr.execute(
            "SELECT partner_id, amount FROM sale_collection_receipt"
            " WHERE line_ref = %s ORDER BY id",
            [lines.id],
        )
        self.assertEqual(self.env.cr.fetchall(), [(heir.id, 1000), (heir.id, -1000)])

    def test_work_of_a_branch_is_that_of_its_root(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        queue = self.env["sale.collection.queue"].sudo()
        queue.search([]).unlink()
        queue._push("partner", self.customer.ids, branch)
        row = queue.search([])
        self.assertEqual((row.ref, row.company_id), (self.customer.id, self.company))

    def test_work_of_another_session_waits(self):
        invoices = self.create_invoice(10) | self.create_invoice(20)
        self.env.cr.flush()
        Queue = self.env["sale.collection.queue"].sudo()
        Queue.search([]).unlink()
        Queue._push("line", self.receivable_lines(invoices).ids, self.company)
        rows = [
            (row.id, row.kind, row.ref, row.company_id.id)
            for row in self.queued("line")
        ]
        receipts = self.env.registry["sale.collection.receipt"]
        with patch.object(receipts, "_sync", side_effect=ConcurrencyError) as sync:
            self.assertEqual(Queue._process(rows), [])
        sync.assert_called_once()
        self.assertEqual(len(self.queued("line")), 2)

    def test_audit_finds_and_repairs(self):
        invoice, other = self.create_invoice(1000), self.create_invoice(300)
        self.pay(invoice)
        self.env.cr.flush()
        row = self.rows_of(invoice)
        self.env.cr.execute(
            "DELETE FROM sale_collection_receipt WHERE id = %s", [row.id]
        )
        self.env.cr.execute(
            """
            INSERT INTO sale_collection_receipt (
                company_id, line_ref, counterpart_ref, kind, date, booked_at, amount,
                amount_currency, currency_id, occurrence, move_ref)
            VALUES (%s, %s, 0, 'cash', '2026-02-01', '2026-02-01', 5, 5, %s, 1, %s)
            """,
            [
                self.company.id,
                self.receivable_lines(other).id,
                self.company.currency_id.id,
                other.id,
            ],
        )
        self.env.invalidate_all()
        found = self.receipts.sudo()._audit(repair=False)
        self.assertEqual(
            [(f["difference"], f["kind"], float(f["amount"])) for f in found],
            [("missing", "cash", 1000.0), ("surplus", "cash", 5.0)],
        )
        self.assertEqual(self.receipts.sudo()._audit(), found)
        self.assertKinds(invoice, {"cash": 1000.0})
        self.assertKinds(other, {})

    def test_nobody_edits_the_ledger(self):
        invoice = self.create_invoice(1000)
        self.pay(invoice)
        row = self.rows_of(invoice).sudo()
        for change in (
            lambda: row.write({"amount": 1}),
            lambda: row.unlink(),
            lambda: row.copy(),
            lambda: row.create({"amount": 1}),
        ):
            with self.assertRaisesRegex(UserError, "cannot be edited"):
                change()

    def test_build_books_history_when_it_was_matched(self):
        invoice = self.create_invoice(1000)
        self.pay(invoice)
        live = self.rows_of(invoice)
        identity = live.read(["line_ref", "counterpart_ref", "amount", "date", "kind"])
        matched_at = self.receivable_lines(invoice).matched_credit_ids.create_date
        self.env.cr.execute("DELETE FROM sale_collection_receipt")
        self.env.invalidate_all()
        self.receipts.sudo()._build()
        rebuilt = self.rows_of(invoice)
        self.assertEqual(
            rebuilt.read(["line_ref", "counterpart_ref", "amount", "date", "kind"]),
            [{**identity[0], "id": rebuilt.id}],
        )
        self.assertEqual(rebuilt.booked_at, fields.Datetime.to_datetime(matched_at))

    def test_sync_twice_changes_nothing(self):
        invoice = self.create_invoice(1000)
        self.pay(invoice)
        self.env.cr.flush()
        lines = self.receivable_lines(invoice)
        self.assertEqual(self.receipts.sudo()._sync(lines), 0)
        self.assertEqual(self.receipts.sudo()._sync(lines.browse()), 0)

    def test_branch_invoices_paid_in_the_root(self):
        self.company.write({"child_ids": [fields.Command.create({"name": "Branch"})]})
        branch = self.company.child_ids
        self.env.cr.precommit.run()  # loads the chart of accounts
        invoices = [
            self.create_invoice(100),
            self.create_invoice(200, company_id=branch.id),
        ]
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 300,
                "date": "2026-02-10",
                "journal_id": self.bank_journal.id,
            }
        )
        payment.action_post()
        self.match(*invoices, payment.move_id)
        self.assertKinds(invoices[0], {"cash": 100.0})
        self.assertKinds(invoices[1], {"cash": 200.0})
        self.assertEqual(self.rows_of(invoices[1]).company_id, branch)

    def test_queries_of_posting(self):
        """Beside core: few queries, the same for one instalment or many."""
        for term in (self.pay_terms_a, self.pay_terms_b):
            invoice = self.create_invoice(
                1000, due=None, invoice_payment_term_id=term.id, post=False
            )
            self.env.cr.flush()
            self.assertLessEqual(self.own_queries(invoice.action_post), 8)

    def test_queries_of_paying(self):
        counts = []
        for count in (1, 10):
            invoices = self.env["account.move"].union(
                *(self.create_invoice(100) for __ in range(count))
            )
            self.env.cr.flush()
            counts.append(self.own_queries(lambda: self.pay(invoices)))  # noqa: B023
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0], 8)

    def own_queries(self, action):
        """Count the queries the ledger's hook makes during an action."""
        Line = self.env.registry["account.move.line"]
        mirror = Line._collection_mirror
        counts = []

        def counted(lines):
            before = lines.env.cr.sql_log_count
            mirror(lines)
            counts.append(lines.env.cr.sql_log_count - before)

        with patch.object(Line, "_collection_mirror", counted):
            action()
            self.env.cr.flush()
        return sum(counts)
