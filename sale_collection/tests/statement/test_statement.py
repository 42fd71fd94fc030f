import base64
import io
import zipfile
from datetime import date
from unittest.mock import patch
from xml.etree import ElementTree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import html2plaintext

from ..common import REP, CollectionCommon

TODAY = date(2026, 5, 10)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

NO_PAPER = "no paper"


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
        with self.assertQueryCount(13):
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

    def test_says_what_is_overdue_and_how_to_pay(self):
        bank = self.env["res.partner.bank"].create(
            {
                "acc_number": "DE88 1234",
                "partner_id": self.company.partner_id.id,
                "acc_holder_name": "Accounts Ltd",
            }
        )
        own = bank.copy({"acc_number": "DE99 5678"})
        late = self.create_invoice(40, due="2026-02-10", partner_bank_id=own.id)
        self.create_invoice(60, due="2026-06-01")
        self.create_entry([(self.receivable, 7), (self.revenue, -7)], date="2026-03-01")
        statement = self.collect()[self.profile.id]
        self.assertEqual(
            [(one.bank_id, one.amount) for one in statement["transfers"]],
            [(own.id, 40), (bank.id, 7)],
        )
        text = " ".join(html2plaintext(self.html()[self.profile.id]).split())
        self.assertRegex(text, r"Overdue: \*?\$ ?47\.00")
        self.assertIn("DE99 5678", text)
        self.assertIn("Accounts Ltd", text)
        self.assertIn(late.payment_reference, text)

    def test_two_currencies_are_told_apart(self):
        cad = self.env.ref("base.CAD")
        cad.active = True
        self.create_invoice(100)
        self.assertNotIn(">Currency<", self.html()[self.profile.id])
        self.create_invoice(100, currency_id=cad.id)
        text = self.html()[self.profile.id]
        self.assertIn(">Currency<", text)
        # what is overdue, the totals, the open item, and how to pay
        for code in ("USD", "CAD"):
            self.assertEqual(html2plaintext(text).count(code), 4)
        summary = html2plaintext(self.open_dialog().summary).replace("\xa0", " ")
        self.assertIn("$ 100.00 USD", summary)
        self.assertRegex(summary, r"100.00 \$ CAD|\$ 100.00 CAD")

    def test_nothing_open(self):
        self.assertIn("Nothing is open", self.html()[self.profile.id])

    # === DIALOG ===#

    def open_dialog(self, profiles=None):
        profiles = profiles or self.profile
        action = profiles.action_open_statement()
        dialogs = profiles.env["sale.collection.statement"]
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

    def test_several_are_printed_one_by_one(self):
        self.create_invoice(100)
        self.create_invoice(200, partner=self.partner_a)
        profiles = self.profile | self.profiles._for(self.partner_a)
        self.assertPrintsEach("sale_collection.report_statement", profiles)
        action = self.open_dialog(profiles).action_print()
        self.assertPrintsEach(action["report_name"], profiles, action["data"])

    # === MAIL ===#

    def post(self):
        """Have what is scheduled leave, as the scheduled action does."""
        scheduled = self.env["mail.scheduled.message"].sudo()
        scheduled.search([])._post_message(raise_exception=False)

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
        self.assertIn("finance@example.com", dialog.summary)
        self.assertIn("No e-mail address", dialog.summary)
        action = dialog.action_send()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertIn("No address", action["params"]["message"])
        self.post()
        message = self.profile.message_ids[0]
        self.assertEqual(message.partner_ids, finance)
        self.assertIn("statement of account", message.subject)
        self.assertTrue(message.attachment_ids.name.endswith(".pdf"))

    def test_nobody_waits_for_the_printer(self):
        self.create_invoice(100, due="2026-02-01")
        printer = self.patch_print()
        sender = self.new_user("sender", REP, email="sender@example.com")
        self.customer.user_id = sender
        self.profile.user_id = self.env.user
        dialog = self.open_dialog(self.profile.with_user(sender))
        said = dialog.action_send()["params"]["message"]
        self.assertFalse(printer.called)
        self.assertIn("Statement of Customer to customer@example.com", said)
        self.assertIn("$\xa0100.00 open, $\xa0100.00 of it overdue", said)
        self.assertIn("leaves in 2 minutes; until then you can cancel it", said)
        message = self.env["mail.scheduled.message"].search([])
        self.assertIn(sender.name, message.body)
        self.post()
        self.assertTrue(printer.called)
        posted = self.profile.message_ids[0]
        self.assertEqual(posted.author_id, sender.partner_id)
        self.assertEqual(posted.attachment_ids.res_id, self.profile.id)
        self.assertFalse(message.exists())

    def test_what_is_cancelled_does_not_leave(self):
        self.create_invoice(100)
        sender = self.new_user("sender", REP)
        self.customer.user_id = sender
        self.profile.with_user(sender)._send_statement()
        before = self.profile.message_ids
        self.env["mail.scheduled.message"].with_user(sender).search([]).unlink()
        self.post()
        self.assertEqual(self.profile.message_ids, before)

    def test_sender_hears_of_what_could_not_be_printed(self):
        twin = self.env["res.partner"].create(
            {"name": "Twin", "email": "t@example.com"}
        )
        twins = self.profiles._for(twin)
        self.create_invoice(100, partner=twin)
        (self.profile + twins)._send_statement()
        printer = self.patch_print()
        printer.side_effect = self.refuse_customer
        self.post()
        news = self.env["mail.message"].search(
            [("subject", "=", "The statement of Customer was not sent")]
        )
        self.assertIn(NO_PAPER, news.body)
        self.assertEqual(news.partner_ids, self.env.user.partner_id)
        self.assertTrue(twins.message_ids.attachment_ids)
        self.assertFalse(self.profile.message_ids.attachment_ids)
        self.assertFalse(self.env["mail.scheduled.message"].search([]))

    def patch_print(self):
        return self.startPatcher(
            patch.object(
                type(self.profiles),
                "_render_statement",
                autospec=True,
                side_effect=lambda profiles, *_, **__: {
                    profile.id: ("Statement.pdf", b"%PDF") for profile in profiles
                },
            )
        )

    def refuse_customer(self, profiles, *_args, **_kwargs):
        if self.profile in profiles.sudo():
            raise UserError(NO_PAPER)
        return {profile.id: ("Statement.pdf", b"%PDF") for profile in profiles}

    def test_mail_bears_the_company(self):
        self.create_invoice(100)
        self.profile._send_statement()
        self.post()
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
