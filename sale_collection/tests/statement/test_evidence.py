import base64
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import REP, CollectionCommon
from ..evidence import EvidenceCase

LEDGER = "Statement and ledger/Ledger.csv"


@tagged("post_install", "-at_install")
class TestEvidence(EvidenceCase, CollectionCommon):
    """What proves a debt: which documents, whose, and what they say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.invoice = cls.create_invoice(1000, ref="=PO 7")
        cls.evidence = cls.env["sale.collection.evidence"]

    def attach(self, record, content, **values):
        return self.env["ir.attachment"].create(
            {
                "name": "signed.pdf",
                "raw": content,
                "res_model": record._name,
                "res_id": record.id,
                **values,
            }
        )

    def promise(self, **values):
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profile.id,
                "date": self.company._collection_today(),
                "amount": 400,
                "line_ids": [Command.set(self.receivable_lines(self.invoice).ids)],
                **values,
            }
        )
        promise.action_open()
        return promise

    # === LEDGER ===#

    def test_ledger_adds_up_to_the_books(self):
        self.pay(self.invoice, amount=300.1)
        self.create_invoice(50.25, "2026-03-01", "2026-03-31", move_type="out_refund")
        dollars = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        self.create_invoice(99.99, "2026-02-01", currency_id=dollars.id)
        self.create_entry([(self.receivable, 7), (self.revenue, -7)])
        self.create_invoice(5000, post=False)
        self.create_invoice(800, partner=self.partner_a)
        rows = self.read_rows(self.read_evidence(self.profile)[LEDGER])
        lines = self.env["account.move.line"].search(
            [
                ("partner_id", "=", self.customer.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ],
            order="date, id",
        )
        self.assertEqual(len(rows), 5)
        names = [row["Number"] for row in rows]
        self.assertEqual(names, lines.mapped("move_name"))
        self.assertEqual(rows[0]["Reference"], "'=PO 7")
        for head, name in (
            ("Debit", "debit"),
            ("Credit", "credit"),
            ("Open today", "collection_residual"),
        ):
            total = sum(float(row[head]) for row in rows)
            self.assertAlmostEqual(total, sum(lines.mapped(name)), 2)
        self.assertAlmostEqual(float(rows[-1]["Balance"]), sum(lines.mapped("balance")))
        self.profile._refresh()
        opened = sum(float(row["Open today"]) for row in rows)
        profile = self.profile
        self.assertAlmostEqual(opened, profile.amount_open - profile.amount_unapplied)
        [foreign] = [row for row in rows if row["Currency"] == "EUR"]
        self.assertEqual(foreign["Amount in Currency"], "99.99")
        self.assertEqual(foreign["Debit"], "50.00")

    def test_ledger_is_read_in_batches(self):
        for amount in (1, 2, 3, 4):
            self.create_invoice(amount)
        with patch("odoo.addons.sale_collection.models.statement.evidence.BATCH", 2):
            rows = self.read_rows(self.read_evidence(self.profile)[LEDGER])
        self.assertEqual([row["Balance"] for row in rows][-1], "1010.00")
        self.assertEqual(len(rows), 5)

    # === DOCUMENTS ===#

    def test_invoice_as_it_was_sent(self):
        path = f"Invoices/{self.invoice.name}.pdf"
        printed = self.read_evidence(self.profile)[path]
        self.assertIn(self.invoice.name, printed.decode())
        scan = self.attach(self.invoice, b"%PDF-1.4 scan", mimetype="application/pdf")
        self.invoice.message_main_attachment_id = scan
        self.assertEqual(self.read_evidence(self.profile)[path], b"%PDF-1.4 scan")
        self.invoice.invoice_pdf_report_file = base64.b64encode(b"%PDF-1.4 sent")
        self.assertEqual(self.read_evidence(self.profile)[path], b"%PDF-1.4 sent")

    def test_drafts_and_other_customers_stay_out(self):
        draft = self.create_invoice(50, post=False)
        other = self.create_invoice(60, partner=self.partner_a)
        refund = self.create_invoice(70, move_type="out_refund")
        found = self.read_evidence(self.profile)
        names = [path for path in found if path.startswith("Invoices/")]
        wanted = sorted(f"Invoices/{one.name}.pdf" for one in self.invoice + refund)
        self.assertEqual(sorted(names), wanted)
        self.assertNotIn(other.name, found[LEDGER].decode())
        self.assertEqual(draft.state, "draft")

    def test_promises_with_what_was_signed(self):
        promise = self.promise()
        self.attach(promise, b"signed")
        self.attach(promise, b"", name="link", type="url", url="https://example.com")
        found = self.read_evidence(self.profile)
        letter = found[f"Promises/{promise.name}.pdf"].decode()
        self.assertIn("agrees to pay", letter)
        self.assertEqual(found[f"Promises/{promise.name} signed.pdf"], b"signed")
        link = found[f"Promises/{promise.name} link"]
        self.assertIsInstance(link, UserError)
        self.assertIn("https://example.com", str(link))
        [row] = self.read_rows(found["Promises/Promises.csv"])
        self.assertEqual((row["Amount"], row["State"]), ("400.00", "Open"))

    def test_file_kept_in_the_database(self):
        self.env["ir.config_parameter"].set_param("ir_attachment.location", "db")
        promise = self.promise()
        file = self.attach(promise, b"in the database")
        self.assertFalse(file.store_fname)
        found = self.read_evidence(self.profile)
        path = f"Promises/{promise.name} signed.pdf"
        self.assertEqual(found[path], b"in the database")

    def test_talks_and_disputes(self):
        self.env["sale.collection.contact"].create(
            {
                "profile_id": self.profile.id,
                "result": "refused",
                "note": "Will not pay",
                "next_date": self.company._collection_today(),
            }
        )
        dispute = self.env["sale.collection.dispute"].create(
            {
                "profile_id": self.profile.id,
                "reason_id": self.env["sale.collection.reason"].search([], limit=1).id,
                "note": "Broken goods",
            }
        )
        self.attach(dispute, b"photo", name="photo.jpg")
        found = self.read_evidence(self.profile)
        [row] = self.read_rows(found["Follow-up log/Follow-up log.csv"])
        self.assertEqual((row["Result"], row["Note"]), ("Refused", "Will not pay"))
        self.assertEqual(row["By"], self.env.user.name)
        [row] = self.read_rows(found["Disputes/Disputes.csv"])
        self.assertEqual(row["What happened"], "Broken goods")
        self.assertEqual(found[f"Disputes/{dispute.display_name} photo.jpg"], b"photo")

    def test_no_table_without_rows(self):
        self.assertEqual(
            list(self.read_evidence(self.profile)),
            [
                f"Statement and ledger/{self.profile._get_statement_name()}.pdf",
                LEDGER,
                f"Invoices/{self.invoice.name}.pdf",
            ],
        )

    def test_a_kind_that_fails_is_named_and_the_others_go_on(self):
        def fail(*args):
            self.env.cr.execute("SELECT FROM sale_collection_nowhere")

        evidence = type(self.evidence)
        with (
            patch.object(evidence, "_read_promises", fail),
            patch("odoo.sql_db._logger.error"),
        ):
            found = self.read_evidence(self.profile)
        self.assertIn("sale_collection_nowhere", str(found["Promises/Promises"]))
        self.assertIn(LEDGER, found)

    # === ACCESS ===#

    def test_whose_customer_it_is(self):
        stranger = self.new_user("evidence stranger", REP)
        with self.assertRaises(AccessError):
            self.read_evidence(self.profile, stranger)
        other = self.setup_other_company(name="Other")["company"]
        elsewhere = self.env(context={"allowed_company_ids": other.ids})
        with self.assertRaises(AccessError):
            self.read_evidence(self.profile.with_env(elsewhere))

    def test_what_a_role_may_not_read_is_named(self):
        path = f"Invoices/{self.invoice.name}.pdf"
        collector, accountant = self.new_users(
            "evidence",
            collector="sale_collection.group_user",
            accountant="account.group_account_invoice",
        )
        self.profile.user_id = collector
        found = self.read_evidence(self.profile, collector)
        self.assertIsInstance(found[path], AccessError)
        [row] = self.read_rows(found[LEDGER])
        self.assertEqual(row["Debit"], "1000.00")
        self.assertIsInstance(self.read_evidence(self.profile, accountant)[path], bytes)

    def test_every_role_reads_every_kind(self):
        """What a role may read at all is read without an error besides invoices."""
        self.promise()
        for number, group in enumerate(
            (
                "sale_collection.group_user",
                "sale_collection.group_credit_controller",
                "account.group_account_readonly",
            )
        ):
            user = self.new_user(f"evidence role {number}", group)
            self.profile.user_id = user
            found = self.read_evidence(self.profile, user)
            errors = [
                path
                for path, content in found.items()
                if not isinstance(content, bytes)
            ]
            self.assertFalse([one for one in errors if "Invoices/" not in one], group)

    def test_companies_the_user_does_not_work_in_are_left_out(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.env.user.company_ids |= branch
        ids = [self.company.id, branch.id]
        invoices = self.env(su=True, context={"allowed_company_ids": ids})
        owed = self.invoice.with_env(invoices).copy({"company_id": branch.id})
        owed.action_post()
        self.assertEqual(owed.company_id, branch)
        for allowed, wanted in (
            ([self.company.id], self.invoice),
            ([branch.id], owed),
            ([self.company.id, branch.id], self.invoice + owed),
        ):
            env = self.env(context={"allowed_company_ids": allowed})
            found = self.read_evidence(self.profile.with_env(env))
            rows = self.read_rows(found[LEDGER])
            self.assertEqual(
                {row["Number"] for row in rows}, set(wanted.mapped("name"))
            )
            names = {path for path in found if path.startswith("Invoices/")}
            self.assertEqual(names, {f"Invoices/{one.name}.pdf" for one in wanted})

    # === SPEED ===#

    def test_queries_do_not_grow_with_files(self):
        promise = self.promise()
        self.attach(promise, b"one")

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.read_evidence(self.profile)
            return self.env.cr.sql_log_count - start

        self.read_evidence(self.profile)
        few = count()
        self.env["ir.attachment"].create(
            [
                {
                    "name": f"{number}.pdf",
                    "raw": b"more",
                    "res_model": promise._name,
                    "res_id": promise.id,
                }
                for number in range(30)
            ]
        )
        self.assertLessEqual(count(), few + 1)
