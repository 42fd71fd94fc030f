from odoo.tests import tagged

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestDemoProvider(PortalCommon):
    """From the list to the ledger in a real browser, where core's demo is installed."""

    browser_size = "375x667"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.demo = cls.env.ref("payment.payment_provider_demo").sudo()
        cls.has_demo = cls.demo.code == "demo"
        cls.owed = cls.owe(100, -30) + cls.owe(50, -10) + cls.owe(40, 20)
        if cls.has_demo:
            cls.provider.sudo().state = "disabled"
            cls.demo.payment_method_ids.active = True
            cls.demo.copy(
                {
                    "company_id": cls.company.id,
                    "state": "test",
                    "is_published": True,
                    "journal_id": cls.company_data["default_journal_bank"].id,
                }
            )

    def setUp(self):
        super().setUp()
        if not self.has_demo:
            self.skipTest("core's demo provider is not installed")

    def test_two_invoices_in_one_payment(self):
        self.start_tour(
            "/my/statement", "sale_collection_portal_demo", login="portal-customer"
        )
        [payment] = self.owed.transaction_ids
        self.assertEqual((payment.state, payment.amount), ("done", 150))
        self.env.cr.flush()
        self.assertEqual(self.get_open(*self.owed), [0, 0, 40])
        receipts = self.receipts.sudo().search([("move_id", "in", self.owed.ids)])
        self.assertEqual(sorted(receipts.mapped("amount")), [50, 100])

    def test_guest_pays_by_link(self):
        path = self.profile._get_pay_link(self.receivable_lines(self.owed[2]))
        self.env.flush_all()
        self.start_tour(
            path.removeprefix(self.base_url()), "sale_collection_portal_demo_link"
        )
        self.env.cr.flush()
        self.assertEqual(self.get_open(*self.owed), [100, 50, 0])
