from odoo.tests import tagged

from odoo.addons.sale_collection_reminder.tests.common import ReminderCommon


@tagged("post_install", "-at_install")
class TestStepHold(ReminderCommon):
    """A reminder step asks for a hold until the debt is paid."""

    def test_orders_wait_until_paid(self):
        self.step(5).hold_strength = "hold"
        invoice = self.create_invoice()
        self.walk("2026-02-05", "2026-02-05")
        profile = self.env["sale.collection.profile"].sudo()._for(self.customer)
        query = profile._get_step_sql(self.company)
        self.assertEqual(self.env.execute_query(query), [(self.customer.id, 1, "hold")])
        order = self.env["sale.order"].sudo()
        order = order.create({"partner_id": self.customer.id})
        self.assertEqual(order._collection_verdict()[order.id]["strength"], "hold")
        self.pay(invoice)
        self.env.cr.flush()
        profile._refresh_touched(self.customer)
        self.assertEqual(order._collection_verdict()[order.id]["strength"], "none")
        self.assertFalse(self.env.execute_query(query))
