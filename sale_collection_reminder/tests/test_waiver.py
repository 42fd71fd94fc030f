from datetime import date

from odoo.tests import freeze_time, tagged

from .common import ReminderCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-02-03 09:00:00")
class TestWaiver(ReminderCommon):
    """A plan that waives the rest pauses the whole debt while it stands."""

    def agree(self, invoice):
        plan = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.env["sale.collection.profile"]
                ._for(self.customer)
                .id,
                "kind": "plan",
                "amount": 700,
                "first_date": "2026-02-10",
                "payment_count": 1,
                "grace_days": 0,
                "waives_rest": True,
                "line_ids": self.receivable_lines(invoice).ids,
            }
        )
        plan.action_open()
        return plan

    def test_stands(self):
        self.agree(self.create_invoice(1000))
        self.assertKeptBack("promised")

    def test_kept(self):
        """300 wait for approval: not asked for; rejected, they are."""
        invoice = self.create_invoice(1000)
        plan = self.agree(invoice)
        self.pay(invoice, 700)
        self.env.cr.flush()
        plan._evaluate(date(2026, 2, 3))
        self.assertEqual(plan.state, "kept")
        self.assertKeptBack("waiver")
        controller = self.new_user("keeps", "sale_collection.group_credit_controller")
        self.env["sale.collection.write.off"].search(
            [("promise_id", "=", plan.id)]
        ).with_user(controller).action_reject()
        found = self.night("2026-02-06")
        self.assertEqual(found.mapped("state"), ["ready"])
        self.assertEqual(found.line_ids.mapped("amount"), [300])

    def test_broken(self):
        """The whole debt is asked for again."""
        plan = self.agree(self.create_invoice(1000))
        self.env.cr.flush()
        plan._evaluate(date(2026, 2, 20))
        self.assertEqual(plan.state, "broken")
        found = self.night("2026-02-20")
        self.assertEqual(found.mapped("state"), ["ready"])
        self.assertEqual(found.line_ids.mapped("amount"), [1000])
