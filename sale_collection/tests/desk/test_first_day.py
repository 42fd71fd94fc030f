from ast import literal_eval

from lxml import etree

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import freeze_time, tagged

from ..contact.common import ContactCommon


@freeze_time("2026-03-02")
@tagged("post_install", "-at_install")
class TestFirstDay(ContactCommon):
    """What a company has still to settle, as a manager with no other right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        [cls.manager] = cls.new_users("day", manager="sale_collection.group_manager")
        cls.panel = cls.env["sale.collection.first.day"].with_user(cls.manager)

    def steps(self):
        return {step["code"]: step for step in self.panel.read_panel()}

    def test_only_managers_see_it(self):
        for user in (self.rep, self.controller, self.accountant):
            panel = self.panel.with_user(user)
            self.assertFalse(panel.read_panel())
            with self.assertRaises(AccessError):
                panel.hide_panel()

    def test_it_is_hidden_and_shown_again_by_company(self):
        self.assertTrue(self.panel.read_panel())
        self.panel.hide_panel()
        self.assertFalse(self.panel.read_panel())
        other = self.setup_other_company()["company"]
        self.assertTrue(other.collection_first_day)
        self.env["res.config.settings"].create({"collection_first_day": True}).execute()
        self.assertTrue(self.panel.read_panel())

    def test_every_step_opens_something(self):
        for step in self.panel.read_panel():
            with self.subTest(step=step["code"]):
                action = self.env["ir.actions.actions"].with_user(self.manager)
                found = action._for_xml_id(step["action"])
                if found["type"] == "ir.actions.act_window":
                    model = self.env[found["res_model"]].with_user(self.manager)
                    self.assertTrue(model.has_access("read"))
                self.assertTrue(step["button"] and step["title"] and step["text"])

    def test_figures(self):
        self.company.sudo().write(
            {"collection_refreshed_for": False, "collection_refreshed_xid": False}
        )
        self.assertFalse(self.steps()["figures"]["is_done"])
        self.env["sale.collection.profile"].sudo()._refresh()
        step = self.steps()["figures"]
        self.assertTrue(step["is_done"])
        self.assertIn("03/02/2026", step["text"])

    def test_book(self):
        self.assertFalse(self.steps()["book"]["is_done"])
        self.env["sale.collection.history"].create(
            {
                "partner_id": self.customer.id,
                "invoice_ref": "M1",
                "invoice_date": "2025-01-10",
                "due_date": "2025-02-10",
                "amount": 10,
            }
        )
        step = self.steps()["book"]
        self.assertTrue(step["is_done"])
        self.assertEqual(step["text"], "Old invoices imported: 1.")

    def settle_against(self, account):
        invoice = self.create_invoice(1000)
        entry = self.create_entry([(account, 1000), (self.receivable, -1000)])
        self.match(invoice, entry)
        self.env.cr.flush()

    def find_shown(self, context, domain):
        """Return the amounts a manager sees, by the filters an action begins with."""
        search = self.env["sale.collection.receipt"].get_view(view_type="search")
        filters = etree.fromstring(search["arch"])
        begun = [
            Domain(literal_eval(node.get("domain")))
            for name, is_on in context.items()
            if name.startswith("search_default_") and is_on
            for node in filters.iter("filter")
            if node.get("name") == name.removeprefix("search_default_")
        ]
        receipts = self.env["sale.collection.receipt"].with_user(self.manager)
        found = receipts.search(Domain(domain or []) & Domain.OR(begun))
        return found.mapped("amount")

    def test_money_the_ledger_cannot_tell(self):
        self.assertNotIn("money", self.steps())
        drawer = self.env["account.account"].create(
            {"name": "Drawer", "code": "998878", "account_type": "asset_current"}
        )
        self.settle_against(drawer)
        step = self.steps()["money"]
        self.assertFalse(step["is_done"])
        self.assertIn("Drawer: $\xa01,000.00.", step["text"])
        self.test_every_step_opens_something()
        self.pay(self.later, date="2026-03-02")
        self.env.cr.flush()
        action = self.env["ir.actions.actions"]._for_xml_id(step["action"])
        context = {**literal_eval(action["context"]), **step["context"]}
        self.assertEqual(self.find_shown(context, action["domain"]), [1000.0])
        settings = self.env["res.config.settings"].create({})
        action = settings.action_open_collection_unknown_money()
        shown = self.find_shown(action["context"], action["domain"])
        self.assertEqual(shown, [1000.0])
        methods = self.bank_journal.inbound_payment_method_line_ids
        methods[0].payment_account_id = drawer
        self.receipts.sudo()._audit()
        self.assertNotIn("money", self.steps())

    def test_limits(self):
        self.company.account_use_credit_limit = False
        step = self.steps()["limits"]
        self.assertFalse(step["is_done"])
        self.assertIn("administrator", step["text"])
        self.company.account_use_credit_limit = True
        self.customer.credit_limit = 100
        step = self.steps()["limits"]
        self.assertTrue(step["is_done"])
        self.assertEqual(step["text"], "Customers with a limit: 1.")

    def test_collectors(self):
        step = self.steps()["collectors"]
        self.assertFalse(step["is_done"])
        self.assertEqual(step["text"], "Customers without a collector: 1.")
        self.profile.user_id = self.rep
        step = self.steps()["collectors"]
        self.assertTrue(step["is_done"])
        self.assertEqual(step["text"], "Every customer who owes has a collector.")
