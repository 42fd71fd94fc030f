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

    def test_advance_on_what_is_open(self):
        self.plan.write({"advance_percent": 50, "claw_back_days": 30})
        today = "2026-03-01"
        drafted, ahead, paid = (
            self.sell(1000, date=today, due="2026-03-31") for __ in range(3)
        )
        self.pay(drafted, date=today).action_draft()
        self.pay(ahead, date="2026-03-11")
        self.pay(paid, date=today)
        self.assertNotIn(drafted.payment_state, ("not_paid", "partial"))
        self.assertEqual(self.earned(drafted, today=today), [50])
        self.assertEqual(self.earned(ahead, today=today), [50])
        self.assertEqual(self.by_kind(today=today, move_id=paid.id), {"accrual": 100})

    def test_no_advance_on_a_blocked_invoice(self):
        self.plan.write({"advance_percent": 50, "claw_back_days": 30})
        today = "2026-03-01"
        invoice = self.sell(1000, date=today, due="2026-03-31")
        invoice.action_toggle_block_payment()
        self.assertEqual(self.earned(invoice, today=today), [])
        invoice.action_toggle_block_payment()
        self.assertEqual(self.earned(invoice, today=today), [50])
