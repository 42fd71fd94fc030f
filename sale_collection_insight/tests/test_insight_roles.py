from odoo.tests import tagged

from odoo.addons.sale_collection.tests.common import CollectionCommon
from odoo.addons.sale_collection.tests.roles import RolesCase

COLLECTOR = [
    "Reporting/Month-end figures",
    "Reporting/Recovery by age",
    "Reporting/Work and money",
]
CONTROLLER = [*COLLECTOR, "Reporting/Provision preview"]


@tagged("post_install", "-at_install")
class TestInsightRoles(RolesCase, CollectionCommon):
    """Every role reads the figures with its own group alone."""

    menu_entries = {
        "sale_collection.group_user": [],
        "sale_collection.group_all_customers": COLLECTOR,
        "sale_collection.group_credit_controller": CONTROLLER,
        "sale_collection.group_manager": [
            *CONTROLLER,
            "Configuration/Bad-debt classes",
        ],
        "account.group_account_readonly": CONTROLLER,
        "account.group_account_invoice": CONTROLLER,
        "account.group_account_manager": CONTROLLER,
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_invoice(1000, "2026-01-01", "2026-01-31")
        cls.env["sale.collection.profile"]._for(cls.customer)
