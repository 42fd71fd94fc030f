from odoo.tests import tagged

from odoo.addons.sale_collection.tests.roles import RolesCase

from .common import LegalCommon

ALL = ["Customers/Last resort/Hand-overs", "Customers/Last resort/Limitation"]


@tagged("post_install", "-at_install")
class TestLegalRoles(RolesCase, LegalCommon):
    """Every role opens what it sees, with its own group alone."""

    menu_entries = {
        "sale_collection.group_user": ALL,
        "sale_collection.group_all_customers": ALL,
        "sale_collection.group_credit_controller": ALL,
        "sale_collection.group_manager": [*ALL, "Configuration/Limitation rules"],
        "account.group_account_readonly": ALL,
        "account.group_account_invoice": ALL,
        "account.group_account_manager": ALL,
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hand_over()
        cls.clocks._refresh(cls.company, cls.today)
