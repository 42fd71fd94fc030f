from datetime import date
from unittest.mock import patch

from lxml import html

from odoo import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import format_date

from odoo.addons.sale_collection.tests.common import REP, CollectionCommon

TEXTS = ("before", "due", "first", "second", "third", "urgent", "final", "hand_over")
LETTER = "sale_collection_reminder.reminder_letter"
LANGS = ("en_US", "fr_FR", "zh_CN", "zh_TW")


@freeze_time("2026-03-02")
@tagged("post_install", "-at_install")
class TestReminderText(CollectionCommon):
    """What customers read: every text, every language, on paper and on screen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in LANGS[1:]:
            cls.env["res.lang"]._activate_lang(code)
        cls.rep = cls.new_user("text_rep", REP, name="Rita Rep")
        cls.customer.write({"user_id": cls.rep.id, "email": "pay@example.com"})
        cls.bank = cls.env["res.partner.bank"].create(
            {
                "acc_number": "BE68 5390 0754 7034",
                "partner_id": cls.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        cls.invoice = cls.create_invoice(
            1234.5,
            "2026-01-01",
            "2026-01-31",
            ref="PO 77",
            payment_reference="+++123+++",
            partner_bank_id=cls.bank.id,
        )
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.ladder = cls.env["sale.collection.ladder"].create(
            {
                "name": "Texts",
                "company_id": cls.company.id,
                "step_ids": [
                    Command.create(
                        {
                            "name": text,
                            "days": days,
                            "template_id": cls.env.ref(
                                f"sale_collection_reminder.mail_template_reminder_{text}"
                            ).id,
                        }
                    )
                    for days, text in enumerate(TEXTS, -1)
                ],
            }
        )
        cls.text = cls.env["sale.collection.reminder.text"]
        cls.steps = cls.ladder.step_ids.sorted("days")

    @classmethod
    def remind(cls, invoices=None, step=None, **values):
        """Return a reminder about all that is open on invoices."""
        step = step or cls.steps[3]
        return (
            cls.env["sale.collection.reminder"]
            .sudo()
            .create(
                {
                    "company_id": cls.company.id,
                    "profile_id": cls.profile.id,
                    "recipient_id": cls.customer.id,
                    "lang": "en_US",
                    "ladder_id": cls.ladder.id,
                    "step_id": step.id,
                    "user_id": cls.rep.id,
                    "channel": "mail",
                    "date": "2026-03-02",
                    "amount_total": 1234.5,
                    "line_ids": [
                        Command.create(
                            {
                                "company_id": cls.company.id,
                                "line_id": line.id,
                                "move_id": line.move_id.id,
                                "line_name": line.move_id.name,
                                "step_id": step.id,
                                "due_date": line.date_maturity,
                                "amount_residual": line.amount_residual,
                                "amount": line.amount_residual,
                            }
                        )
                        for line in cls.receivable_lines(invoices or cls.invoice)
                    ],
                    **values,
                }
            )
        )

    def test_every_text_in_every_language(self):
        day = date(2026, 1, 31)
        dues = {code: format_date(self.env, day, lang_code=code) for code in LANGS}
        self.assertEqual((dues["en_US"], dues["fr_FR"]), ("01/31/2026", "31/01/2026"))
        for code, due in dues.items():
            reminders = self.remind().browse()
            for step in self.steps:
                reminders |= self.remind(step=step, lang=code)
            texts, errors = self.text._render(reminders)
            self.assertEqual(errors, {})
            for reminder in reminders:
                with self.subTest(lang=code, step=reminder.step_id.name):
                    subject, body = texts[reminder.id]
                    self.assertIn(self.company.name, subject)
                    self.assertIn(self.invoice.name, body)
                    self.assertIn(due, body)
                    self.assertIn("PO 77", body)
                    self.assertIn("+++123+++", body)
                    self.assertIn(self.bank.acc_number, body)
                    self.assertIn("Rita Rep", body)
                    self.assertNotIn("Brandon", body)

    def test_a_rep_without_accounting_rights_reads_the_text(self):
        reminder = self.remind().with_user(self.rep)
        self.assertIn("second reminder", reminder.subject)
        self.assertIn("1,234.50", reminder.body)
        self.assertIn("/my/invoices/", reminder.body)
        self.assertFalse(reminder.text_error)

    def test_currencies_have_their_own_totals(self):
        other = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        foreign = self.create_invoice(
            300, "2026-01-01", "2026-02-15", currency_id=other.id
        )
        reminder = self.remind(self.invoice | foreign)
        self.assertEqual(reminder.amount_text, "$\xa01,234.50 + 300.00\xa0€")
        payments = self.text._get_payments(reminder)
        self.assertEqual([one["amount"] for one in payments], [1234.5, 300])
        # half of it is promised
        reminder.line_ids[1].amount /= 2
        self.assertEqual(reminder.amount_text, "$\xa01,234.50 + 150.00\xa0€")

    def test_a_broken_text_costs_its_customer_only(self):
        template = self.steps[3].template_id.sudo()
        template.body_html = '<p t-out="1 / (object.amount_total - 7)">1</p>'
        good, bad = self.remind(), self.remind(amount_total=7)
        texts, errors = self.text._render(good | bad)
        self.assertEqual(list(texts), [good.id])
        self.assertEqual(list(errors), [bad.id])
        self.assertTrue(bad.text_error)

    def test_qr_code_where_the_country_has_one(self):
        Bank = type(self.env["res.partner.bank"])
        params = {"barcode_type": "QR", "width": 80, "height": 80, "value": "pay"}
        self.company.qr_code = True
        with (
            patch.object(
                Bank, "_get_available_qr_methods", lambda self: [("x", "X", 1)]
            ),
            patch.object(
                Bank, "_get_qr_code_generation_params", lambda self, *a, **k: params
            ),
        ):
            mailed = self.remind().body
            printed = self.remind(channel="letter").body
        self.assertIn("/report/barcode/?", mailed)
        self.assertIn("http", mailed.split("/report/barcode")[0][-60:])
        self.assertIn("data:image/png;base64", printed)
        self.assertNotIn("/my/invoices", printed)
        self.assertNotIn("<img", self.remind().body)

    def test_icons_of_the_ways_to_pay(self):
        """Pictures that a mail program gets, with their names; none on paper."""
        methods = self.env["payment.method"].with_context(active_test=False)
        methods = methods.search([("is_primary", "=", True)], limit=2)
        with patch.object(type(self.text), "_find_methods", lambda *_args: methods):
            body = html.fromstring(self.remind().body)
            letter = self.print_letter(self.remind(channel="letter"))
        [shown] = body.xpath("//*[@name='methods']")
        base_url = self.company.get_base_url()
        for method in methods:
            [icon] = shown.xpath(f".//img[@alt='{method.name}']")
            path = f"/web/image/payment.method/{method.id}/image_payment_form"
            self.assertEqual(icon.get("src"), base_url + path)
        self.assertNotIn("/web/image/payment.method", letter)

    def test_changed_words_stay(self):
        reminder = self.remind().with_user(self.rep)
        reminder.write({"subject": "Please call", "body": "<p>Call me</p>"})
        self.assertTrue(reminder.is_edited)
        texts, __ = self.text._render(reminder)
        self.assertEqual(texts[reminder.id], ("Please call", "<p>Call me</p>"))
        self.assertEqual(self.remind().with_user(self.rep).is_edited, False)

    def test_a_letter_has_no_links_and_no_subject_of_a_mail(self):
        mail = self.remind()
        body = str(mail.body)
        self.assertIn("/my/invoices/", body)
        letter = self.remind(channel="letter")
        letter.write({"body": body + '<p>See <a href="http://x">our site</a></p>'})
        html = self.print_letter(letter)
        self.assertNotIn("/my/invoices", html)
        self.assertNotIn(">View<", html)
        self.assertNotIn("<a", html.partition('name="text"')[2])
        self.assertIn("See our site", html)
        heading = html.partition('name="heading"')[2].partition("</p>")[0]
        self.assertIn(">Second reminder, $", heading)
        self.assertNotIn(self.company.name, heading)

    def print_letter(self, letters):
        report = self.env["ir.actions.report"].with_user(self.rep)
        return report._render_qweb_html(LETTER, letters.ids)[0].decode()

    def test_dollars_are_told_apart(self):
        cad = self.env.ref("base.CAD")
        cad.active = True
        cad.rate_ids = [Command.create({"name": "2026-01-01", "rate": 1.5})]
        foreign = self.create_invoice(
            300, "2026-01-01", "2026-02-15", currency_id=cad.id
        )
        reminder = self.remind(self.invoice | foreign)
        self.assertRegex(reminder.amount_text, r"1,234.50 USD \+ .*300.00.* CAD$")
        table = reminder.items_html
        self.assertIn("CAD", table)
        self.assertIn("USD", table)
        self.assertNotIn("USD", self.remind().items_html)

    def test_letter_prints_with_what_it_encloses(self):
        self.steps[3].write({"attach_statement": True, "attach_invoices": True})
        letters = self.remind(channel="letter") | self.remind(channel="letter")
        report = self.env["ir.actions.report"].with_user(self.rep)
        html = report._render_qweb_html(
            "sale_collection_reminder.reminder_letter", letters.ids
        )[0].decode()
        self.assertIn(f"Statement of account, {self.invoice.name}", html)
        files = self.env["sale.collection.reminder.enclosure"]._print(letters)
        self.assertEqual([len(files[one.id]) for one in letters], [2, 2])
        self.steps[3].write({"attach_statement": False, "attach_invoices": False})
        self.assertPrintsEach(LETTER, letters)

    def test_letter_named_twice_is_printed_once(self):
        letter = self.remind(channel="letter")
        self.assertPrintsEach(LETTER, letter, ids=letter.ids * 2)
