from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import CollectionCommon

COLLECTOR = "sale_collection.group_all_customers"


@tagged("post_install", "-at_install")
class TestCollectorInvoice(CollectionCommon, HttpCase):
    """Collectors read and print the invoices of the customers they collect from."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector, cls.rep = cls.new_users(
            "invoice", collector=COLLECTOR, rep="sale_collection.group_user"
        )
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.profile.user_id = cls.collector
        cls.invoice = cls.create_invoice(1000)
        cls.stranger = cls.env["res.partner"].create({"name": "Of another"})
        cls.other = cls.create_invoice(1000, partner=cls.stranger)
        cls.bill = cls.create_invoice(500, move_type="in_invoice")
        cls.draft = cls.create_invoice(500, post=False)

    def test_read_own_alone(self):
        moves = self.env["account.move"].with_user(self.collector)
        self.assertEqual(moves.search([]), self.invoice)
        lines = self.env["account.move.line"].with_user(self.collector)
        self.assertEqual(lines.search([]).move_id, self.invoice)
        for move in (self.other, self.bill, self.draft):
            with self.assertRaises(AccessError):
                move.with_user(self.collector).read(["name"])
            with self.assertRaises(AccessError):
                move.line_ids.with_user(self.collector).read(["balance"])

    def test_credit_note_and_branch_of_the_customer(self):
        branch = self.env["res.partner"].create(
            {"name": "Branch", "parent_id": self.customer.id}
        )
        note = self.create_invoice(100, partner=branch, move_type="out_refund")
        self.assertEqual(note.with_user(self.collector).name, note.name)

    def test_nothing_written(self):
        invoice = self.invoice.with_user(self.collector)
        for act in (
            lambda: invoice.write({"ref": "mine"}),
            lambda: invoice.button_draft(),
            lambda: invoice.copy(),
            lambda: invoice.unlink(),
            lambda: invoice.line_ids[:1].write({"name": "mine"}),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                act()

    def test_user_of_own_customers_reads_none(self):
        self.profile.user_id = self.rep
        with self.assertRaises(AccessError):
            self.invoice.with_user(self.rep).read(["name"])

    def test_no_longer_their_collector(self):
        self.profile.user_id = self.rep
        with self.assertRaises(AccessError):
            self.invoice.with_user(self.collector).read(["name"])

    def test_nothing_of_another_company(self):
        other = self.setup_other_company()["company"]
        user = new_test_user(
            self.env,
            "collector_elsewhere",
            groups=COLLECTOR,
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.profile.user_id = user
        self.assertFalse(self.env["account.move"].with_user(user).search([]))
        with self.assertRaises(AccessError):
            self.invoice.with_user(user).read(["name"])

    def test_all_their_customers_in_one_query(self):
        moves = self.env["account.move"].with_user(self.collector)
        moves.search([])
        with self.assertQueryCount(2):
            moves.search([])

    def test_form_opens(self):
        moves = self.env["account.move"].with_user(self.collector)
        view = moves.get_view(view_type="form")
        self.assertTrue(view["arch"])
        self.env.invalidate_all()
        names = [
            name
            for name in view["models"]["account.move"]
            if moves._has_field_access(moves._fields[name], "read")
        ]
        moves.browse(self.invoice.id).read(names)

    def test_prints(self):
        report = self.env["ir.actions.report"].with_user(self.collector)
        html = report._render_qweb_html("account.account_invoices", self.invoice.ids)[0]
        self.assertIn(self.invoice.name, html.decode())
        with self.assertRaises(AccessError):
            report._render_qweb_html("account.account_invoices", self.other.ids)

    def test_prints_over_http(self):
        self.env.flush_all()
        self.authenticate(self.collector.login, self.collector.login)
        page = "/report/html/account.report_invoice_with_payments/%s"
        # Core marks lines while it prints, and tries that without the right to write.
        with mute_logger("odoo.sql_db", "odoo.http"):
            response = self.url_open(page % self.invoice.id)
        self.assertEqual(response.status_code, 200)
        self.assertIn(self.invoice.name, response.text)
        with mute_logger("odoo.http"):
            refused = self.url_open(page % self.other.id)
        self.assertNotIn(self.other.name, refused.text)
