import io
import shutil
from datetime import date
from unittest import skipUnless

from lxml import html

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools.pdf import PdfFileReader

from .test_key_figures import APRIL, TODAY, KeyFiguresCommon

REPORT = "sale_collection_insight.report_board"


class BoardReportCommon(KeyFiguresCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.board = cls.env["sale.collection.board.report"]
        cls.reader, cls.chinese = cls.env["res.partner"].create(
            [
                {"name": "Reader", "email": "reader@example.com"},
                {"name": "董事", "email": "board@example.com"},
            ]
        )
        cls.other = cls.env["res.partner"].create({"name": "Other debtor"})
        cls.create_invoice(150, "2026-04-10", "2026-04-20", cls.other)
        cls.env.cr.flush()

    def print_report(self, month=APRIL, user=None, **context):
        """Return the report as a browser would show it."""
        self.env.flush_all()
        self.env.invalidate_all()
        printer = self.env["ir.actions.report"].with_user(user or self.manager)
        content, _kind = printer.with_context(**context)._render_qweb_html(
            REPORT, None, data={"month": month}
        )
        return html.fromstring(content.decode())


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBoardReport(BoardReportCommon):
    """The board report says what the page says, and goes out once a month."""

    def find_text(self, page, path):
        return [" ".join(node.text_content().split()) for node in page.xpath(path)]

    def test_says_what_the_page_says(self):
        page = self.print_report()
        rows = self.find_text(page, "//table[@name='figures']//tr")
        figures = self.read_figures(APRIL)
        self.assertEqual(len(rows), len(figures))
        for row, figure in zip(rows, figures.values(), strict=True):
            for name in ("title", "help", "value", "change", "before", "note"):
                self.assertIn(" ".join(figure[name].split()), row)
        self.assertIn("April 2026", self.find_text(page, "//h2")[0])
        lines = page.xpath("//table[@name='figures']//*[local-name()='path']/@d")
        self.assertEqual(lines, [figure["path"] for figure in figures.values()])

    def test_charts(self):
        page = self.print_report()
        charts = page.xpath("//*[local-name()='svg'][@name='chart']")
        self.assertEqual(len(charts), 2)
        # Receivable of March and April, and what is overdue of it.
        bars = charts[0].xpath(".//*[local-name()='rect']/@height")
        self.assertEqual(len(bars), 4)
        months = charts[0].xpath(".//*[local-name()='text']/text()")
        self.assertEqual([months[1], months[-1]], ["Apr", "Apr"])
        self.assertIn("500.00", months[0])

    def test_largest_debtors(self):
        page = self.print_report()
        rows = self.find_text(page, "//table[@name='debtors']//tr")
        self.assertEqual(
            rows[1:],
            [
                "Customer $ 350.00 $ 100.00 70.0 %",
                "Other debtor $ 150.00 $ 150.00 30.0 %",
                "Together $ 500.00 $ 250.00 100.0 %",
            ],
        )
        for number in range(10):
            partner = self.env["res.partner"].create({"name": f"Small {number}"})
            self.create_invoice(50 - number, "2026-04-11", "2026-05-20", partner)
        self.env.flush_all()
        report = self.env["report.sale_collection_insight.board_report"]
        report = report.with_user(self.manager)
        debtors = report._get_report_values(None, {"month": APRIL})["debtors"]
        self.assertEqual(len(debtors), 10)
        [level] = self.env["sale.collection.snapshot"].search(
            [("date", "=", "2026-04-30"), ("company_id", "=", self.company.id)]
        )
        self.assertAlmostEqual(
            sum(debtor["share"] for debtor in debtors), level.largest_share, 4
        )
        self.assertEqual(sum(debtor["debt"] for debtor in debtors), level.largest)

    def test_month_of_today_says_so(self):
        page = self.print_report(month=None)
        self.assertIn("The month is not over", page.text_content())

    def test_reps_do_not_print_it(self):
        rep = self.new_user("bare rep", "sale_collection.group_user")
        with self.assertRaises(AccessError):
            self.print_report(user=rep)
        reader = self.new_user("bare reader", "account.group_account_readonly")
        self.assertTrue(self.print_report(user=reader).xpath("//table"))

    # === BY E-MAIL ===#

    def find_mails(self):
        return self.env["mail.mail"].search([("subject", "like", "2026")])

    def choose(self, people):
        self.company.collection_board_partner_ids = people

    def test_goes_out_once_a_month(self):
        today = date.fromisoformat(TODAY)
        before = self.find_mails()
        self.assertEqual(self.board._send_monthly(self.company, today), 0)
        self.assertFalse(self.company.collection_board_month)
        self.choose(self.reader)
        self.assertEqual(self.board._send_monthly(self.company, today), 1)
        self.assertEqual(self.company.collection_board_month, date(2026, 4, 30))
        self.assertEqual(self.board._send_monthly(self.company, today), 0)
        mail = self.find_mails() - before
        self.assertEqual(
            (mail.recipient_ids, mail.state, mail.subject),
            (
                self.reader,
                "outgoing",
                f"Collection in April 2026: {self.company.name}",
            ),
        )
        content = mail.attachment_ids.raw.decode()
        self.assertIn("April 2026", content)
        self.assertIn("Other debtor", content)
        with freeze_time("2026-06-01"):
            self.assertEqual(
                self.board._send_monthly(self.company, date(2026, 6, 1)), 1
            )

    def test_run_for_another_day_sends_nothing(self):
        self.choose(self.reader)
        self.assertEqual(self.board._send_monthly(self.company, date(2026, 5, 11)), 0)

    def test_nightly_run_sends_it(self):
        self.choose(self.reader)
        run = self.env["sale.collection.run"]._run(phases=["board_report"])
        self.assertIn(self.company, run.company_id)
        self.assertEqual(self.company.collection_board_month, date(2026, 4, 30))

    def test_in_the_language_of_the_reader(self):
        self.load_language("zh_CN")
        self.chinese.lang = "zh_CN"
        self.choose(self.reader | self.chinese)
        before = self.find_mails()
        self.assertEqual(
            self.board._send_monthly(self.company, date.fromisoformat(TODAY)), 2
        )
        by_reader = {mail.recipient_ids: mail for mail in self.find_mails() - before}
        self.assertEqual(set(by_reader), {self.reader, self.chinese})
        self.assertIn("2026年4月", by_reader[self.chinese].subject)
        chinese = by_reader[self.chinese].attachment_ids.raw.decode()
        self.assertIn("2026年4月", chinese)
        self.assertIn("应收账款周转天数", chinese)
        self.assertIn("4月", chinese)
        self.assertIn("April 2026", by_reader[self.reader].attachment_ids.raw.decode())

    def test_of_the_company_and_its_branches(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.env.user.company_ids += branch
        stranger = self.setup_other_company(name="Stranger")["company"]
        content = self.board._print_report(self.company, date(2026, 4, 30)).decode()
        self.assertIn("Branch", content)
        self.assertNotIn(stranger.name, content)

    def test_targets_of_others_are_not_in_it(self):
        rep = self.new_user("board rep", "sale_collection.group_user")
        sister = self.setup_other_company(name="Sister")["company"]
        targets = self.env["sale.collection.target"].sudo()
        for company, amount in ((self.company, 700), (sister, 9000)):
            targets.create(
                {
                    "company_id": company.id,
                    "user_id": rep.id,
                    "amount": amount,
                    "date_from": APRIL,
                    "date_to": "2026-04-30",
                }
            )
        self.env.flush_all()
        content = self.board._print_report(self.company, date(2026, 4, 30)).decode()
        self.assertIn("towards the target of $\N{NO-BREAK SPACE}700.00: 0 %", content)

    def test_manager_chooses_the_people(self):
        settings = self.env["res.config.settings"].create(
            {
                "company_id": self.company.id,
                "collection_board_partner_ids": [Command.set(self.reader.ids)],
            }
        )
        settings.execute()
        self.assertEqual(self.company.collection_board_partner_ids, self.reader)


@tagged("post_install", "-at_install")
class TestBoardReportPrint(BoardReportCommon, HttpCase):
    """The printed document."""

    @classmethod
    def setUpClass(cls):
        cls.startClassPatcher(freeze_time(TODAY))
        super().setUpClass()

    @skipUnless(shutil.which("wkhtmltopdf"), "wkhtmltopdf is not installed")
    def test_has_two_pages(self):
        for number in range(10):
            partner = self.env["res.partner"].create({"name": f"Small {number}"})
            self.create_invoice(50 - number, "2026-04-11", "2026-05-20", partner)
        self.env.flush_all()
        printer = self.env["ir.actions.report"].with_user(self.manager)
        content, kind = printer.with_context(
            force_report_rendering=True
        )._render_qweb_pdf(REPORT, None, data={"month": APRIL})
        self.assertEqual(kind, "pdf")
        pages = PdfFileReader(io.BytesIO(content)).pages
        self.assertEqual(len(pages), 2)
