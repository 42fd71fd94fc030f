from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.sale_collection.tests.evidence import EvidenceCase

from .common import SupplyCommon

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ"
    "RU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestDeliveryEvidence(EvidenceCase, SupplyCommon):
    """Delivery slips that were signed are evidence, for those who may see them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.order = cls.create_order((cls.goods, 20))
        cls.delivery = cls.order.picking_ids

    def read_slips(self, user=None):
        found = self.read_evidence(self.profile, user)
        return {
            path.removeprefix("Deliveries/"): content
            for path, content in found.items()
            if path.startswith("Deliveries/")
        }

    def scan(self):
        return self.env["ir.attachment"].create(
            {
                "name": "scan.pdf",
                "raw": b"scan",
                "res_model": "stock.picking",
                "res_id": self.delivery.id,
            }
        )

    def test_signed_on_the_screen(self):
        self.assertEqual(self.read_slips(), {})
        self.delivery.button_validate()
        self.assertEqual(self.read_slips(), {})
        self.delivery.signature = PIXEL
        slips = self.read_slips()
        self.assertTrue(slips)
        self.assertIn("signed_delivery_slip", next(iter(slips)))
        papers = self.env["ir.attachment"].search(
            [("res_model", "=", "stock.picking"), ("res_id", "=", self.delivery.id)]
        )
        papers.unlink()
        self.assertIn(
            self.delivery.name, self.read_slips()[f"{self.delivery.name}.pdf"].decode()
        )

    def test_signed_on_paper(self):
        self.scan()
        self.assertEqual(self.read_slips(), {})
        self.delivery.button_validate()
        self.assertEqual(self.read_slips(), {f"{self.delivery.name} scan.pdf": b"scan"})

    def test_who_may_see_the_delivery_or_its_invoice(self):
        self.scan()
        self.delivery.button_validate()
        slip, paper = f"{self.delivery.name}.pdf", f"{self.delivery.name} scan.pdf"
        clerk, collector, rep = self.new_users(
            "evidence",
            clerk="account.group_account_invoice",
            collector="sale_collection.group_all_customers",
            rep="sale_collection.group_user",
        )
        self.profile.user_id = collector
        self.assertEqual(self.read_slips(clerk), {paper: b"scan"})
        self.assertIsInstance(self.read_slips(collector)[slip], AccessError)
        self.order._create_invoices().action_post()
        self.assertEqual(self.read_slips(collector), {paper: b"scan"})
        self.profile.user_id = rep
        self.assertIsInstance(self.read_slips(rep)[slip], AccessError)
