from odoo.exceptions import UserError
from odoo.tests import tagged

from .hold_common import HoldCommon


@tagged("post_install", "-at_install")
class TestHold(HoldCommon):
    """Verdicts on orders, and what follows when they are confirmed."""

    # === CREDIT ===#

    def test_limit(self):
        self.set_limit(200)
        self.create_invoice(100)
        self.create_rule("over_limit")
        self.assertStrength(self.create_order(100), "none")
        verdict = self.verdict(self.create_order(150))
        self.assertEqual(verdict["strength"], "hold")
        [reason] = verdict["reasons"]
        self.assertEqual((reason["measured"], reason["threshold"]), (250.0, 200.0))
        self.assertEqual(verdict["cures"][0]["kind"], "pay")
        self.assertEqual(verdict["cures"][0]["amount"], 50.0)

    def test_hold_keeps_the_yes(self):
        self.set_limit(100)
        self.create_rule("over_limit")
        order = self.create_order(150, confirm=True)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.collection_hold_state, "held")
        self.assertTrue(order._collection_supply_waits())

    def test_refuse(self):
        self.set_limit(100)
        self.create_rule("over_limit", strength="refuse")
        order = self.create_order(150)
        with self.assertRaisesRegex(UserError, order.name):
            order.action_confirm()
        self.assertEqual(order.state, "draft")
