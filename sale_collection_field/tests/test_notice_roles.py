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

    def test_a_visitor_opens_every_list_and_record(self):
        """The visitor is sent to a customer of somebody else, with the least group."""
        visitor = self.new_user("roles_visitor", "sale_collection.group_user")
        visit = self.env["sale.collection.visit"].with_user(self.controller)
        visit.create({"profile_id": self.profile.id, "user_id": visitor.id})
        self.env.flush_all()
        env = self.env(user=visitor)
        self.assertEqual(env["sale.collection.profile"].search([]), self.profile)
        for action in self.find_actions():
            with self.subTest(action=action.xml_id):
                self.open_action(env, action)
        for name in ("sale.collection.visit", "sale.collection.profile"):
            self.open_views(env, name, [(False, "form"), (False, "list")])
