from odoo.tests import tagged

from .desk_common import HoldDeskCommon


@tagged("post_install", "-at_install")
class TestDecision(HoldDeskCommon):
    """What was decided on held orders stands in the log of decisions."""

    def log(self, order, user):
        self.env.flush_all()
        decisions = self.env["sale.collection.decision"].with_user(user)
        return decisions.search(
            [("kind", "=", "release"), ("document", "=", order.name)]
        )

    def test_release_and_rejection(self):
        order, hold = self.create_held()
        self.assertFalse(self.log(order, self.controller))
        hold.with_user(self.controller).action_release("They paid", amount=150)
        row = self.log(order, self.controller)
        self.assertRecordValues(
            row,
            [
                {
                    "state": "accepted",
                    "amount": 150,
                    "reason": "They paid",
                    "user_id": self.controller.id,
                    "partner_id": hold.partner_id.id,
                    "decided_on": hold.released_at.date(),
                }
            ],
        )
        self.assertIn("credit limit", row.what)
        self.assertEqual(row.action_open()["res_id"], hold.id)
        self.assertFalse(self.log(order, self.rep))

    def test_both_who_agreed(self):
        self.env["sale.collection.hold.approval"].create(
            {"company_id": self.company.id, "amount_from": 120, "needs_second": True}
        )
        order, hold = self.create_held(150)
        hold.with_user(self.controller).action_release("They paid")
        self.assertFalse(self.log(order, self.controller))
        hold.with_user(self.second).action_release("Seen")
        row = self.log(order, self.controller)
        self.assertEqual((row.user_id, row.first_by_id), (self.second, self.controller))
        mine = [("id", "=", row.id), ("first_by_id", "=", self.controller.id)]
        self.assertEqual(row.search(mine), row)

    def test_one_alone_has_no_first(self):
        order, hold = self.create_held(110)
        hold.with_user(self.controller).action_release("They paid")
        row = self.log(order, self.controller)
        self.assertEqual(row.user_id, self.controller)
        self.assertFalse(row.first_by_id)

    def test_rejection(self):
        order, hold = self.create_held()
        hold.with_user(self.controller).action_reject("Too much")
        self.assertRecordValues(
            self.log(order, self.controller),
            [{"state": "rejected", "amount": hold.amount, "reason": "Too much"}],
        )
