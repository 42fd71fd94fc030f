from odoo.tests import freeze_time, tagged

from .common import CommissionCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-20 09:00:00")
class TestWaiver(CommissionCommon):
    """What a plan waives is no money: it earns nothing."""

    def test_commission_on_what_was_paid(self):
        """70,000 of 100,000 at 10 %: 7,000, before the waiver and after it."""
        self.company.collection_write_off_account_id = self.company_data[
            "default_account_expense"
        ]
        controller = self.new_user("waives", "sale_collection.group_credit_controller")
        invoice = self.sell(100000)
        plan = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.env["sale.collection.profile"]
                ._for(self.customer)
                .id,
                "kind": "plan",
                "amount": 70000,
                "first_date": "2026-01-30",
                "payment_count": 1,
                "waives_rest": True,
                "line_ids": self.receivable_lines(invoice).ids,
            }
        )
        plan.action_open()
        self.pay(invoice, 70000, "2026-01-20")
        self.env.cr.flush()
        plan._evaluate()
        self.assertEqual(plan.state, "kept")
        self.assertEqual(sum(self.earned(invoice)), 7000)
        request = self.env["sale.collection.write.off"].search(
            [("promise_id", "=", plan.id)]
        )
        request.with_user(controller).action_approve()
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(sum(self.earned(invoice)), 7000)
