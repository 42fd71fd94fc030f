from odoo.tests import tagged

from odoo.addons.sale_collection.tests.roles import RolesCase

from .common import SupplyCommon


@tagged("post_install", "-at_install")
class TestStockRoles(RolesCase, SupplyCommon):
    """Every role reads held demand with its own group alone."""

    def setUp(self):
        super().setUp()
        self.create_rule()
        self.owe()
        self.create_order((self.goods, 20))
