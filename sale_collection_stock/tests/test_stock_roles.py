from odoo.tests import tagged

from odoo.addons.sale_collection.tests.roles import ROLES, RolesCase

from .common import SupplyCommon


@tagged("post_install", "-at_install")
class TestStockRoles(RolesCase, SupplyCommon):
    """Every role reads held demand with its own group alone."""

    menu_entries = {group: [] for group in ROLES}
    ways_to_lists = {
        "sale_collection_stock.held_demand_action": (
            "button",
            "sale_collection_hold.hold_view_list",
        )
    }

    def setUp(self):
        super().setUp()
        self.create_rule()
        self.owe()
        self.create_order((self.goods, 20))
