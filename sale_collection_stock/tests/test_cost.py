from unittest.mock import patch

from odoo.tests import tagged

from .common import SupplyCommon

NOTHING = dict


@tagged("post_install", "-at_install")
class TestCost(SupplyCommon):
    """What judging adds to confirming an order and to validating a delivery."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["sale.collection.hold.rule"].search([]).action_archive()
        cls.create_rule("hold", "over_limit", 0)
        cls.create_rule("warn", "overdue_days", 0)
        cls.create_rule("warn", "term_over_customer", 0)
        cls.set_limit(1e6)
        cls.service = cls.env["product.product"].create(
            {"name": "Service", "type": "service", "list_price": 10, "taxes_id": []}
        )

    def count(self, act):
        """Return the queries of an action, with everything it reads still to read."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        act()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def count_without(self, act):
        """Return the queries of an action where nobody asks what the rules say."""
        orders = type(self.env["sale.order"])
        pickings = type(self.env["stock.picking"])
        with (
            patch.object(orders, "_collection_judge_now", lambda self, *a, **kw: {}),
            patch.object(orders, "_collection_recheck", lambda self, *a, **kw: None),
            patch.object(orders, "_collection_apply", lambda self, *a, **kw: None),
            patch.object(pickings, "_collection_find_held", lambda self: {}),
        ):
            return self.count(act)

    def assertAdds(self, most, make):
        """Assert how many queries judging adds to the action `make` returns."""
        make()()  # what is read once
        without = self.count_without(make())
        added = self.count(make()) - without
        self.assertLessEqual(added, most, f"{added} on top of {without}")

    def test_confirm_a_service(self):
        self.assertAdds(
            4,
            lambda: self.create_order((self.service, 1), confirm=False).action_confirm,
        )

    def test_confirm_a_service_with_a_warning(self):
        self.create_invoice(100, "2020-01-01", "2020-01-31")
        order = self.create_order((self.service, 1))
        self.assertEqual(order.collection_hold_state, "warn")
        self.test_confirm_a_service()

    def test_confirm_five_lines(self):
        lines = [(self.goods, 1), (self.other, 1)] * 2 + [(self.goods, 1)]
        self.assertAdds(
            5, lambda: self.create_order(*lines, confirm=False).action_confirm
        )

    def test_validate_a_delivery(self):
        self.assertAdds(
            4, lambda: self.create_order((self.goods, 2)).picking_ids.button_validate
        )
