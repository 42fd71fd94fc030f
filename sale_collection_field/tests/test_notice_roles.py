from odoo.tests import tagged

from odoo.addons.sale_collection.tests.roles import RolesCase

from .common import FieldCommon

ALL = ["Customers/Cheques and bills", "Customers/Payment notices", "Customers/Visits"]


@tagged("post_install", "-at_install")
class TestNoticeRoles(RolesCase, FieldCommon):
    """Every role opens what it sees, with its own group alone."""

    menu_entries = {
        "sale_collection.group_user": ALL,
        "sale_collection.group_all_customers": ALL,
        "sale_collection.group_credit_controller": ALL,
        "sale_collection.group_manager": ALL,
        "account.group_account_readonly": ALL,
        "account.group_account_invoice": ALL,
        "account.group_account_manager": ALL,
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report()
        cls.profile.payment_documents = "Delivery slip"
        cls.env["sale.collection.visit"].create({"profile_id": cls.profile.id})
        cls.env["sale.collection.bill"].create(
            {
                "profile_id": cls.profile.id,
                "number": "B 1",
                "amount": 600,
                "maturity_date": cls.day(30),
            }
        )
