import io
import zipfile
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged
from odoo.tools.misc import verify_hash_signed

from odoo.addons.sale_collection.tools.prompt import last_quarter

from .common import PortalCommon

#: The two dates of a period.
DATES = ("date_from", "date_to")


@tagged("post_install", "-at_install")
class TestAccountPage(PortalCommon):
    """The account of a customer: what it says, and who sees whose."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.late = cls.owe(100, -10, ref="PO 7")
        cls.soon = cls.owe(50, 20)
        cls.of_branch = cls.owe(7, -1, partner=cls.branch)
        cls.of_contact = cls.owe(30, 3, partner=cls.contact)
        cls.of_other = cls.owe(900, -5, partner=cls.other)
        cls.profiles._for(cls.branch | cls.other)

    # === WHAT IT SAYS ===#

    def test_open_items_with_due_date_and_days(self):
        self.login("customer")
        page = self.open(f"/my/statement?customer={self.customer.id}")
        rows = self.read_texts(page, "open_item")
        self.assertEqual(len(rows), 3)
        self.assertIn(self.late.name, rows[0])
        self.assertIn("PO 7", rows[0])
        self.assertIn("10 days overdue", rows[0])
        self.assertIn("100.00", rows[0])
        self.assertNotIn("overdue", rows[1])
        self.assertIn("180.00", self.read_texts(page, "balance")[0])
        self.assertIn("100.00", self.read_texts(page, "overdue")[0])

    def test_promise_and_dispute_in_friendly_words(self):
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profile.id,
                "amount": 100,
                "date": self.today + timedelta(4),
                "note": "Xnotex",
            }
        )
        promise.action_open()
        reason = self.env["sale.collection.reason"].create(
            {"name": "Xreasonx", "side": "us"}
        )
        self.env["sale.collection.dispute"].create(
            {
                "profile_id": self.profile.id,
                "reason_id": reason.id,
                "note": "Xnotex",
                "line_ids": [
                    Command.create({"line_id": self.receivable_lines(self.soon).id})
                ],
            }
        )
        self.login("customer")
        page = self.open("/my/statement")
        self.assertEqual(len(self.read_texts(page, "promised")), 1)
        self.assertIn("You promised it for", self.read_texts(page, "promised")[0])
        self.assertIn("looking into", self.read_texts(page, "disputed")[0])

    def test_thanked_for_paying_on_time(self):
        """Who was thanked reads it again, while it is true; nobody else does."""
        (self.late + self.soon + self.of_contact).button_draft()
        first, _last = last_quarter(self.today)
        for number in range(3):
            day = first + timedelta(20 * number)
            invoice = self.create_invoice(date=first - timedelta(30), due=day)
            self.pay(invoice, date=day)
        self.env.flush_all()
        self.login("customer")
        self.assertFalse(self.read_texts(self.open("/my/statement"), "thanks"))
        term = self.env["account.payment.term"].create(
            {
                "name": "90 days",
                "line_ids": [Command.create({"value_amount": 100, "nb_days": 90})],
            }
        )
        proposals = self.env["sale.collection.proposal"]
        proposals._propose_better(self.profile, term, 0, self.today).action_accept()
        words = ["Everything that was due last quarter has come on time. Thank you!"]
        self.assertEqual(
            self.read_texts(self.open("/my/statement"), "thanks"),
            [f"{self.customer.name} {words[0]}"],
        )
        for name, scope, expected in (
            ("contact", "all", 1),
            ("contact", "own", 0),
            ("other", "all", 0),
        ):
            with self.subTest(name=name, scope=scope):
                self.customer.collection_portal_scope = scope
                self.login(name)
                found = self.read_texts(self.open("/my/statement"), "thanks")
                self.assertEqual(len(found), expected)
        self.login("customer")
        self.owe(10, -5)
        self.assertFalse(self.read_texts(self.open("/my/statement"), "thanks"))

    def test_branches_one_by_one_or_together(self):
        self.login("customer")
        together = self.open("/my/statement")
        self.assertIn("187.00", self.read_texts(together, "balance")[0])
        alone = self.open(f"/my/statement?customer={self.branch.id}")
        self.assertEqual(len(self.read_texts(alone, "open_item")), 1)
        self.assertIn("7.00", self.read_texts(alone, "balance")[0])

    def test_currencies_are_paid_one_by_one(self):
        euro = self.setup_other_currency("EUR")
        self.owe(20, currency_id=euro.id)
        self.login("customer")
        balances = self.read_texts(self.open("/my/statement"), "balance")
        self.assertEqual(len(balances), 2)

    def test_each_of_our_companies(self):
        theirs = self._create_company(name="Second company")
        moves = self.env["account.move"].with_company(theirs)
        journal = self.env["account.journal"].search(
            [("company_id", "=", theirs.id), ("type", "=", "sale")], limit=1
        )
        self.assertTrue(journal)
        moves.create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": self.today,
                "journal_id": journal.id,
                "invoice_line_ids": [
                    Command.create({"name": "X", "price_unit": 5, "tax_ids": []})
                ],
            }
        ).action_post()
        self.profiles.with_company(theirs)._for(self.customer)
        self.login("customer")
        self.assertIn(
            "187.00", self.read_texts(self.open("/my/statement"), "balance")[0]
        )
        user = self.env["res.users"].search([("login", "=", "portal-customer")])
        user.sudo().company_ids |= theirs
        page = self.open(f"/my/statement?company={theirs.id}")
        self.assertIn("5.00", self.read_texts(page, "balance")[0])
        self.assertIn("Second company", self.read_texts(page, "our_companies")[0])

    def test_period_has_opening_running_and_closing_balance(self):
        self.pay(self.late, 40, date=self.today - timedelta(2))
        self.login("customer")
        first = self.today - timedelta(30)
        page = self.open(
            f"/my/statement/period?customer={self.customer.id}&date_from={first}"
        )
        self.assertIn("180.00", self.read_texts(page, "opening")[0])
        self.assertIn("140.00", self.read_texts(page, "closing")[0])
        [table] = page.xpath("//table[@name='account']")
        self.assertIn("40.00", table.text_content())
        before = first - timedelta(60)
        page = self.open(
            f"/my/statement/period?date_from={before}&date_to={before}"
            f"&customer={self.customer.id}"
        )
        self.assertEqual(len(self.read_texts(page, "no_movements")), 1)

    def test_dates_typed_badly_are_not_an_error(self):
        self.login("customer")
        query = "date_from=x&date_to=2020-02-31&customer=-1"
        page = self.open(f"/my/statement/period?{query}")
        shown = [page.xpath(f"//input[@name='{name}']/@value") for name in DATES]
        plain = self.open("/my/statement/period")
        self.assertEqual(
            shown, [plain.xpath(f"//input[@name='{name}']/@value") for name in DATES]
        )
        self.assertTrue(all(shown))

    def test_files(self):
        self.login("customer")
        self.env.flush_all()
        query = f"customer={self.customer.id}"
        book = self.url_open(f"/my/statement/download/xlsx?{query}")
        self.assertEqual(book.status_code, 200)
        with zipfile.ZipFile(io.BytesIO(book.content)) as archive:
            names = archive.read("xl/workbook.xml").decode()
            texts = archive.read("xl/sharedStrings.xml").decode()
        self.assertIn('"Account movements"', names)
        self.assertIn("Closing balance", texts)
        for kind in ("pdf", "period"):
            answer = self.url_open(f"/my/statement/download/{kind}?{query}")
            self.assertEqual(answer.status_code, 200, kind)
        both = self.url_open("/my/statement/download/xlsx")
        self.assertIn("zip", both.headers["Content-Type"])
        self.assertEqual(self.url_open("/my/statement/download/x").status_code, 404)

    def test_entry_on_home_and_beside_invoices(self):
        self.login("customer")
        home = self.open("/my/home")
        self.assertTrue(home.xpath("//a[@href='/my/statement']"))
        count = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["collection_account_count"]}
        )
        self.assertEqual(count, {"collection_account_count": 1})
        invoices = self.open("/my/invoices")
        self.assertTrue(invoices.xpath("//a[@href='/my/statement']"))

    def test_queries_do_not_grow_with_instalments(self):
        self.profile._collect_portal_blocks()
        before = self.count_queries(self.profile._collect_portal_blocks)
        for _number in range(8):
            self.owe(10)
        after = self.count_queries(self.profile._collect_portal_blocks)
        self.assertEqual(after, before)

    # === WHO SEES WHAT ===#

    def test_other_customer_sees_nothing_of_this_one(self):
        self.login("other")
        page = self.open("/my/statement")
        self.assertEqual(len(self.read_texts(page, "open_item")), 1)
        self.assertIn("900.00", self.read_texts(page, "balance")[0])
        for query in (f"customer={self.customer.id}", f"customer={self.branch.id}"):
            page = self.open(f"/my/statement?{query}")
            self.assertNotIn(self.late.name, page.text_content())
            page = self.open(f"/my/statement/period?{query}")
            self.assertNotIn(self.late.name, page.text_content())
        line = self.receivable_lines(self.late)
        page = self.open(self.choose(line))
        self.assertNotIn(self.late.name, page.text_content())

    def test_contact_sees_what_the_customer_allows(self):
        self.login("contact")
        page = self.open("/my/statement")
        self.assertIn("187.00", self.read_texts(page, "balance")[0])
        self.customer.collection_portal_scope = "own"
        page = self.open("/my/statement")
        [row] = self.read_texts(page, "open_item")
        self.assertIn(self.of_contact.name, row)
        page = self.open("/my/statement/period")
        self.assertFalse(page.xpath("//table[@name='account']"))
        for kind in ("pdf", "period", "xlsx"):
            path = f"/my/statement/download/{kind}"
            self.assertEqual(self.url_open(path).status_code, 404)
        page = self.open(self.choose(self.receivable_lines(self.late)))
        self.assertFalse(page.xpath("//form[@id='o_payment_form']"))
        self.customer.collection_portal_scope = "none"
        page = self.open("/my/statement")
        self.assertEqual(self.read_texts(page, "open_item"), [])
        count = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["collection_account_count"]}
        )
        self.assertEqual(count, {"collection_account_count": 0})
        page = self.open("/my/invoices")
        self.assertFalse(page.xpath("//a[@href='/my/statement']"))

    def test_customer_itself_sees_all_whatever_contacts_may(self):
        self.customer.collection_portal_scope = "none"
        self.login("customer")
        self.assertIn(
            "187.00", self.read_texts(self.open("/my/statement"), "balance")[0]
        )

    def test_branch_does_not_see_its_parent(self):
        self.new_login("branch", self.branch)
        self.login("branch")
        [row] = self.read_texts(self.open("/my/statement"), "open_item")
        self.assertIn(self.of_branch.name, row)

    def test_guest_is_asked_to_log_in(self):
        self.env.flush_all()
        for path in ("", "/period", "/download/pdf"):
            answer = self.url_open(f"/my/statement{path}")
            self.assertIn("/web/login", answer.url)

    def test_link_opens_just_its_instalments(self):
        lines = self.receivable_lines(self.soon)
        path = self.profile._get_pay_link(lines).removeprefix(self.base_url())
        page = self.open(path)
        [row] = self.read_texts(page, "open_item")
        self.assertIn(self.soon.name, row)
        self.assertNotIn(self.late.name, page.text_content())
        page = self.open(self.profile._get_pay_link().removeprefix(self.base_url()))
        self.assertEqual(len(self.read_texts(page, "open_item")), 3)

    def test_old_or_forged_link_opens_nothing(self):
        path = self.profile._get_pay_link().removeprefix(self.base_url())
        forged = path[:-4] + ("AAAA" if path[-4:] != "AAAA" else "BBBB")
        for link in (forged, "/my/statement/open/x", "/my/statement/open/AQ"):
            page = self.open(link, status=410)
            self.assertEqual(len(self.read_texts(page, "expired")), 1)
        self.company.sudo().collection_link_days = 1
        token = self.profile._get_pay_link().rpartition("/")[2]
        scope = "sale_collection_portal.open"
        env = self.env(su=True)
        self.assertTrue(verify_hash_signed(env, scope, token))
        with freeze_time(datetime.now() + timedelta(days=3)):
            self.assertIsNone(verify_hash_signed(env, scope, token))
