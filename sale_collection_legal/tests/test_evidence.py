import csv
import hashlib
import io
import time
import tracemalloc
import zipfile
from pathlib import Path

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.sale_collection.tests.common import CollectionCommon

NOTE = "The evidence file was downloaded."


class EvidenceFileCommon(CollectionCommon):
    """A customer who owes, and a promise with papers attached."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.invoice = cls.create_invoice(1000)
        cls.promise = cls.env["sale.collection.promise"].create(
            {
                "profile_id": cls.profile.id,
                "date": cls.company._collection_today(),
                "amount": 400,
            }
        )
        cls.promise.action_open()

    @classmethod
    def attach(cls, *files, record=None):
        """Attach files, pairs of name and content, to the promise or another record."""
        record = record or cls.promise
        return cls.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "raw": content,
                    "res_model": record._name,
                    "res_id": record.id,
                }
                for name, content in files
            ]
        )

    def stream(self):
        return self.env["sale.collection.evidence"]._stream(self.profile)

    def unpack(self, data):
        """Return a zip, and the rows of its list of contents by file."""
        archive = zipfile.ZipFile(io.BytesIO(data))
        self.assertIsNone(archive.testzip())
        text = archive.read("contents.csv").decode("utf-8-sig")
        return archive, {row["File"]: row for row in csv.DictReader(io.StringIO(text))}


@tagged("post_install", "-at_install")
class TestEvidenceFile(EvidenceFileCommon):
    """One zip of all evidence: what is in it, what is not, and how it is written."""

    def test_list_names_everything_with_its_digest(self):
        self.attach(("../signed: yes?.pdf", b"signed"))
        archive, rows = self.unpack(b"".join(self.stream()))
        self.assertEqual(archive.namelist(), [*rows, "contents.csv"])
        for path, row in rows.items():
            content = archive.read(path)
            self.assertEqual(row["Size in bytes"], str(len(content)))
            self.assertEqual(row["SHA-256"], hashlib.sha256(content).hexdigest())
            self.assertFalse(row["Missing because"])
        prefix = self.promise.name.replace("/", "_")
        signed = f"Promises/{prefix} .._signed_ yes_.pdf"
        self.assertEqual(archive.read(signed), b"signed")

    def test_final_demands_and_what_came_back(self):
        handover = self.env["sale.collection.handover"].create(
            {
                "profile_id": self.profile.id,
                "line_ids": [
                    Command.create({"line_id": self.receivable_lines(self.invoice).id})
                ],
            }
        )
        _archive, rows = self.unpack(b"".join(self.stream()))
        self.assertFalse([path for path in rows if path.startswith("Final demands")])
        handover.action_demand()
        kept = f"Final demand {handover.demand_date}.pdf"
        self.attach((kept, b""), ("answer.pdf", b"answer"), record=handover)
        archive, rows = self.unpack(b"".join(self.stream()))
        name = f"Final demands/Final demand {handover.demand_date}"
        found = [path for path in rows if path.startswith("Final demands")]
        self.assertEqual(found, [f"{name}.pdf", f"{name} answer.pdf"])
        self.assertIn(self.invoice.name.encode(), archive.read(f"{name}.pdf"))
        self.assertEqual(archive.read(f"{name} answer.pdf"), b"answer")

    def test_a_lost_file_is_named_and_the_rest_is_there(self):
        lost, kept = self.attach(("lost.pdf", b"lost"), ("kept.pdf", b"kept"))
        Path(lost._full_path(lost.store_fname)).unlink()
        self.attach(("link", b"")).write({"type": "url", "url": "https://example.com"})
        with mute_logger("odoo.addons.sale_collection_legal.models.evidence"):
            archive, rows = self.unpack(b"".join(self.stream()))
        prefix = f"Promises/{self.promise.name.replace('/', '_')}"
        row = rows[f"{prefix} lost.pdf"]
        self.assertEqual(row["Missing because"], "The stored file cannot be read.")
        self.assertEqual((row["Size in bytes"], row["SHA-256"]), ("", ""))
        self.assertIn("https://example.com", rows[f"{prefix} link"]["Missing because"])
        self.assertNotIn(f"{prefix} lost.pdf", archive.namelist())
        self.assertEqual(archive.read(f"{prefix} kept.pdf"), b"kept")
        self.assertTrue(kept)

    def test_an_error_of_the_database_loses_one_document(self):
        def read(*args):
            self.env.cr.execute("SELECT FROM sale_collection_nowhere")

        self.patch(type(self.env["sale.collection.evidence"]), "_print_invoice", read)
        with mute_logger(
            "odoo.sql_db", "odoo.addons.sale_collection_legal.models.evidence"
        ):
            _archive, rows = self.unpack(b"".join(self.stream()))
        broken = [path for path, row in rows.items() if row["Missing because"]]
        self.assertEqual(
            broken, [f"Invoices/{self.invoice.name.replace('/', '_')}.pdf"]
        )

    def test_thousands_of_documents_pass_through_little_memory(self):
        """5,000 papers of 42 kB, 210 MB together, in less than 200 MB."""
        noise = hashlib.shake_256(b"noise").digest(42_000)
        self.attach(*((f"{number}.pdf", noise) for number in range(5_000)))
        opened = []
        read_file = type(self.env["sale.collection.evidence"])._read_file

        def watch(evidence, file):
            opened.append(file.id)
            return read_file(evidence, file)

        self.patch(type(self.env["sale.collection.evidence"]), "_read_file", watch)
        self.env.flush_all()
        self.env.invalidate_all()
        stream, size, first = self.stream(), 0, None
        tracemalloc.start()
        for chunk in stream:
            size += len(chunk)
            first = len(opened) if first is None else first
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        self.assertEqual(len(opened), 5_000)
        self.assertGreater(size, 210_000_000)
        self.assertLess(first, 5)
        self.assertLess(peak, 200_000_000)


@tagged("post_install", "-at_install")
class TestEvidenceDownload(EvidenceFileCommon, HttpCase):
    """Who downloads evidence, and that it is noted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.address = f"/sale_collection/evidence/{cls.profile.id}"

    def download(self, group):
        """Return what a new user with one group gets."""
        login = f"evidence-{time.monotonic_ns()}"
        user = self.new_user(login, group, name="Taker")
        if not user.share:
            self.profile.user_id = user
        self.env.flush_all()
        self.authenticate(login, login)
        return self.url_open(self.address)

    def count_notes(self):
        self.env.invalidate_all()
        notes = self.profile.message_ids.filtered(lambda one: NOTE in one.body)
        return len(notes)

    def test_collector_controller_and_accountants(self):
        for number, group in enumerate(
            (
                "sale_collection.group_user",
                "sale_collection.group_credit_controller",
                "account.group_account_invoice",
                "account.group_account_readonly",
            ),
            1,
        ):
            with self.subTest(group):
                answer = self.download(group)
                self.assertEqual(answer.status_code, 200)
                self.assertEqual(answer.headers["Content-Type"], "application/zip")
                self.assertNotIn("Content-Length", answer.headers)
                disposition = answer.headers["Content-Disposition"]
                self.assertIn("Evidence%20Customer", disposition)
                archive, _rows = self.unpack(answer.content)
                self.assertIn("Statement and ledger/Ledger.csv", archive.namelist())
                self.assertEqual(self.count_notes(), number)
        last = self.profile.message_ids.filtered(lambda one: NOTE in one.body)[:1]
        self.assertEqual(last.author_id.name, "Taker")

    def test_nobody_else(self):
        with mute_logger("odoo.http"):
            salesperson = self.download("sales_team.group_sale_salesman")
            portal = self.download("base.group_portal")
        self.assertEqual(salesperson.status_code, 403)
        self.assertEqual(portal.status_code, 403)
        self.assertFalse(self.count_notes())

    def test_collector_of_another_customer(self):
        self.profile.user_id = self.env.user
        login = "evidence-stranger"
        self.new_user(login, "sale_collection.group_user")
        self.env.flush_all()
        self.authenticate(login, login)
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(self.address).status_code, 403)
            gone = self.url_open("/sale_collection/evidence/999999999")
        self.assertEqual(gone.status_code, 404)
        self.assertFalse(self.count_notes())

    def test_without_login(self):
        answer = self.url_open(self.address, allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/web/login", answer.headers["Location"])

    def test_from_the_customer_its_profile_and_a_hand_over(self):
        handover = self.env["sale.collection.handover"].create(
            {
                "profile_id": self.profile.id,
                "receiver_id": self.partner_a.id,
            }
        )
        found = handover.action_download_evidence()
        self.assertEqual(found["url"], self.address)
        for name, record in (("partner", self.customer), ("profile", self.profile)):
            action = self.env.ref(f"sale_collection_legal.evidence_{name}_action")
            found = action.with_context(
                active_model=record._name, active_id=record.id, active_ids=record.ids
            ).run()
            self.assertEqual(found["url"], self.address)
        action = self.env.ref("sale_collection_legal.evidence_partner_action")
        unknown = self.env["res.partner"].create({"name": "Unknown"})
        with self.assertRaises(UserError):
            action.with_context(
                active_model="res.partner", active_id=unknown.id, active_ids=unknown.ids
            ).run()
