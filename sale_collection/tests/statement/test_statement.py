import base64
import io
import zipfile
from datetime import date
from xml.etree import ElementTree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import REP, CollectionCommon

TODAY = date(2026, 5, 10)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@tagged("post_install", "-at_install")
class TestStatement(CollectionCommon):
    """Statements of account: what they say, to whom, and who may."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.profiles = cls.env["sale.collection.profile"]
        cls.customer.write({"email": "customer@example.com", "lang": "en_US"})
        cls.profile = cls.profiles._for(cls.customer)

    def collect(self, profiles=None, **values):
        profiles = profiles or self.profile
        return profiles._collect_statements(TODAY, **values)

    def html(self, profiles=None):
        """Return {profile id: text} of what would be printed."""
        files = (profiles or self.profile)._render_statement(TODAY)
        return {key: content.decode() for key, (_name, content) in files.items()}

    # === CONTENT ===#

    def test_open_items_are_instalments_by_due_date(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half now, half in 30 days",
                "line_ids": [
                    Command.create({"value_amount": 50, "nb_days": 0}),
                    Command.create({"value_amount": 50, "nb_days": 30}),
                ],
            }
        )
        invoice = self.create_invoice(
            100, date="2026-05-01", due=None, invoice_payment_term_id=term.id
        )
        late = self.create_invoice(40, due="2026-02-10", ref="PO 7")
        self.pay(late, amount=15, date="2026-03-01")
        items = self.collect()[self.profile.id]["items"]
        self.assertEqual(
            [(item.title, item.open, item.days_overdue(TODAY)) for item in items],
            [
                (late.name, 25, 89),
                (f"{invoice.name} (1/2)", 50, 9),
                (f"{invoice.name} (2/2)", 50, 0),
            ],
        )
        self.assertEqual((items[0].reference, items[0].amount), ("PO 7", 40))

    def test_totals_equal_the_profile(self):
        for due in ("2026-05-10", "2026-05-01", "2026-04-01", "2025-12-01"):
            self.create_invoice(100, due=due)
        self.create_entry([(self.receivable, -30), (self.revenue, 30)])
        self.profile._refresh(TODAY)
        [total] = self.collect()[self.profile.id]["totals"]
        self.assertEqual(total.buckets, (100, 100, 100, 0, 100))
        self.assertEqual(total.credit, -self.profile.amount_unapplied)
        self.assertEqual(total.overdue, self.profile.amount_overdue)
        self.assertEqual(
            total.balance, self.profile.amount_open - self.profile.amount_unapplied
        )

    def test_currencies_are_kept_apart(self):
        other = self.setup_other_currency("EUR")
        self.create_invoice(100, currency_id=other.id)
        self.create_invoice(40)
        totals = self.collect()[self.profile.id]["totals"]
        self.assertEqual(
            {total.currency_id: total.balance for total in totals},
            {other.id: 100, self.company.currency_id.id: 40},
        )

    def test_payments_of_the_period_name_their_invoices(self):
        first, second = self.create_invoice(60), self.create_invoice(40)
        self.pay(first + second, date="2026-04-02")
        self.pay(self.create_invoice(5), date="2026-01-02")
        undone = self.pay(self.create_invoice(7), date="2026-04-03")
        undone.action_draft()
        undone.action_cancel()
        self.env.cr.flush()
        [payment] = self.collect()[self.profile.id]["payments"]
        self.assertEqual((payment.amount, payment.date), (100, date(2026, 4, 2)))
        self.assertEqual(payment.invoices, f"{first.name}, {second.name}")
        since = self.collect(date_from=date(2026, 1, 1))
        self.assertEqual(len(since[self.profile.id]["payments"]), 2)

    def test_queries_do_not_grow_with_customers(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(6)]
        )
        for partner in partners:
            self.create_invoice(100, partner=partner)
        profiles = self.profiles._for(partners)
        self.env.flush_all()
        self.collect(profiles[:1])
        self.env.invalidate_all()
        with self.assertQueryCount(12):
            self.collect(profiles)

    # === PRINT ===#

    def test_printed_in_the_language_of_each_customer(self):
        french = self.env["res.partner"].create({"name": "Client", "lang": "fr_FR"})
        profiles = self.profile + self.profiles._for(french)
        invoice = self.create_invoice(100, due="2026-02-01")
        self.create_invoice(100, due="2026-02-01", partner=french)
        text = self.html(profiles)[self.profile.id]
        self.assertIn(invoice.name, text)
        self.assertIn("02/01/2026", text)
        self.assertIn("01/02/2026", text)

    def test_nothing_open(self):
        self.assertIn("Nothing is open", self.html()[self.profile.id])

    # === DIALOG ===#

    def open_dialog(self, profiles=None):
        action = (profiles or self.profile).action_open_statement()
        dialogs = self.env["sale.collection.statement"]
        return dialogs.with_context(**action["context"]).create({})

    def rows(self, content):
        """Return the cells of the first sheet of a workbook."""
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            texts = [
                "".join(node.itertext())
                for node in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
            ]
            sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        return [
            [
                texts[int(cell.findtext(f"{SHEET}v"))]
                if cell.get("t") == "s"
                else float(cell.findtext(f"{SHEET}v"))
                for cell in row
                if cell.findtext(f"{SHEET}v") is not None
            ]
            for row in sheet.iter(f"{SHEET}row")
        ]

    def test_workbook(self):
        invoice = self.create_invoice(40, due="2026-02-10", ref="=1+1")
        dialog = self.open_dialog()
        action = dialog.action_download()
        self.assertIn(f"/{dialog.id}/file/", action["url"])
        rows = self.rows(base64.b64decode(dialog.file))
        self.assertEqual(rows[0][0], "Document")
        self.assertEqual(rows[1][:2], [invoice.name, "=1+1"])
        self.assertEqual(rows[1][-2:], [40, 40])

    def test_workbooks_of_many_come_in_an_archive(self):
        twin = self.env["res.partner"].create({"name": self.customer.name})
        dialog = self.open_dialog(self.profile + self.profiles._for(twin))
        dialog.action_download()
        content = io.BytesIO(base64.b64decode(dialog.file))
        with zipfile.ZipFile(content) as archive:
            self.assertEqual(len(set(archive.namelist())), 2)

    def test_print_keeps_the_period(self):
        dialog = self.open_dialog()
        dialog.date_from = "2026-01-01"
        action = dialog.action_print()
        values = self.env["report.sale_collection.statement"]._get_report_values(
            None, action["data"]
        )
        statement = values["statements"][self.profile.id]
        self.assertEqual(statement["date_from"], date(2026, 1, 1))

    # === MAIL ===#

    def test_mail_goes_to_the_finance_contact(self):
        finance, silent = self.env["res.partner"].create(
            [
                {"name": "Finance", "email": "finance@example.com"},
                {"name": "No address"},
            ]
        )
        self.env["sale.collection.contact.role"].create(
            [
                {
                    "customer_id": self.customer.id,
                    "contact_id": contact.id,
                    "role": "finance",
                }
                for contact in (silent, finance)
            ]
        )
        self.create_invoice(100)
        dialog = self.open_dialog(self.profile + self.profiles._for(silent))
        self.assertEqual(dialog.recipients, "finance@example.com")
        self.assertEqual(dialog.unreachable, "No address")
        action = dialog.action_send()
        self.assertEqual(action["params"]["type"], "warning")
        message = self.profile.message_ids[0]
        self.assertEqual(message.partner_ids, finance)
        self.assertIn("statement of account", message.subject)
        self.assertTrue(message.attachment_ids.name.endswith(".pdf"))
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        self.assertEqual(mail.state, "outgoing", "the queue sends it, once")

    def test_mail_bears_the_company(self):
        self.create_invoice(100)
        self.profile._send_statement(TODAY)
        self.assertBearsCompany(self.profile.message_ids[0])

    # === ACCESS ===#

    def test_who_may(self):
        own, other = self.env["res.partner"].create([{"name": "A"}, {"name": "B"}])
        rep = self.new_user("rep", REP)
        own.user_id = rep
        profiles = self.profiles.sudo()._for(own + other).with_user(rep)
        mine = profiles.filtered(lambda profile: profile.sudo().partner_id == own)
        self.create_invoice(100, partner=own)
        self.assertTrue(mine._collect_statements(TODAY)[mine.id]["items"])
        self.assertTrue(mine._render_statement(TODAY))
        for method in ("_collect_statements", "_render_statement"):
            with self.assertRaises(AccessError):
                getattr(profiles - mine, method)(TODAY)
        with self.assertRaises(UserError):
            other.with_user(rep).action_open_collection_statement()
        action = own.with_user(rep).action_open_collection_statement()
        self.assertEqual(action["context"]["default_profile_ids"], mine.ids)
