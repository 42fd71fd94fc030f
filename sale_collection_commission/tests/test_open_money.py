from datetime import date

from odoo.tests import freeze_time, tagged

from .common import CommissionCommon


@tagged("post_install", "-at_install")
class TestOpenMoney(CommissionCommon):
    """Money still to come is what is open today."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-03-01 09:00:00"))

    def test_cheque_dated_ahead(self):
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-03-11")
        outlook = self.env["sale.collection.commission.outlook"]
        [prospect] = outlook._collect_prospects(moves=invoice)
        self.assertEqual(prospect.open_company, 1000)
        self.assertFalse(
            outlook._collect_prospects(moves=invoice, today=date(2026, 3, 11))
        )
