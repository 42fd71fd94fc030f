from odoo import Command
from odoo.tests import tagged

from .settlement_common import SettlementCommon


@tagged("post_install", "-at_install")
class TestCommissionMenu(SettlementCommon):
    """Commission is in the menu of people who manage it, earn it, or could."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls.new_user("commission_menu", "sale_collection.group_user")
        cls.head = cls.env.ref("sale_collection_commission.commission_menu")
        cls.below = cls.head | cls.head.child_id

    def is_shown(self, user=None):
        """Return whether the menu has the head, with all or nothing below it."""
        env = self.env(user=user or self.user)
        menus = env["ir.ui.menu"].load_menus(False)
        shown = self.below.filtered(lambda menu: menu.id in menus)
        self.assertIn(shown, (self.below, self.below.browse()))
        root = menus[self.head.parent_id.id]
        self.assertEqual(self.head.id in root["children"], bool(shown))
        return bool(shown)

    def test_collector_who_sells_nothing(self):
        self.assertFalse(self.is_shown())

    def test_plan_for_everyone_shows_it_to_who_sells(self):
        self.customer.user_id = self.user
        self.assertTrue(self.is_shown())
        self.plan.active = False
        self.assertFalse(self.is_shown())

    def test_salesperson_of_a_team(self):
        self.env["crm.team"].sudo().create(
            {"name": "North", "member_ids": [Command.set(self.user.ids)]}
        )
        self.assertTrue(self.is_shown())

    def test_plan_that_names_the_user(self):
        self.plan.user_ids = self.rep
        self.assertFalse(self.is_shown())
        self.plan.user_ids |= self.user
        self.assertTrue(self.is_shown())

    def test_plan_of_another_company(self):
        self.plan.user_ids = self.user
        other = self.setup_other_company()["company"]
        self.user.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.assertFalse(self.is_shown())

    def test_target_alone_is_no_commission(self):
        # Targets have a place of their own now, below Reporting.
        self.env["sale.collection.target"].create(
            {
                "user_id": self.user.id,
                "date_from": "2026-01-01",
                "date_to": "2026-01-31",
                "amount": 100,
            }
        )
        self.assertFalse(self.is_shown())

    def test_who_has_earned_once_keeps_it(self):
        self.sell(1000, self.user, paid="2026-01-20")
        self.env.cr.flush()
        self.entries._accrue()
        self.plan.active = False
        self.assertTrue(self.is_shown())

    def test_manager(self):
        manager = self.new_user("menu_manager", "sale_collection.group_manager")
        self.assertTrue(self.is_shown(manager))

    def test_asked_at_each_load_with_few_queries(self):
        self.is_shown()
        with self.assertQueryCount(12):
            self.env(user=self.user)["ir.ui.menu"].load_menus(False)
