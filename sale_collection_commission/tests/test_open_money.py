from datetime import date

from odoo.tests import freeze_time, tagged

from .common import CommissionCommon


@tagged("post_install", "-at_install")
class TestOpenMoney(CommissionCommon):
    """Commission is booked on the day of the money."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-03-01 09:00:00"))

    def test_cheque_dated_ahead(self):
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-03-11")
        self.assertEqual(self.earned(invoice), [])
        outlook = self.env["sale.collection.commission.outlook"]
        [prospect] = outlook._collect_prospects(moves=invoice)
        self.assertEqual(prospect.open_company, 1000)
        self.assertEqual(self.earned(invoice, today="2026-03-10"), [])
        self.assertEqual(self.earned(invoice, today="2026-03-11"), [50])
        self.assertFalse(
            outlook._collect_prospects(moves=invoice, today=date(2026, 3, 11))
        )
