from datetime import date

from odoo.tests import freeze_time, tagged

from .common import TODAY, HoldCommon


@tagged("post_install", "-at_install")
class TestOpenMoney(HoldCommon):
    """Supply waits for money that core believes to have come."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-03-01 09:00:00"))
        cls.create_rule("overdue_amount", 0.0)

    def facts(self):
        profile = self.profiles._for(self.customer)
        return profile._get_live_facts()[self.customer.id]

    def test_payment_set_to_draft_holds_again(self):
        invoice = self.create_invoice(320)
        order = self.create_order(15, confirm=True)
        self.assertEqual(order.collection_hold_state, "held")
        payment = self.pay(invoice, date="2026-02-20")
        self.env.cr.flush()
        self.assertStrength(order, "none")
        payment.action_draft()
        self.env.cr.flush()
        self.assertEqual(self.facts()["amount_overdue"], 320)
        self.assertEqual(self.facts()["exposure"], 335)
        self.assertStrength(order, "hold")
        self.assertStrength(self.create_order(15), "hold")

    def test_cheque_dated_ahead_frees_on_its_day(self):
        self.pay(self.create_invoice(1000), date="2026-03-11")
        order = self.create_order(15, confirm=True)
        self.assertEqual(order.collection_hold_state, "held")
        self.assertEqual(self.facts()["amount_overdue"], 1000)
        self.assertStrength(order, "hold", TODAY)
        self.assertStrength(order, "hold", date(2026, 3, 10))
        self.assertStrength(order, "none", date(2026, 3, 11))

    def test_notice_lists_what_is_open_today(self):
        invoice = self.create_invoice(320)
        order = self.create_order(15, confirm=True)
        self.pay(invoice, date="2026-03-11")
        self.assertEqual(
            order.collection_hold_id._get_notice_lines(), self.receivable_lines(invoice)
        )
