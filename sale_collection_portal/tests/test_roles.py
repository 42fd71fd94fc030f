from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.sale_collection.tests.common import CollectionCommon
from odoo.addons.sale_collection.tests.roles import RolesCase

ENTRY = ["Customers/Balance confirmations"]


@tagged("post_install", "-at_install")
class TestPortalRoles(RolesCase, CollectionCommon):
    """Every role opens what the addon brings with its own group alone."""

    menu_entries = {
        "sale_collection.group_user": [],
        "sale_collection.group_all_customers": ENTRY,
        "sale_collection.group_credit_controller": ENTRY,
        "sale_collection.group_manager": [*ENTRY, "Configuration/Objections"],
        "account.group_account_readonly": ENTRY,
        "account.group_account_invoice": ENTRY,
        "account.group_account_manager": ENTRY,
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        today = cls.company._collection_today()
        cls.create_invoice(1000, today - timedelta(9), today)
        profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.env["sale.collection.confirmation"]._ask(profile, today)
