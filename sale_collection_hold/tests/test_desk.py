from odoo.tests import freeze_time, tagged

from .common import HoldCommon


@freeze_time("2026-03-01")
@tagged("post_install", "-at_install")
class TestDesk(HoldCommon):
    """Held orders are a reason to call their customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rules = cls.env["sale.collection.work.rule"]
        rules.search([]).action_archive()
        rules.create(
            {"name": "Waits", "code": "order_waits", "points": 15, "threshold": 0}
        )

    def test_an_order_that_waits_for_money(self):
        profile = self.set_limit(100)
        self.create_rule("over_limit")
        profile._refresh_touched(self.customer)
        self.assertEqual(profile.priority, 0)
        order = self.create_order(300, confirm=True)
        profile._refresh_touched(self.customer)
        self.assertTrue(
            order.collection_hold_ids.filtered(lambda hold: hold.state == "active")
        )
        self.assertEqual(profile.priority, 15)
        self.assertIn("300.00", profile.work_reasons)
        self.env["sale.collection.contact"].create(
            {"profile_id": profile.id, "result": "reached"}
        )
        self.assertEqual(profile.priority, 0)

    def test_an_order_held_before_breakfast_is_news_of_that_day(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        profile = self.set_limit(100)
        self.create_rule("over_limit")
        with freeze_time("2026-03-01 08:00"):
            self.env["sale.collection.contact"].create(
                {"profile_id": profile.id, "result": "reached"}
            )
        with freeze_time("2026-03-01 23:30"):
            self.create_order(300, confirm=True)
            profile._refresh_touched(self.customer)
            self.assertEqual(profile.priority, 15)

    def test_an_order_of_another_company_is_no_work_here(self):
        self.set_limit(100)
        self.create_rule("over_limit")
        self.create_order(300, confirm=True)
        other = self.setup_other_company()["company"]
        theirs = self.profiles.with_company(other)._for(self.customer).sudo()
        theirs._rank_work()
        self.assertEqual(theirs.company_id, other)
        self.assertEqual(theirs.priority, 0)

    def test_first_day(self):
        manager = self.new_user("day", "sale_collection.group_manager")
        panel = self.env["sale.collection.first.day"].with_user(manager)
        self.assertFalse(self.step_of(panel)["is_done"])
        self.create_rule("over_limit", name="Exempts", kind="exclude")
        self.assertFalse(self.step_of(panel)["is_done"])
        self.create_rule("over_limit")
        step = self.step_of(panel)
        self.assertTrue(step["is_done"])
        self.assertEqual(step["text"], "Rules in use: 1.")

    def step_of(self, panel):
        [step] = [step for step in panel.read_panel() if step["code"] == "supply"]
        return step
