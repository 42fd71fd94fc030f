from odoo.tests import tagged

from odoo.addons.sale_collection.tests.roles import RolesCase

from .common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminderRoles(RolesCase, ReminderCommon):
    """Every role reads reminders and plans with its own group alone."""

    may_be_empty = ("sale.collection.snooze",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_invoice(1000, "2026-01-01", "2026-01-31")

    def setUp(self):
        super().setUp()
        self.night("2026-02-05")
